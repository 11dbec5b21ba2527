"""A package index that pip is set to reaches uv and the builds of images."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INDEX, EXTRA = "https://index.test/simple", "https://extra.test/simple"
URL = "-".join(("index", "url"))
PIP_CONF = f"""[global]
{URL} = {INDEX}
extra-{URL} =
    {EXTRA}
    {EXTRA}2
trusted-host = extra.test
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without any setting of this machine's for pip or uv, but for a file as a build has it."""
    (tmp_path / "pip.conf").write_text(PIP_CONF)
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    return {**bare, "HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}


def uvs(environment: dict[str, str]) -> dict[str, str]:
    """What uv finds in its environment."""
    script = f'set -eu; . {ROOT}/docker/index.sh; hand_on_to_uv "$0"; env'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, _, value in pairs if name.startswith("UV_")}


def test_uv_asks_the_indexes_of_pips_file(environment: dict[str, str]) -> None:
    assert uvs(environment) == {
        "UV_DEFAULT_INDEX": INDEX,
        "UV_INDEX": f"{EXTRA} {EXTRA}2",
        "UV_INSECURE_HOST": "extra.test",
    }


def test_the_environment_goes_before_the_file(environment: dict[str, str]) -> None:
    environment["PIP_" + URL.replace("-", "_").upper()] = "https://other.test/simple"
    assert uvs(environment)["UV_DEFAULT_INDEX"] == "https://other.test/simple"


def test_what_is_set_for_uv_itself_stays(environment: dict[str, str]) -> None:
    environment["UV_DEFAULT_INDEX"] = "https://other.test/simple"
    assert uvs(environment)["UV_DEFAULT_INDEX"] == "https://other.test/simple"


def test_without_a_setting_uv_is_left_alone(environment: dict[str, str]) -> None:
    Path(environment["PIP_CONFIG_FILE"]).write_text("")
    assert uvs(environment) == {}


def test_a_build_is_given_every_index(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (name for name in os.environ if name.startswith(("PIP_", "SSL_CERT"))):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", environment["HOME"])
    monkeypatch.setenv("PIP_CONFIG_FILE", environment["PIP_CONFIG_FILE"])
    images = runpy.run_path(str(ROOT / "hack" / "images.py"))
    with images["builder"]("Dockerfile", ()) as command:
        secret = next(one for one in command if one.startswith("id=pip.conf,src="))
        given = Path(secret.partition("src=")[2]).read_text()
    environment["PIP_CONFIG_FILE"] = str(tmp_path / "given.conf")
    Path(environment["PIP_CONFIG_FILE"]).write_text(given)
    assert uvs(environment) == {
        "UV_DEFAULT_INDEX": INDEX,
        "UV_INDEX": f"{EXTRA} {EXTRA}2",
        "UV_INSECURE_HOST": "extra.test",
    }
