"""The VoiceJob that a command line describes, checked before any cluster is asked."""

from __future__ import annotations

import re
import secrets
import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import IO, TYPE_CHECKING, Any, Final

from voicejob_api import names
from voicejob_cli.errors import CliError

if TYPE_CHECKING:
    from pydantic import ValidationError

Manifest = dict[str, Any]

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
"""Those of names that Kubernetes makes: they form no words."""
_CONFIG_MAP: Final = "configmap://"
_OF_FILES: Final = {
    ".csv": "textFormat: CSV",
    ".jsonl": "textFormat: JSONLines",
    ".epub": "textFormat: EPUB",
}
_BINARY: Final = (b"%PDF-", b"PK\3\4", b"{\\rtf")
"""How files begin that programs write which are no editors: PDF, Word and EPUB, RTF."""
_LONGEST_CHARACTER: Final = 4
"""Bytes of UTF-8."""
_FORMATS: Final = {".wav": "wav", ".flac": "flac", ".mp3": "mp3", ".opus": "opus", ".ogg": "opus"}
_MORE_FORMATS: Final = {".aac": "aac", ".m4b": "m4b", ".m4a": "m4b"}


@dataclass(frozen=True)
class Wishes:
    """What the flags of ``say`` say; what is None is left out of the manifest."""

    text: str
    name: str | None = None
    voice: str | None = None
    reference: str | None = None
    transcript: str | None = None
    language: str | None = None
    engine: str | None = None
    model: str | None = None
    audio_format: str | None = None
    text_format: str | None = None
    subtitles: tuple[str, ...] = ()
    speed: float | None = None
    licences: tuple[str, ...] = ()
    gpu: bool = False
    queue: str | None = None
    ttl_seconds: int | None = None


def text_of(given: str | None, file: Path | None) -> str:
    """The text of the argument, of a file, or of standard input.

    Raises:
        CliError: there is none, two, or one that cannot be read.
    """
    if given is not None and file is not None:
        raise CliError("the text is given twice: as an argument and by -f", "Leave one out.")
    if given is None and file is None:
        raise CliError("there is no text", 'Write it (say "Good morning."), or name a file by -f.')
    if file is not None:
        given = _read(file)
    if not given or not given.strip():
        what = _called(file) if file is not None else "the text"
        raise CliError(f"{what} is empty: nothing would be spoken", "Write the text to speak.")
    return given


def _read(file: Path) -> str:
    field = _OF_FILES.get(file.suffix.lower())
    if field:
        raise CliError(
            f"{file} is no text that a VoiceJob holds itself",
            f"Put it into a ConfigMap, and name that in textFrom, with {field}: docs/texts.md.",
        )
    if str(file) == "-" and sys.stdin is None:
        raise CliError("standard input is closed", "Name a file by -f, or write the text.")
    try:
        found = _decoded(sys.stdin.buffer) if str(file) == "-" else _decoded_file(file)
    except UnicodeDecodeError as error:
        raise _not_utf8(file, error) from error
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error.strerror}", "Is the path right?") from error
    content = found.encode()
    if b"\0" in content or content.startswith(_BINARY):
        raise _no_text(file, content)
    return found


def _called(file: Path) -> str:
    return "standard input" if str(file) == "-" else f"the file {file}"


def _not_utf8(file: Path, error: UnicodeDecodeError) -> CliError:
    content = bytes(error.object)
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _utf16(file, "UTF-16")
    if b"\0" in content or content.startswith(_BINARY):
        return _no_text(file, content)
    return CliError(
        f"{_called(file)} is not UTF-8: byte {error.start} is none of it",
        _converted(file, "WINDOWS-1252"),
    )


def _no_text(file: Path, content: bytes) -> CliError:
    """Of a file with bytes of 0: every second byte is one where Latin letters are UTF-16."""
    first, second = content[::2], content[1::2]
    for encoding, letters, zeros in (("UTF-16LE", first, second), ("UTF-16BE", second, first)):
        is_utf16 = 0 not in letters and zeros.count(0) * 2 > len(zeros)
        if is_utf16 and not content.startswith(_BINARY):
            return _utf16(file, encoding)
    return CliError(
        f"{_called(file)} is no text: it begins, or goes on, as no text does",
        "Save what it says as text in UTF-8, with the program that opens it (PDF, Word, RTF).",
    )


def _utf16(file: Path, encoding: str) -> CliError:
    return CliError(f"{_called(file)} is UTF-16, and UTF-8 is taken", _converted(file, encoding))


def _converted(file: Path, encoding: str) -> str:
    return f"Convert it first: iconv --from-code={encoding} --to-code=UTF-8 {quote(str(file))}"


def _decoded_file(file: Path) -> str:
    with file.open("rb") as source:
        return _decoded(source)


