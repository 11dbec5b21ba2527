"""Blocks of shell commands in Markdown, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"(?:<!-- not run: (?P<why>[^\n]*?) -->\n+)?"
    r"^(?P<indent> *)```(?:sh|bash|shell|console)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
HEREDOC = re.compile(r"<<-?\s*'?(?P<end>\w+)'?")
BETWEEN = frozenset({"|", "||", "&&", "&", ";", ">", ">>", "<", "(", ")"})
INLINE = re.compile(r"`((?:kubectl voicejob|voicejob-worker|make) [^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """A block of commands, and why no test runs it, if none does."""

    page: str
    line: int
    body: str
    why: str | None

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"

    def commands(self) -> Iterator[list[str]]:
        """Each command as words; what a shell puts between two of them divides."""
        text = ""
        lines = iter(self.body.splitlines())
        for line in lines:
            text += line.strip().removeprefix("$ ").removesuffix("\\") + (
                " " if line.endswith("\\") else "\n"
            )
            if line.endswith("\\"):
                continue
            if here := HEREDOC.search(text):
                while next(lines).strip() != here["end"]:
                    pass
                text = text[: here.start()]
            try:
                words = split(text)
            except ValueError:  # a quotation goes on in the next line
                continue
            text = ""
            yield from words
        assert not text.strip(), f"{self.place}: a quotation does not end"


def split(text: str) -> list[list[str]]:
    """The commands of a line."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[list[str]] = [[]]
    for word in lexer:
        if word in BETWEEN:
            found.append([])
        else:
            found[-1].append(word)
    return [command for command in found if command]


def blocks(root: Path, page: Path) -> Iterator[Block]:
    """The blocks of a page."""
    text = page.read_text()
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("body"))
        yield Block(page.relative_to(root).as_posix(), line, found["body"], found["why"])


def inline_commands(page: Path) -> Iterator[list[str]]:
    """Commands within sentences and tables, of the plugin and of make."""
    for found in INLINE.finditer(page.read_text()):
        yield from split(found[1].replace("\\|", "OR"))
