"""Each command in the docs is run by a test that is named here, or marked with why it is not.

What can be known without running it is looked at in both: options, make's targets, the chart's
values, files of the repository.
"""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
import typer
import yaml
from shell_blocks import Block, blocks, inline_commands, split

from voicejob_cli.cli import app as plugin
from voicejob_operator.cli import app as operator
from voicejob_worker.cli import app as worker

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCKS = [block for page in PAGES for block in blocks(ROOT, page)]
RUN = yaml.safe_load(Path(__file__).with_name("commands.yaml").read_text())
PROGRAMS = {
    ("kubectl", "voicejob"): plugin,
    ("kubectl-voicejob",): plugin,
    ("voicejob-operator",): operator,
    ("voicejob-worker",): worker,
}
TARGETS = {
    target
    for names in re.findall(r"^([a-z][a-z0-9 -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in names.split()
}
VALUES = json.loads((ROOT / "charts/voicejob-operator/values.schema.json").read_text())
PLACEHOLDER = re.compile("[A-Z][A-Z-]+|…")


def refusal(command: list[str]) -> str | None:
    """What is wrong with a command, as far as that can be known without running it."""
    while re.match("[A-Z_]+=", command[0]):
        command = command[1:]
    for words, app in PROGRAMS.items():
        if tuple(command[: len(words)]) == words:
            return usage(app, command[len(words) :])
    if command[0] == "make":
        unknown = [w for w in command[1:] if "=" not in w and w[0] != "-" and w not in TARGETS]
        return f"make has no target {unknown[0]}" if unknown else None
    if command[0] == "helm":
        for option, value in pairwise(command):
            if option == "--set" and not is_value(value.partition("=")[0].split(".")):
                return f"the chart has no value {value.partition('=')[0]}"
    folders = ("examples/", "docker/", "hack/", "charts/", "tests/")
    lost = [w for w in command if w.startswith(folders) and not (ROOT / w).exists()]
    return f"there is no {lost[0]}" if lost else None


def usage(app: typer.Typer, arguments: list[str]) -> str | None:
    """Whether a program of ours knows command and options; values may be placeholders."""
    command = typer.main.get_command(app)
    words = list(arguments)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in command.commands:
            return f"there is no command {name}"
        command = command.commands[name]
    options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
    known = {"--help", "--install-completion", "--show-completion", "--version", *options}
    given = (word.partition("=")[0] for word in words if re.match("--?[a-zA-Z]", word))
    unknown = [name for name in given if name not in known]
    return f"{command.name} has no option {unknown[0]}" if unknown else None


def is_value(path: list[str]) -> bool:
    """Whether the chart has a value of that path."""
    schema = VALUES
    for name in path:
        if "properties" not in schema:
            return True
        if name not in schema["properties"]:
            return False
        schema = schema["properties"][name]
    return True


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_is_run_by_a_test_or_says_why_not(block: Block):
    for command in block.commands():
        assert refusal(command) is None, f"{block.place}: {refusal(command)}"
        if block.why is None:
            assert any(re.fullmatch(one["command"], " ".join(command)) for one in RUN), (
                f"{block.place}: no test is named for `{' '.join(command)}`: name one in "
                "tests/unit/docs/commands.yaml, or write <!-- not run: why --> before the block"
            )
    assert block.why is None or len(block.why.split()) >= 3, f"{block.place}: say why"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_sentences_are_of_this_project(page: Path):
    for command in inline_commands(page):
        if not any(PLACEHOLDER.fullmatch(word) for word in command[1:3]):
            assert refusal(command) is None, f"`{' '.join(command)}`: {refusal(command)}"


@pytest.mark.parametrize("one", RUN, ids=lambda one: one["command"])
def test_each_test_that_is_named_is_there_and_needed(one):
    path, _, name = one["run_by"].partition("::")
    assert re.search(rf"def {name}\(" if name else "", (ROOT / path).read_text())
    said = {" ".join(c) for b in BLOCKS if b.why is None for c in b.commands()}
    assert any(re.fullmatch(one["command"], command) for command in said), "nobody needs it"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kubectl voicejob sya hello", "there is no command sya"),
        ("kubectl voicejob say hello --paly", "say has no option --paly"),
        ("voicejob-worker serve --prot 8000", "serve has no option --prot"),
        ("make tset", "make has no target tset"),
        ("helm install a charts/voicejob-operator --set wroker.env=1", "no value wroker.env"),
        ("kubectl apply --filename examples/hallo.yaml", "there is no examples/hallo.yaml"),
    ],
)
def test_what_is_misspelt_is_seen(text, told):
    assert told in refusal(split(text)[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_only_one_reason_stands_before_a_block(page: Path):
    found = re.findall(r"<!-- not run: [^\n]* -->\n+<!-- not run: [^\n]*", page.read_text())
    assert found == [], "the checker reads the last alone"


def test_a_block_is_taken_apart():
    body = 'a \\\n  --b  # why\nc <<END\nx\nEND\nd | e "f\ng" && h\n'
    assert list(Block("p", 1, body, None).commands()) == [
        *(["a", "--b"], ["c"], ["d"], ["e", "f\ng"], ["h"])
    ]