def _decoded(source: IO[bytes]) -> str:
    """The text of it, of one that is too long only so much that the contract says so."""
    from voicejob_api.spec import MAX_TEXT_BYTES

    enough = MAX_TEXT_BYTES + len(BOM_UTF8) + _LONGEST_CHARACTER
    content = source.read(enough)
    is_whole = len(content) < enough
    return getincrementaldecoder("utf-8-sig")().decode(content, final=is_whole)


def format_of(wanted: str | None, output: Path | None) -> str | None:
    """``spec.audio.format``: what is asked for, else what the file's name ends with."""
    if wanted is not None or output is None:
        return wanted
    return (_FORMATS | _MORE_FORMATS).get(output.suffix.lower())


def manifest_of(wishes: Wishes, namespace: str | None) -> Manifest:
    """The VoiceJob as a person would write it.

    Raises:
        CliError: it would be refused; the message names each field.
    """
    from pydantic import ValidationError

    from voicejob_api.spec import VoiceJobSpec

    name = wishes.name or f"say-{''.join(secrets.choice(_LETTERS) for _ in range(5))}"
    if not _NAME.fullmatch(name):
        raise CliError(
            f"{name!r} cannot be the name of a VoiceJob",
            "Write at most 63 small letters, digits and -, with a letter or digit at both ends.",
        )
    try:
        spec = VoiceJobSpec.model_validate(_spec(wishes))
    except ValidationError as error:
        raise CliError(_complaints(error), _flags_of(error)) from error
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}),
        "spec": spec.to_manifest(),
    }


def _spec(wishes: Wishes) -> Manifest:
    spec: Manifest = {
        "engine": wishes.engine or _engine(wishes),
        "language": wishes.language,
        "text": wishes.text,
        "textFormat": wishes.text_format,
        "model": {"uri": wishes.model} if wishes.model else None,
        "voice": _voice(wishes),
        "synthesis": {"speed": wishes.speed} if wishes.speed is not None else None,
        "audio": _audio(wishes),
        "acceptLicences": list(wishes.licences) or None,
        "gpu": {} if wishes.gpu else None,
        "queueName": wishes.queue,
        "ttlSecondsAfterFinished": wishes.ttl_seconds,
    }
    return {field: value for field, value in spec.items() if value is not None}


def _engine(wishes: Wishes) -> str | None:
    """Where a recording is to be cloned, the engine that can: f5-tts needs its transcript."""
    if wishes.reference is None:
        return None
    return "f5-tts" if wishes.transcript is not None else "xtts"


def _voice(wishes: Wishes) -> Manifest | None:
    if wishes.reference is None:
        if wishes.transcript is not None:
            raise CliError(
                "--transcript is what is said in a recording, and there is none",
                "Name the recording by --reference.",
            )
        return {"speaker": wishes.voice} if wishes.voice else None
    voice: Manifest = {"reference": _reference(wishes.reference)}
    if wishes.transcript is not None:
        voice["reference"]["transcript"] = wishes.transcript
    return voice | ({"speaker": wishes.voice} if wishes.voice else {})


def _reference(written: str) -> Manifest:
    if written.startswith(_CONFIG_MAP):
        name, _, key = written.removeprefix(_CONFIG_MAP).partition("/")
        return {"configMapKeyRef": {"name": name, "key": key}}
    if "://" not in written:
        key = Path(written).name
        if not Path(written).is_file():
            raise CliError(
                f"--reference {written} is no address, and no file of this machine",
                "Write https://…, s3://…, pvc://CLAIM/PATH or configmap://NAME/KEY.",
            )
        raise CliError(
            f"--reference {written} is a file of this machine, which no pod can read",
            "Put it into a ConfigMap (at most 1 MiB), and name that:\n"
            f"kubectl create configmap voices --from-file={written}\n"
            f"kubectl voicejob say … --reference {_CONFIG_MAP}voices/{key}",
        )
    return {"uri": written}


def _audio(wishes: Wishes) -> Manifest | None:
    audio: Manifest = {}
    if wishes.audio_format is not None:
        audio["format"] = wishes.audio_format
    if wishes.subtitles:
        audio["subtitles"] = list(wishes.subtitles)
    return audio or None


def _complaints(error: ValidationError) -> str:
    told = []
    for one in error.errors(include_input=False, include_url=False):
        field = ".".join(("spec", *(str(part) for part in one["loc"])))
        told.append(f"{field}: {one['msg']}")
    return "\n".join(told)


def _flags_of(error: ValidationError) -> str:
    rules = (one["ctx"] for one in error.errors(include_input=False) if one["type"] == "rule")
    if any(rule["path"] == ".voice" for rule in rules):
        return "--voice names a speaker, --reference a recording, --transcript what is said in it."
    return "`kubectl voicejob say --help` lists the flags; --dry-run shows the manifest."
