"""The tree in the docstring of ``errors`` is the tree that there is."""

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

from voicejob_api.exit_codes import (
    FAIL_VOICEJOB_EXIT_CODES,
    STOP_JOB_EXIT_CODES,
    UNCOUNTED_EXIT_CODES,
    ExitCode,
)
from voicejob_worker import errors
from voicejob_worker.errors import AddressNotAllowedError, WorkerError

ROOT = Path(errors.__file__).parent
LINE = re.compile(
    r"^    (?P<branch>[│├└─ ]*)(?P<name>\w+Error)"
    r"(?: +(?P<code>\d+) (?P<reason>\w+) +(?P<retry>.+))?$"
)


def drawn():
    """Name, base, code, reason and retry of each line of the picture but the first."""
    found, last_at = [], {0: "WorkerError"}
    for line in errors.__doc__.splitlines():
        match = LINE.match(line)
        if match is None or match["name"] == "WorkerError":
            continue
        depth = len(match["branch"]) // 4
        last_at[depth] = match["name"]
        found.append(
            (match["name"], last_at[depth - 1], int(match["code"]), match["reason"], match["retry"])
        )
    return found


@cache
def defined():
    """Every subclass of ``WorkerError`` that any module of the worker defines, as a class."""
    names = {"WorkerError": WorkerError}
    sources = {path: ast.parse(path.read_text()) for path in ROOT.rglob("*.py")}
    grew = True
    while grew:
        grew = False
        for path, source in sources.items():
            for node in ast.walk(source):
                if not isinstance(node, ast.ClassDef) or node.name in names:
                    continue
                if any(isinstance(base, ast.Name) and base.id in names for base in node.bases):
                    dotted = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
                    names[node.name] = getattr(importlib.import_module(dotted), node.name)
                    grew = True
    del names["WorkerError"]
    return names


def made(kind):
    """An error of the kind, with whatever reason it asks for."""
    try:
        return kind("what was found")
    except TypeError:
        return kind("what was found", "TextUnavailable")


def retry_after(code):
    if code in FAIL_VOICEJOB_EXIT_CODES:
        return "no"
    if code in STOP_JOB_EXIT_CODES:
        return "yes, from another template"
    return "yes, without using up a retry" if code in UNCOUNTED_EXIT_CODES else "yes"


def test_every_error_is_in_the_picture_under_its_base():
    assert {name: base for name, base, *_ in drawn()} == {
        name: kind.__base__.__name__ for name, kind in defined().items()
    }


@pytest.mark.parametrize(("name", "base", "code", "reason", "retry"), drawn())
def test_its_exit_code_and_whether_it_is_tried_again_are_true(name, base, code, reason, retry):
    error = made(defined()[name])
    assert error.exit_code == code
    assert ExitCode(code).reason == reason
    assert retry.partition(";")[0] == retry_after(error.exit_code)


def test_every_exit_code_of_a_failure_is_in_the_picture():
    assert {code for _, _, code, *_ in drawn()} == set(ExitCode) - {ExitCode.DONE}


def test_an_address_of_a_model_ends_as_a_bad_model_does():
    error = AddressNotAllowedError("it leads inside", ExitCode.MODEL_UNUSABLE)
    assert error.exit_code == ExitCode.MODEL_UNUSABLE
