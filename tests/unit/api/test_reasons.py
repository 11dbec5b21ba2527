"""Every reason that anybody gives has its meaning, and what to do about it, in one place."""

import ast
import re
from pathlib import Path

import pytest

from voicejob_api import generate
from voicejob_api.exit_codes import ExitCode
from voicejob_api.reasons import follows, reason_groups, reasons
from voicejob_api.reasons_page import render_reasons
from voicejob_operator.manifests.inputs import INPUTS
from voicejob_operator.voicejobs import cluster_events, waiting
from voicejob_worker.device.reasons import DeviceReason
from voicejob_worker.failures import places

ROOT = Path(generate.__file__).parents[2]
CODE = [*(ROOT / "operator/voicejob_operator").rglob("*.py"), *(ROOT / "worker").rglob("*.py")]
WORD = re.compile(r"[A-Z][A-Za-z]+")
KINDS = ("Job", "Secret", "ResourceClaimTemplate")
# Calls whose argument at that place, or of that name, is a reason.
GIVEN = {
    "Cause": 0,
    "InvalidInputError": 1,
    "ModelUnusableError": 1,
    "NoUsableDeviceError": 1,
    "StoreRefusedError": 1,
    "OutOfMemoryError": 1,
    "UnavailableError": 1,
}


def given_in_code():
    """Reasons that stand in a call as a word, or as a constant of the same module."""
    for path in CODE:
        tree = ast.parse(path.read_text())
        constants = {
            node.target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = GIVEN.get(node.func.id)
            if place is None:
                continue
            found = [word.value for word in node.keywords if word.arg == "reason"]
            found += node.args[place : place + 1]
            for value in found:
                word = (
                    value.value
                    if isinstance(value, ast.Constant)
                    else constants.get(getattr(value, "id", ""))
                )
                if isinstance(word, str) and word:
                    yield word, path.relative_to(ROOT)


def all_given():
    yield from given_in_code()
    yield from ((code.reason, "exit_codes.py") for code in ExitCode)
    yield from ((reason.value, "device/reasons.py") for reason in DeviceReason)
    yield from ((declared.missing, "inputs.py") for declared in INPUTS)
    yield cluster_events.CREDENTIALS_MISSING, "cluster_events.py"
    yield waiting.OTHER_GPU_FOUND, "waiting.py"
    for place in vars(places).values():
        if isinstance(place, places.Place):
            yield place.unavailable, "places.py"
            yield place.refused_reason or place.unavailable, "places.py"
    for kind in KINDS:  # answering.forbidden
        yield f"{kind}Forbidden", "answering.py"
        yield f"{kind}Refused", "answering.py"


def test_the_code_is_read():
    found = {word for word, _ in given_in_code()}
    assert {"NoProgress", "LexiconInvalid", "Encrypted", "WaitingForPod", "NoSuchGPU"} <= found
    assert len(found) > 40


def test_every_reason_that_the_code_gives_has_a_meaning():
    missing = {word: str(where) for word, where in all_given() if word not in reasons()}
    assert missing == {}


def test_none_is_told_twice():
    named = [reason.name for group in reason_groups() for reason in group.reasons]
    assert sorted(set(named)) == sorted(named)


@pytest.mark.parametrize("reason", reasons().values(), ids=lambda one: one.name)
def test_a_reason_says_what_it_means_and_what_to_do(reason):
    assert WORD.fullmatch(reason.name)
    for sentence in (reason.means, reason.do):
        assert sentence.endswith((".", "!")), sentence
        assert "|" not in sentence
    if not reason.usual:
        assert reason.do != "Nothing."


def test_the_page_is_current_and_has_them_all():
    page = generate.REASONS.read_text()
    assert page == render_reasons()
    for name in reasons():
        assert f"| `{name}` |" in page
    for code in ExitCode:
        assert f"| {code.value} | {code.reason} |" in page


def test_what_follows_a_code_is_told_apart():
    assert follows(ExitCode.DONE) == "The VoiceJob has succeeded."
    assert "no retry" in follows(ExitCode.STOPPED)
    assert "fails at once" in follows(ExitCode.INVALID_INPUT)
    assert "another node" in follows(ExitCode.NO_DEVICE)
    assert "more memory" in follows(ExitCode.OUT_OF_MEMORY)
    assert "Another attempt" in follows(ExitCode.TRANSIENT_FAULT)
