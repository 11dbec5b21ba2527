"""Whatever error names a field of a VoiceJob in its message carries that field, too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import voicejob_worker
from voicejob_worker.errors import InvalidInputError, UnavailableError

SOURCES = sorted(Path(voicejob_worker.__file__).parent.rglob("*.py"))
FIELD = re.compile(r"\bspec\.[A-Za-z]+(?:\.[A-Za-z]+)*")
OF_NO_SERVER = {"attempt/idle_options.py"}
"""Told of the options of a command line, each with its VoiceJob."""


def written_in(node: ast.AST, known: dict[str, ast.AST]) -> set[str]:
    """Fields in the strings of an expression, through names whose values are known."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found |= set(FIELD.findall(each.value))
        elif isinstance(each, ast.Name) and each.id in known:
            rest = {name: value for name, value in known.items() if name != each.id}
            found |= written_in(known[each.id], rest)
    return found


def assigned_in(body: list[ast.stmt]) -> dict[str, ast.AST]:
    """Names to what they were given, a tuple's to all of it."""
    known: dict[str, ast.AST] = {}
    for node in (each for statement in body for each in ast.walk(statement)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            known[node.target.id] = node.value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                several = target.elts if isinstance(target, ast.Tuple) else [target]
                names = (one.id for one in several if isinstance(one, ast.Name))
                known |= dict.fromkeys(names, node.value)
    return known


def errors_in(tree: ast.Module) -> Iterator[tuple[int, set[str], set[str]]]:
    """Line, fields in the message, and fields that are carried, of each error that is made."""
    of_module = assigned_in([one for one in tree.body if not isinstance(one, ast.ClassDef)])
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
        known = of_module | assigned_in(function.body)
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            name = ast.unparse(call.func).rpartition(".")[2]
            if not call.args or not name.endswith("Error"):
                continue
            told = written_in(ast.Tuple(call.args, ast.Load()), known)
            above = parents[parents[call]] if call in parents else None
            if isinstance(above, ast.Call) and ast.unparse(above.func).endswith(".naming"):
                yield call.lineno, told, written_in(ast.Tuple(above.args, ast.Load()), known)
            elif len(call.args) > 3:  # a check's: reason, what was found, what to do, fields
                yield call.lineno, told, written_in(call.args[3], known)
            else:
                yield call.lineno, told, set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: "/".join(path.parts[-2:]))
def test_an_error_carries_the_fields_that_it_names(path: Path) -> None:
    if "/".join(path.parts[-2:]) in OF_NO_SERVER:
        return
    lines = {
        line: told - carried
        for line, told, carried in errors_in(ast.parse(path.read_text()))
        if told - carried
    }
    assert not lines, f"{path}: add .naming(…) for these, by line: {lines}"


def test_fields_are_carried_on_and_others_passed_over() -> None:
    error = UnavailableError("spec.model.uri: away", "ModelUnavailable").naming("spec.model.uri")
    assert error.after(9).fields == ("spec.model.uri",)
    named = InvalidInputError("it").naming("", "the catalogue", "spec.text").naming("spec.text")
    assert named.fields == ("spec.text",)
