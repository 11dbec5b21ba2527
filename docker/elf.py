"""Makes shared libraries smaller, which no image has a linker for: stripped, or hollow.

A library whose code is never called cannot just go: what needs it would not load. In its place
stands a hollow one of the same name: the symbols that others are linked with, where each function
returns 0 and each variable is 0. Layout and constants as in the System V ABI (gABI, chapters 4 and
5) and its supplements for the two processors.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_ENTRY = struct.Struct("<qQ")
_LITTLE_64 = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")

_RETURN_0 = {
    62: bytes.fromhex("31c0c3"),  # x86-64: xor eax, eax; ret
    183: bytes.fromhex("00008052c0035fd6"),  # AArch64: mov w0, #0; ret
}
"""Code by the header's number of a processor."""

_SHARED, _UNDEFINED, _ANY_SECTION = 3, 0, 1
_DYNAMIC, _DYNAMIC_SYMBOLS, _VERSIONS_DEFINED = 6, 11, 0x6FFFFFFD
_LOAD, _DYNAMIC_SEGMENT, _STACK = 1, 2, 0x6474E551
_READ_RUN, _READ_WRITE = 5, 6
_GLOBAL = 1 << 4
_VARIABLE, _FUNCTION = 1, 2
_NULL, _HASH, _STRINGS, _SYMBOLS, _STRINGS_SIZE, _SYMBOL_SIZE, _SONAME = 0, 4, 5, 6, 10, 11, 14
_PAGE = 0x10000
"""The largest page of either processor."""


class NotFitError(Exception):
    """The file is no library that this can be done to."""


@dataclass(frozen=True)
class Symbol:
    """A name that a library gives to others, or asks of them."""

    name: str
    is_defined: bool
    is_variable: bool
    size: int


@dataclass(frozen=True)
class Library:
    """What is read of a shared library for 64 bits, least byte first."""

    machine: int
    soname: str
    symbols: tuple[Symbol, ...]
    has_versions: bool
    """Whether those that need it ask for versions of its symbols."""


def hollow_out(folder: Path, patterns: Iterable[str]) -> None:
    """Put hollow libraries in the place of those in ``folder`` that match, if any do.

    Each gives what the libraries beside it ask for. What is hollow already stays as it is.

    Raises:
        NotFitError: one is for another processor, or its symbols have versions.
    """
    chosen = {file for pattern in patterns for file in folder.glob(pattern)}
    if not chosen:
        return
    libraries = {file: read(file) for file in sorted(folder.iterdir())}
    for file in chosen:
        others = [one for other, one in libraries.items() if other not in chosen]
        asked = {one.name for other in others for one in other.symbols if not one.is_defined}
        library = libraries[file]
        if library.symbols:
            wanted = [one for one in library.symbols if one.is_defined and one.name in asked]
            content = hollow(library, wanted)
            _replace(file, content)


def strip(file: Path) -> None:
    """Cut off what no loader reads: sections for linkers and debuggers, behind the last segment.

    Raises:
        NotFitError: it is no library for 64 bits, least byte first.
    """
    content = file.read_bytes()
    header = _header(content, file)
    segments = (
        _SEGMENT.unpack_from(content, header[5] + number * header[9])
        for number in range(header[10])
    )
    end = max(offset + size for _, _, offset, _, _, size, *_ in segments)
    if not header[12] or header[6] < end:
        return
    without_sections = (*header[:6], 0, *header[7:12], 0, 0)
    _replace(file, _HEADER.pack(*without_sections) + content[_HEADER.size : end])


def read(file: Path) -> Library:
    """The names and symbols of a library; of one without sections, such as a hollow one, none.

    Raises:
        NotFitError: it is none for 64 bits, least byte first.
    """
    content = file.read_bytes()
    header = _header(content, file)
    machine, offset, size, count = header[2], header[6], header[11], header[12]
    sections = [_SECTION.unpack_from(content, offset + n * size) for n in range(count)]
    if not sections:
        return Library(machine, file.name, (), has_versions=False)
    found = {section[1]: section for section in sections}
    strings = sections[found[_DYNAMIC_SYMBOLS][6]][4]
    soname = next(
        (
            _text(content, strings + value)
            for tag, value in _entries(content, found[_DYNAMIC])
            if tag == _SONAME
        ),
        file.name,
    )
    _, _, _, _, begin, length, *_ = found[_DYNAMIC_SYMBOLS]
    symbols = tuple(
        Symbol(_text(content, strings + name), section != _UNDEFINED, info & 0xF == _VARIABLE, wide)
        for name, info, _, section, _, wide in _SYMBOL.iter_unpack(content[begin : begin + length])
    )
    return Library(machine, soname, symbols, _VERSIONS_DEFINED in found)


