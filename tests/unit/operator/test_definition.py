"""An operator tells of a definition of VoiceJob that is not its own, and what to type."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from fake_api_server import forbidden
from runtime_world import background, connected, run

from voicejob_api import names
from voicejob_api.crd import custom_resource_definition
from voicejob_operator import definition
from voicejob_operator.definition import DefinitionCheck, Mark, trouble

ROOT = Path(__file__).parents[3]
OWN = Mark("0.2.0", "own")


def told(release, schema="other"):
    return trouble(Mark(release, schema), OWN, namespace="sys", pod="operator-0")


WRITE = (
    "kubectl exec --namespace sys operator-0 --container operator -- voicejob-operator crd "
    "| kubectl apply --server-side --force-conflicts --filename -"
)


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ("0.1.9", "of release 0.1.9, older than this operator's 0.2.0"),
        ("", "of a release that left no mark, older than this operator's 0.2.0"),
        ("0.2.0", "of release 0.2.0, another than this operator's 0.2.0"),
    ],
)
def test_an_older_definition_is_brought_by_one_line(release, said):
    assert said in told(release)
    assert WRITE in told(release)
    assert "crds.install: true" in told(release)


@pytest.mark.parametrize("release", ["0.2.1", "0.10.0", "1.0.0"])
def test_a_newer_definition_wants_another_operator(release):
    assert f"of release {release}, newer than this operator's 0.2.0" in told(release)
    assert f"helm upgrade RELEASE voicejob-operator --namespace sys --version {release}" in told(
        release
    )


@pytest.mark.parametrize("release", ["0.1.0", "0.2.0", "0.3.0"])
def test_a_definition_of_the_same_content_is_the_same(release):
    assert told(release, "own") == ""


def test_the_mark_is_of_the_content():
    made = custom_resource_definition()
    assert Mark.of(made).release == names.RELEASE
    assert Mark.of(made) == Mark.of(custom_resource_definition())
    assert Mark.of({"metadata": {"name": "x"}}) == Mark()


def test_the_release_is_said_alike_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    chart = yaml.safe_load((ROOT / "charts" / "voicejob-operator" / "Chart.yaml").read_text())
    assert project["version"] == chart["appVersion"] == names.RELEASE


def test_the_operator_prints_its_own_definition():
    done = subprocess.run(
        (sys.executable, "-m", "voicejob_operator", "crd"),
        capture_output=True,
        check=True,
        timeout=60,
        text=True,
    )
    assert yaml.safe_load(done.stdout) == custom_resource_definition()


class TestCheck:
    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch):
        for name in ("_ASK_SECONDS", "_ASK_AGAIN_SECONDS"):
            monkeypatch.setattr(definition, name, 0.01)

    def test_goes_red_with_another_definition_and_green_with_its_own(self):
        async def story():
            async with connected() as (server, client):
                own = custom_resource_definition()
                older = {"metadata": {"name": definition.NAME}}
                group, plural = definition.DEFINITIONS.group, definition.DEFINITIONS.plural
                check = DefinitionCheck(client, "sys")
                server.objects.put(group, plural, older)
                async with background(check.run()):
                    await server.until(lambda: "left no mark" in check.trouble())
                    server.objects.put(group, plural, own)
                    await server.until(lambda: check.trouble() == "")

        run(story())

    def test_without_the_right_to_look_nothing_is_wrong(self):
        async def story():
            async with connected() as (server, client):
                refused = server.fail_all(forbidden("no rights"))
                check = DefinitionCheck(client, "sys")
                async with background(check.run()):
                    await server.until(lambda: refused.seen > 2)
                assert check.trouble() == ""

        run(story())
