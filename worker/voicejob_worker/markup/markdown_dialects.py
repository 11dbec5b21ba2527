r"""Marks that chats, wikis and site makers add to Markdown, brought into what is read.

Formulas between ``\( … \)`` and ``\[ … \]``, ``==marked==``, ``++inserted++``, ``[[wiki links]]``,
``:::note``, ``{#id .class}``, ``> [!NOTE]`` and ``:smile:``. What stands in code stays as it is.
Lines stay as many as they were; every quantifier is bounded, so the time is linear.
"""

import re
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(?:>[ >]{0,20})?(?:[-*+] {1,3})?(`{3,}|~{3,})")
_INLINE_CODE: Final = re.compile(r"(`{1,3})(?!`)[^`\n]{1,500}\1(?!`)")
_FORMULA: Final = re.compile(
    r"\\\(((?:(?!\\\)).){1,600})\\\)|\\\[((?:(?!\\\]|\n[ \t]*\n)[\s\S]){1,1200})\\\]"
)
_IS_FORMULA: Final = re.compile(r"[\\^_=+{}<>0-9*/|]|\A\s*[A-Za-z]{1,2}\s*\Z")
"""Tells a formula from brackets that are escaped to be read as brackets."""
_MARKED: Final = re.compile(
    r"(?<![=\w])==(?=[^\s=])([^=\n]{1,300}?(?<=\S))==(?![=\w])"
    r"|(?<![+\w])\+\+(?=[^\s+])([^+\n]{1,300}?(?<=\S))\+\+(?![+\w])"
)
_WIKI_LINK: Final = re.compile(r"!?\[\[(?:[^\[\]|\n]{1,200}\|)?([^\[\]|\n]{1,200})\]\]")
_CONTAINER: Final = re.compile(r"(?m)^ {0,3}:{3,}[ \t]*(?:\{[^{}\n]{0,100}\}|[a-z][\w-]{0,30})?")
_ATTRIBUTES: Final = re.compile(r"(?<=\S)[ \t]*\{[#.][\w .#:-]{1,80}\}|\{[#.][\w .#:-]{1,80}\}")
_ALERT: Final = re.compile(r"(?m)^( {0,3}>[ \t]{0,3})\[!([A-Za-z]{1,12})\]")
_SHORT_CODE: Final = re.compile(r"(?<![\w:/`]):[a-z][a-z0-9_+-]{1,30}:(?![\w:/`])")
_NEEDED: Final = re.compile(r"\\[(\[]|==|\+\+|\[\[|:::|\{[#.]|\[!|:[a-z]")


def without_dialects(source: str) -> str:
    """The text with those marks taken out or written as Markdown's own."""
    if _NEEDED.search(source) is None:
        return source
    if "```" not in source and "~~~" not in source:
        return _mended(source)
    kept: list[str] = []
    prose: list[str] = []
    fence = ""
    for line in source.split("\n"):
        found = _FENCE.match(line)
        if fence:
            kept.append(line)
            closes = found and found[1].startswith(fence) and not line[found.end() :].strip()
            fence = "" if closes else fence
            continue
        if found:
            kept.extend(_mended("\n".join(prose)).split("\n") if prose else [])
            prose, fence = [], found[1]
            kept.append(line)
        else:
            prose.append(line)
    kept.extend(_mended("\n".join(prose)).split("\n") if prose else [])
    return "\n".join(kept)


def _mended(prose: str) -> str:
    codes: list[str] = []

    def hidden(found: re.Match[str]) -> str:
        codes.append(found.group())
        return f"\ue000{len(codes) - 1}\ue001"

    has_code = "`" in prose
    if has_code:
        prose = _INLINE_CODE.sub(hidden, prose.replace("\ue000", "").replace("\ue001", ""))
    prose = _FORMULA.sub(_formula, prose)
    prose = _MARKED.sub(lambda found: found[1] or found[2], prose)
    prose = _CONTAINER.sub("", _WIKI_LINK.sub(r"\1", prose))
    prose = _ATTRIBUTES.sub("", prose)
    prose = _ALERT.sub(lambda found: f"{found[1]}{found[2].capitalize()}:", prose)
    prose = _SHORT_CODE.sub("", prose)
    if has_code:
        prose = _HIDDEN.sub(lambda found: codes[int(found[1])], prose)
    return prose


_HIDDEN: Final = re.compile("\ue000([0-9]+)\ue001")


def _formula(found: re.Match[str]) -> str:
    """The formula between dollars, which stand by themselves; as many lines as it had."""
    content = found[1] or found[2]
    if _IS_FORMULA.search(content) is None:
        return found.group()
    sign = "$" if found[1] else "$$"
    lines = "\n" * content.count("\n")
    before = found.string[max(found.start() - 1, 0) : found.start()]
    after = found.string[found.end() : found.end() + 1]
    start = " " if before.isalnum() else ""
    end = " " if after.isalnum() else ""
    return f"{start}{sign}{' '.join(content.split())}{sign}{end}{lines}"
