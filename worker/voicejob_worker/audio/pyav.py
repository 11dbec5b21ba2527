"""PyAV (the package ``av``): ffmpeg's libraries, for the formats that libsndfile does not have.

It is an optional extra, imported where it is needed.
"""

from importlib.util import find_spec
from typing import Final

from voicejob_api.audio import AudioFormat
from voicejob_worker.errors import InvalidInputError

PYAV_FORMATS: Final = frozenset({AudioFormat.AAC, AudioFormat.M4B})
"""What PyAV writes; libsndfile writes the others."""
INSTALL: Final = "pip install 'voicejob[av]'"


def is_installed() -> bool:
    """Whether PyAV is here, without importing it."""
    return find_spec("av") is not None


def check_format(audio_format: AudioFormat) -> None:
    """See that what writes a format is installed.

    Raises:
        InvalidInputError: it is not; the message says how to install it.
    """
    if audio_format in PYAV_FORMATS and not is_installed():
        others = ", ".join(one for one in AudioFormat if one not in PYAV_FORMATS)
        raise InvalidInputError(
            f"spec.audio.format {audio_format} needs the package av (PyAV), which is not installed "
            f"here: {INSTALL}, or choose one of {others}"
        ).naming("spec.audio.format")