def hollow(library: Library, wanted: Iterable[Symbol]) -> bytes:
    """A library of the same name that gives ``wanted``.

    Raises:
        NotFitError: it is for another processor, or its symbols have versions.
    """
    if library.has_versions:
        raise NotFitError(f"{library.soname} has versions of its symbols")
    if library.machine not in _RETURN_0:
        raise NotFitError(f"{library.soname} is for processor {library.machine}")
    given = list(wanted)
    strings = b"\0" + b"".join(f"{name}\0".encode() for name in _names(library, given))
    # One bucket for all: a chain of every symbol after the other, whatever its hash.
    chain = [*range(2, len(given) + 1), 0] if given else []
    words = [1, len(given) + 1, min(len(given), 1), 0, *chain]
    hashes = struct.pack(f"<{len(words)}I", *words)

    symbols_at = _HEADER.size + 4 * _SEGMENT.size
    hashes_at = symbols_at + _SYMBOL.size * (len(given) + 1)
    strings_at = hashes_at + len(hashes)
    code_at = _aligned(strings_at + len(strings))
    code = _RETURN_0[library.machine]
    # What is written to lies on pages of its own in memory, and follows in the file.
    dynamic_in_file = _aligned(code_at + len(code))
    dynamic_at = dynamic_in_file + _PAGE
    dynamic = b"".join(
        _ENTRY.pack(tag, value)
        for tag, value in (
            (_SONAME, strings.index(f"\0{library.soname}\0".encode()) + 1),
            (_HASH, hashes_at),
            (_STRINGS, strings_at),
            (_SYMBOLS, symbols_at),
            (_STRINGS_SIZE, len(strings)),
            (_SYMBOL_SIZE, _SYMBOL.size),
            (_NULL, 0),
        )
    )
    variables_at = dynamic_at + len(dynamic)
    size = _aligned(sum(_aligned(one.size) for one in given if one.is_variable))

    table, place = [_SYMBOL.pack(0, 0, 0, 0, 0, 0)], variables_at
    for one in given:
        name = strings.index(f"\0{one.name}\0".encode()) + 1
        kind, at = (_VARIABLE, place) if one.is_variable else (_FUNCTION, code_at)
        table.append(_SYMBOL.pack(name, _GLOBAL | kind, 0, _ANY_SECTION, at, one.size))
        place += _aligned(one.size) if one.is_variable else 0
    end = code_at + len(code)
    segments = (
        (_LOAD, _READ_RUN, 0, 0, 0, end, end, _PAGE),
        _writable(_LOAD, dynamic_in_file, len(dynamic), len(dynamic) + size, _PAGE),
        _writable(_DYNAMIC_SEGMENT, dynamic_in_file, len(dynamic), len(dynamic), 8),
        (_STACK, _READ_WRITE, 0, 0, 0, 0, 0, 16),
    )
    header = _HEADER.pack(
        *(_LITTLE_64, _SHARED, library.machine, 1, 0, _HEADER.size, 0, 0, _HEADER.size),
        *(_SEGMENT.size, len(segments), _SECTION.size, 0, 0),
    )
    head = header + b"".join(_SEGMENT.pack(*one) for one in segments) + b"".join(table)
    body = (head + hashes + strings).ljust(code_at, b"\0") + code
    return body.ljust(dynamic_in_file, b"\0") + dynamic


def _replace(file: Path, content: bytes) -> None:
    mode = file.stat().st_mode
    file.unlink()  # not written into: it may be a hard link to an installer's cache
    file.write_bytes(content)
    file.chmod(mode)


def _header(content: bytes, file: Path) -> tuple[Any, ...]:
    if content[:6] != _LITTLE_64[:6]:
        raise NotFitError(f"{file.name} is no 64-bit library")
    return _HEADER.unpack_from(content)


def _writable(kind: int, offset: int, in_file: int, in_memory: int, align: int) -> tuple[int, ...]:
    at = offset + _PAGE
    return (kind, _READ_WRITE, offset, at, at, in_file, in_memory, align)


def _names(library: Library, given: Iterable[Symbol]) -> Iterator[str]:
    yield library.soname
    yield from (one.name for one in given)


def _entries(content: bytes, section: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    _, _, _, _, begin, length, *_ = section
    yield from _ENTRY.iter_unpack(content[begin : begin + length])


def _text(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at)].decode()


def _aligned(size: int) -> int:
    return -(-size // 16) * 16
