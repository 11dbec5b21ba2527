"""The files for Docker Compose say what the code says: images, commands, ports, variables."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from voicejob_api import names, pod
from voicejob_worker.cli import app
from voicejob_worker.healthcheck import SERVE_PORT
from voicejob_worker.serving.settings import ADMIN_TOKEN, API_KEY, ServeSettings
from voicejob_worker.settings import Settings

ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "docker"
FILES = ("compose.yaml", "compose.cpu.yaml")
VALUES = yaml.safe_load((ROOT / "charts/voicejob-operator/values.yaml").read_text())
OF_LIBRARIES = {"XDG_CACHE_HOME", "HF_TOKEN", "HF_ENDPOINT", "HTTPS_PROXY", "NO_PROXY"}
"""Variables that libraries read, not the worker's settings."""
OF_THE_STORE = {"ROOT_ACCESS_KEY", "ROOT_SECRET_KEY"}


class Loader(yaml.SafeLoader):
    """Knows Compose's tag that takes a field of the file before away."""


Loader.add_constructor("!reset", lambda *_: "RESET")


def services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((DOCKER / name).read_text(), Loader)["services"]
    return found


SERVICES = services("compose.yaml")
WORKERS = {name: one for name, one in SERVICES.items() if name != "store"}


def default(text: str) -> str:
    """What a text means where no variable is set."""
    return re.sub(r"\$\{[A-Z_]+(?::-([^}]*)|:\?[^}]*)?\}", r"\1", text)


def known_variables() -> set[str]:
    own = {f"{pod.ENV_PREFIX}{name}".upper() for name in Settings.model_fields}
    serves = {f"VOICEJOB_SERVE_{name}".upper() for name in ServeSettings.model_fields}
    credentials = {*pod.CREDENTIAL_VARIABLES, *pod.OPTIONAL_CREDENTIAL_VARIABLES}
    return own | serves | credentials | OF_LIBRARIES | {API_KEY, ADMIN_TOKEN, pod.TOKEN_VARIABLE}


def test_each_variable_that_is_asked_for_is_in_the_example_and_none_besides() -> None:
    asked = set()
    for name in FILES:
        asked |= set(re.findall(r"\$\{([A-Z_]+)", (DOCKER / name).read_text()))
    for one in SERVICES.values():
        asked |= {name for name, value in one["environment"].items() if value is None}
    example = (DOCKER / ".env.example").read_text()
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) == asked


def test_secrets_have_no_default_and_say_what_to_do() -> None:
    text = (DOCKER / "compose.yaml").read_text()
    for name in ("VOICEJOB_API_KEY", "STORE_SECRET_KEY"):
        uses = re.findall(rf"\${{{name}(.*?)}}", text)
        assert uses
        assert all(use.startswith(":?") and ".env.example" in use for use in uses)
    required = re.findall(r"^([A-Z_]+)=(.*)$", (DOCKER / ".env.example").read_text(), re.MULTILINE)
    assert required == [("VOICEJOB_API_KEY", ""), ("STORE_SECRET_KEY", "")]


@pytest.mark.parametrize("name", SERVICES)
def test_a_variable_of_a_service_is_one_that_is_read(name: str) -> None:
    known = OF_THE_STORE if name == "store" else known_variables()
    assert set(SERVICES[name]["environment"]) <= known


def test_images_are_those_of_the_chart_and_of_this_release() -> None:
    repository = VALUES["worker"]["image"]["repository"]
    flavour = VALUES["worker"]["gpu"]["flavour"]
    for one in WORKERS.values():
        assert default(one["image"]) == f"{repository}:{names.RELEASE}-{flavour}"
    for one in services("compose.cpu.yaml").values():
        assert default(one["image"]) == f"{repository}:{names.RELEASE}-piper"
    store = VALUES["store"]["embedded"]["image"]
    assert SERVICES["store"]["image"] == f"{store['repository']}:{store['tag']}"


def test_commands_are_the_workers_and_the_charts() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in ("serve", "worker"):
        assert SERVICES[name]["command"][0] in commands
    template = (ROOT / "charts/voicejob-operator/templates/store.yaml").read_text()
    charts = re.search(r"args: \[(.*)\]", template)
    assert charts is not None
    words = re.sub(r"{{ if .Values.gateway.enabled }}.*?{{ end }}", "", charts[1])
    words = words.replace("{{ .Values.store.region | quote }}", VALUES["store"]["region"])
    assert SERVICES["store"]["command"] == [word.strip(' "') for word in words.split(",")]


def test_the_ports_are_those_that_are_listened_on_and_open_to_this_machine_alone() -> None:
    (serve,), (store,) = SERVICES["serve"]["ports"], SERVICES["store"]["ports"]
    assert default(serve) == f"127.0.0.1:8000:{SERVE_PORT}"
    assert ServeSettings.model_fields["listen_port"].default == SERVE_PORT
    assert default(store) == "127.0.0.1:7070:7070"
    assert SERVICES["worker"]["environment"]["AWS_ENDPOINT_URL"] == "http://store:7070"


def test_volumes_lie_where_the_worker_looks_and_are_its_users() -> None:
    for name in ("serve", "worker"):
        mounts = dict(volume.split(":")[:2] for volume in SERVICES[name]["volumes"])
        assert mounts["work"] == str(pod.WORK_DIR)
        assert str(pod.MODEL_CACHE_DIR).startswith(mounts["cache"])
        assert f"{SERVICES[name]['environment']['XDG_CACHE_HOME']}/voicejob" == mounts["cache"]
        assert SERVICES[name]["environment"]["VOICEJOB_VOICE_DIR"] == mounts["./files"]
    prepared = {volume.split(":")[1] for volume in SERVICES["prepare"]["volumes"]}
    assert prepared <= set(SERVICES["prepare"]["command"])
    assert SERVICES["prepare"]["entrypoint"][2:] == ["-o", str(pod.UID), "-g", str(pod.UID)]


@pytest.mark.parametrize("name", SERVICES)
def test_services_may_do_nothing_that_they_need_not(name: str) -> None:
    one = SERVICES[name]
    assert one["read_only"]
    assert one["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in one["security_opt"]
    if name == "prepare":
        assert one["network_mode"] == "none"
    else:
        assert one["user"] == f"{pod.UID}:{pod.UID}"
        assert "cap_add" not in one
        assert one["depends_on"]["prepare"]["condition"] == "service_completed_successfully"


def test_the_gpu_is_asked_for_and_the_override_takes_it_away() -> None:
    override = services("compose.cpu.yaml")
    for name, one in WORKERS.items():
        devices = one["deploy"].get("resources", {}).get("reservations", {}).get("devices", [])
        wanted = [] if name == "prepare" else [["gpu"]]
        assert [device["capabilities"] for device in devices] == wanted
        assert override[name].get("deploy") == ("RESET" if wanted else None)
    assert override.keys() == WORKERS.keys()


def test_health_is_asked_of_what_answers() -> None:
    health = {name: one.get("healthcheck") for name, one in SERVICES.items()}
    assert health["serve"]["test"] == ["CMD", "python3", "-m", "voicejob_worker.healthcheck"]
    assert health["store"]["test"][-1] == "http://127.0.0.1:7070/health"
    assert SERVICES["worker"]["depends_on"]["store"]["condition"] == "service_healthy"
