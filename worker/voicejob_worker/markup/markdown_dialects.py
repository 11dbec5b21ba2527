r"""Marks that chats, wikis and site makers add to Markdown, brought into what is read.

Formulas between ``\( … \)`` and ``\[ … \]``, ``==marked==``, ``++inserted++``, ``[[wiki links]]``,
``:::note``, ``{#id .class}``, ``> [!NOTE]`` and ``:smile:``. What stands in code stays as it is.
Lines stay as many as they were; every quantifier is bounded, so the time is linear.
"""

import re
from bisect import bisect_left
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(?:>[ >]{0,20})?(?:[-*+] {1,3})?(`{3,}|~{3,})")
_INLINE_CODE: Final = re.compile(r"(`{1,3})(?!`)[^`\n]{1,500}\1(?!`)")
_BRACKET: Final = re.compile(r"\\[()\[\]]")
_EMPTY_LINE: Final = re.compile(r"\n(?=[ \t]*\n)")
_LONGEST: Final = {"(": 600, "[": 1200}
"""Characters between the brackets of a formula, at most."""
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
    if "\\(" in prose or "\\[" in prose:
        prose = _mend_formulas(prose)
    prose = _MARKED.sub(lambda found: found[1] or found[2], prose)
    prose = _CONTAINER.sub("", _WIKI_LINK.sub(r"\1", prose))
    prose = _ATTRIBUTES.sub("", prose)
    prose = _ALERT.sub(lambda found: f"{found[1]}{found[2].capitalize()}:", prose)
    prose = _SHORT_CODE.sub("", prose)
    if has_code:
        prose = _HIDDEN.sub(lambda found: codes[int(found[1])], prose)
    return prose


_HIDDEN: Final = re.compile("\ue000([0-9]+)\ue001")


def _mend_formulas(prose: str) -> str:
    """Write formulas between dollars; one pass from the last bracket finds each one's closer."""
    brackets = [(found.group()[1], found.start()) for found in _BRACKET.finditer(prose)]
    closer: dict[int, int] = {}
    following = {")": len(prose) * 2, "]": len(prose) * 2}
    empty_lines = [found.start() for found in _EMPTY_LINE.finditer(prose)]
    for sign, start in reversed(brackets):
        if sign in following:
            following[sign] = start
        else:
            closer[start] = following[")" if sign == "(" else "]"]
    parts: list[str] = []
    done = 0
    for sign, start in brackets:
        if start < done or sign in following:
            continue
        end = closer[start]
        if not 1 <= end - start - 2 <= _LONGEST[sign]:
            continue
        if sign == "(":
            breaks = prose.find("\n", start, end) >= 0
        else:
            at = bisect_left(empty_lines, start)
            breaks = at < len(empty_lines) and empty_lines[at] < end
        if breaks:
            continue
        parts += [prose[done:start], _formula(prose, start, end)]
        done = end + 2
    return "".join([*parts, prose[done:]])


def _formula(prose: str, start: int, end: int) -> str:
    """The formula between dollars, which stand by themselves; as many lines as it had."""
    content = prose[start + 2 : end]
    if _IS_FORMULA.search(content) is None:
        return prose[start : end + 2]
    sign = "$" if prose[start + 1] == "(" else "$$"
    lines = "\n" * content.count("\n")
    before = prose[max(start - 1, 0) : start]
    after = prose[end + 2 : end + 3]
    blank = " " if before.isalnum() else ""
    last = " " if after.isalnum() else ""
    return f"{blank}{sign}{' '.join(content.split())}{sign}{last}{lines}"
