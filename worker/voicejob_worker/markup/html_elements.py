"""What each element of HTML means for the ear."""

from typing import Final

_SILENT_NAMES: Final = """
script style noscript template head nav iframe object embed svg canvas audio video map
select datalist textarea button input meter progress rt rp rtc annotation annotation-xml
title noframes
"""
SILENT: Final = frozenset(_SILENT_NAMES.split())
"""Left out with all that is in them; ``title`` and ``head`` are read for what they tell."""
_VOID_NAMES: Final = """
area base br col embed hr img input link meta param source track wbr
"""
VOID: Final = frozenset(_VOID_NAMES.split())
HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
CHAPTERS: Final = frozenset(("h1", "h2"))
"""Headings that a chapter begins with."""
_BLOCKS_NAMES: Final = """
html body address article aside blockquote caption center dd details dialog dir div dl dt
fieldset figcaption figure footer form header hgroup legend li main menu ol p pre search
section summary table tbody tfoot thead tr ul optgroup option
"""
BLOCKS: Final = HEADINGS | frozenset(_BLOCKS_NAMES.split())
"""A paragraph ends where one begins or ends."""
LISTS: Final = frozenset(("ol", "ul", "menu", "dir"))
CODE: Final = frozenset(("code", "samp", "kbd"))
"""Within ``pre`` they make it a block of code; elsewhere they are words of a sentence."""
CODE_CLASSES: Final = frozenset(("highlight", "sourcecode", "code", "codehilite", "prettyprint"))
SILENT_CLASSES: Final = frozenset(
    ("footnote-backref", "mw-editsection", "mw-cite-backlink", "pagebreak")
)
_SILENT_ROLES_NAMES: Final = """
navigation doc-noteref doc-pagebreak doc-backlink doc-toc doc-index
"""
SILENT_ROLES: Final = frozenset(_SILENT_ROLES_NAMES.split())
_SILENT_TYPES_NAMES: Final = """
noteref pagebreak toc landmarks page-list backlink
"""
SILENT_TYPES: Final = frozenset(_SILENT_TYPES_NAMES.split())
"""Of EPUB's ``epub:type``."""
RAISED: Final = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
"""Digits and signs of ``<sup>``, so that a power stays one."""
