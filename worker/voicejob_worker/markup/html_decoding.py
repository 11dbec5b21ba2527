"""From the bytes of a page to its characters."""

import codecs
import re
from typing import Final

_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})"
    rb"|^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{1,40})",
    re.IGNORECASE,
)

_OTHERWISE: Final = "cp1252"
_AS_THEMSELVES: Final = (
    *("utf-8", "cp866", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "cp874"),
    *(f"cp125{number}" for number in range(9)),
    *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *("gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"),
)
_CODECS: Final = {
    **dict(zip(_AS_THEMSELVES, _AS_THEMSELVES, strict=True)),
    **dict.fromkeys(("iso8859-1", "ascii"), "cp1252"),
    **{"iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874"},
    **{
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "big5": "big5hkscs",
        "shift_jis": "cp932",
        "euc_kr": "cp949",
    },
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), "utf-8"),
}
"""Encodings of the WHATWG's Encoding Standard, by Python's names: what is declared, and what it is
read by. A page whose declaration can be read byte by byte is in no UTF-16."""
_LABELS: Final = {
    **{"windows-874": "cp874", "dos-874": "cp874", "iso-8859-8-i": "iso8859-8"},
    **{"windows-31j": "cp932", "x-sjis": "cp932", "windows-949": "cp949", "cn-big5": "big5"},
    **{"mac": "mac-roman", "koi8": "koi8-r", "koi": "koi8-r", "koi8-ru": "koi8-u"},
    **{"gb_2312-80": "gbk"},
}
"""Names of the standard's that Python has no alias for."""


def decode_html(source: bytes) -> str:
    """The characters of a page: by its byte order mark, as UTF-8, as it declares, as cp1252.

    What a declared encoding has no character for is U+FFFD; none is an error.
    """
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if source.startswith(mark):
            return source.decode(name, "replace").removeprefix("\ufeff")
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(source[:2048])
    label = (declared[1] or declared[2]).decode("ascii", "replace") if declared else _OTHERWISE
    return source.decode(_codec(label.lower()), "replace")


def _codec(label: str) -> str:
    """Python's name of the encoding that a page declares; cp1252 if a browser knows it not."""
    label = _LABELS.get(label, label)
    for name in (label, label.removeprefix("x-")):
        try:
            return _CODECS.get(codecs.lookup(name).name, _OTHERWISE)
        except LookupError:
            continue
    return _OTHERWISE
