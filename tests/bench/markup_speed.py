"""How long each format takes to be read, and what hostile sources take until they are refused.

    python tests/bench/markup_speed.py

Each case runs in a process of its own: seconds are its processor's, MiB how much its memory grew.
The prose is about half a million characters, the most that a worker reads by default.
"""

import io
import json
import multiprocessing
import resource
import time
import zipfile
from collections.abc import Callable
from typing import Final

from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.lexicon import apply_lexicon
from voicejob_worker.markup.lexicon_source import read_lexicon
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.read import read_script

SENTENCE: Final = "The harbour was quiet, and nobody in the 9 boats said what they had seen. "
PARAGRAPH: Final = SENTENCE * 7
PARAGRAPHS: Final = 900
OPTIONS: Final = MarkupOptions(voices=frozenset({"Ana", "Ben"}))


def read(source: str | bytes, text_format: TextFormat) -> int:
    """Read it; how many passages it has."""
    return len(read_script(source, text_format, language="en-US", options=OPTIONS).passages)


def prose(form: str) -> str:
    """Half a megabyte, each paragraph as ``form`` has it."""
    return "\n\n".join(form.format(PARAGRAPH) for _ in range(PARAGRAPHS))


def book(page: str, times: int = 1) -> bytes:
    """An EPUB of so many of one page."""
    items = "".join(
        f"<item id='p{n}' href='p{n}.html' media-type='text/html'/>" for n in range(times)
    )
    spine = "".join(f"<itemref idref='p{n}'/>" for n in range(times))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", "<c><rootfile full-path='b.opf'/></c>")
        archive.writestr(
            "b.opf", f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>"
        )
        for number in range(times):
            archive.writestr(f"p{number}.html", page)
    return buffer.getvalue()


def lexicon(text: str, entries: int, patterns: int) -> int:
    """Apply a lexicon to a plain text."""
    written = [{"word": f"word{number} two", "say": "x"} for number in range(entries)]
    written += [{"pattern": rf"(\w+)y{number}", "say": "x"} for number in range(patterns)]
    script = read_script(text, TextFormat.PLAIN, language="en-US", options=OPTIONS)
    parsed = read_lexicon("\n".join(map(json.dumps, written)))
    return len(apply_lexicon(script, parsed, "en-US", OPTIONS.max_characters).passages)


def catastrophic() -> int:
    """Apply an expression that takes other engines for ever."""
    script = read_script("a" * 499_999 + "!", TextFormat.PLAIN, language="en", options=OPTIONS)
    entries = read_lexicon("- {pattern: '(a+)+$', say: b}")
    return len(apply_lexicon(script, entries, "en", OPTIONS.max_characters).passages)


BOMB: Final = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
CASES: Final[dict[str, Callable[[], int]]] = {
    "Plain, 0.5 MB": lambda: read(prose("{}"), TextFormat.PLAIN),
    "Markdown, 0.5 MB": lambda: read(prose("- **x** {}"), TextFormat.MARKDOWN),
    "HTML, 0.5 MB": lambda: read(prose("<p class='x'><b>x</b> {}</p>"), TextFormat.HTML),
    "SSML, 0.5 MB": lambda: read(f"<speak>{prose('<p>{}</p>')}</speak>", TextFormat.SSML),
    "Script, 0.5 MB": lambda: read(prose("Ana: {}"), TextFormat.SCRIPT),
    "EPUB, 0.5 MB in 30 files": lambda: read(
        book(f"<h1>T</h1>{f'<p>{PARAGRAPH}</p>' * 30}", 30), TextFormat.EPUB
    ),
    "lexicon, 4,900 words": lambda: lexicon(prose("{}"), 4900, 0),
    "lexicon, 4,800 words and 200 patterns": lambda: lexicon(prose("{}"), 4800, 200),
    "HTML, 500 MB": lambda: read(bytes(500_000_000), TextFormat.HTML),
    "HTML, 100,000 deep": lambda: read("<div>" * 100_000 + "x", TextFormat.HTML),
    "Markdown, 100,000 deep": lambda: read("- " * 100_000 + "x", TextFormat.MARKDOWN),
    "Markdown, 100,000 brackets": lambda: read("[" * 100_000, TextFormat.MARKDOWN),
    "SSML, entities that expand": lambda: read(
        f"<!DOCTYPE speak [<!ENTITY a0 'x'>{BOMB}]><speak>&a9;</speak>", TextFormat.SSML
    ),
    "EPUB, a page of 200 MB": lambda: read(book("x" * 200_000_000), TextFormat.EPUB),
    "lexicon, (a+)+$ over 0.5 MB of a": catastrophic,
}


def _measure(name: str, answers: "multiprocessing.Queue[str]") -> None:
    case = CASES[name]
    read("x", TextFormat.PLAIN)
    before, begun = _peak(), time.process_time()
    try:
        told = f"{case()} passages"
    except InvalidInputError as error:
        told = f"refused: {str(error)[:70]}"
    answers.put(f"| {name} | {time.process_time() - begun:.2f} | {_peak() - before:.0f} | {told} |")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    print("| case | seconds | MiB, with its source | what came of it |\n|---|---|---|---|")
    context = multiprocessing.get_context("spawn")
    for name in CASES:
        answers = context.Queue()
        process = context.Process(target=_measure, args=(name, answers))
        process.start()
        print(answers.get(), flush=True)
        process.join()


if __name__ == "__main__":
    main()
