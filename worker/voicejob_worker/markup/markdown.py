"""Markdown (CommonMark with tables, strikethrough, task lists, footnotes and formulas).

markdown-it makes a page of it, which the reader of HTML reads: so HTML within Markdown is read by
the same rules, and there is one set of them. Line breaks within a paragraph are kept, as those of
a plain text are. What is indented by four blanks is a paragraph, and no code: people indent prose.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Final

from voicejob_worker.markup.composer import Composer
from voicejob_worker.markup.front_matter import read_front_matter
from voicejob_worker.markup.html_elements import SILENT, VOID
from voicejob_worker.markup.html_reader import LINE, PageReading, read_into
from voicejob_worker.markup.markdown_source import MAX_MARKS, mended
from voicejob_worker.markup.mathematics import readable
from voicejob_worker.markup.options import MARKUP_PER_CHARACTER, MarkupOptions
from voicejob_worker.markup.plain import lines_of
from voicejob_worker.markup.reasoning import without_reasoning
from voicejob_worker.text.passages import Script

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

_TAG: Final = re.compile(
    r"<(?P<slash>/?)(?P<name>[A-Za-z][\w:-]{0,40})"
    r"(?P<attributes>(?:\s(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*)?)/?>"
)
_HIDING: Final = re.compile(r"hidden|display|visibility|role|class", re.IGNORECASE)
MAX_NESTING: Final = 2 * MAX_MARKS + 20
"""Blocks within one another, two for each list; markdown-it drops the text of what is deeper."""
MAX_INLINE_NESTING: Final = 20
_FORMULA_SIGN: Final = re.compile(r"[\\^_=+{}]")
_ENDS: Final = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))


def read_markdown(source: str, language: str, options: MarkupOptions) -> Script:
    """Read a text in Markdown.

    Raises:
        InvalidInputError: It is too long.
    """
    options.check_size(len(source), times=MARKUP_PER_CHARACTER)
    source = "\n".join(lines_of(source))
    matter = read_front_matter(source)
    first_line = source.count("\n", 0, matter.length) + 1
    answer, thoughts = without_reasoning(source[matter.length :])
    page = _markdown().render(mended(answer), {"first_line": first_line})
    composer = Composer(options)
    for line in thoughts:
        composer.notes.add("left out: a block of reasoning", first_line + line - 1)
    reading = PageReading(has_lines=True)
    head = read_into(composer, page, matter.language or language, options, reading)
    return composer.script(
        title=matter.title or head.title,
        author=matter.author or head.author,
        language=matter.language or head.language,
    )


@lru_cache(1)
def _markdown() -> "MarkdownIt":
    """The parser: deep for blocks, and within a paragraph as deep as is usual.

    For each ``[`` of many, the time within a paragraph grows with the depth that is allowed.
    """
    within_paragraph = _parser(MAX_INLINE_NESTING)

    def parse_inline(state: "StateCore") -> None:
        for token in state.tokens:
            if (token.map and token.nesting == 1) or token.type == "fence":
                token.attrSet(LINE, str(state.env["first_line"] + (token.map or [0])[0]))
            if token.type == "inline":
                token.children = []
                within_paragraph.inline.parse(
                    token.content, within_paragraph, state.env, token.children
                )

    parser = _parser(MAX_NESTING)
    parser.core.ruler.at("inline", parse_inline)
    return parser


def _parser(max_nesting: int) -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.tasklists import tasklists_plugin

    settings = {"html": True, "breaks": True, "maxNesting": max_nesting}
    parser = MarkdownIt("commonmark", settings)
    parser.enable(["table", "strikethrough"]).disable("code")
    parser.use(footnote_plugin, inline=False).use(tasklists_plugin)
    parser.use(
        dollarmath_plugin,
        allow_space=False,
        allow_digits=False,
        allow_labels=False,
        double_inline=True,
        renderer=_formula,
    )
    parser.add_render_rule("html_inline", _html_inline)
    parser.add_render_rule("html_block", _html_block)
    parser.add_render_rule("footnote_anchor", _nothing)
    return parser


def _formula(content: str, options: object) -> str:
    """The formula; what lies between two amounts of dollars is none."""
    is_prose = content[:1].isdigit() and " " in content and _FORMULA_SIGN.search(content) is None
    return escape(f"${content}$" if is_prose else readable(content))


def _nothing(
    renderer: "RendererHTML",
    tokens: "Sequence[Token]",
    index: int,
    options: "OptionsDict",
    env: "EnvType",
) -> str:
    return ""


def _html_inline(
    renderer: "RendererHTML",
    tokens: "Sequence[Token]",
    index: int,
    options: "OptionsDict",
    env: "EnvType",
) -> str:
    """A tag within a sentence, unless it would take the rest of the sentence with it."""
    tag = _TAG.match(tokens[index].content)
    if tag is None or not _takes_words(tag):
        return tokens[index].content
    closed = env.setdefault("closed", {})
    if id(tokens) not in closed:
        closed[id(tokens)] = _closing_tags(tokens)
    return tag.group() if closed[id(tokens)].get(tag["name"].lower(), -1) > index else ""


def _closing_tags(tokens: "Sequence[Token]") -> dict[str, int]:
    """Index of the last tag that closes each element."""
    found = ((index, _TAG.match(token.content)) for index, token in enumerate(tokens))
    return {tag["name"].lower(): index for index, tag in found if tag and tag["slash"]}


def _html_block(
    renderer: "RendererHTML",
    tokens: "Sequence[Token]",
    index: int,
    options: "OptionsDict",
    env: "EnvType",
) -> str:
    """A block of HTML; what is never closed in it, and would take the rest with it, is text."""
    content = tokens[index].content
    start = content.lstrip().lower()
    for opening, closing in _ENDS:
        if start.startswith(opening):
            return content if closing in start else f"<p>{escape(content)}</p>"
    open_comment = content.rfind("<!--")
    if open_comment > content.rfind("-->"):
        content = f"{content[:open_comment]}{escape(content[open_comment:])}"
    tags = list(_TAG.finditer(content))
    last_closed = {tag["name"].lower(): tag.start() for tag in tags if tag["slash"]}
    kept, end = [], 0
    for tag in tags:
        if _takes_words(tag) and last_closed.get(tag["name"].lower(), -1) < tag.start():
            kept.append(content[end : tag.start()])
            end = tag.end()
    return "".join((*kept, content[end:]))


def _takes_words(tag: re.Match[str]) -> bool:
    """Whether what follows the tag is not said until the element ends."""
    name = tag["name"].lower()
    if tag["slash"] or name in VOID:
        return False
    return name in SILENT or _HIDING.search(tag["attributes"]) is not None
