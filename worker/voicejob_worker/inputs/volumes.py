"""Where the files of a volume are, and how a missing one is refused."""

from pathlib import Path

from voicejob_api import pod
from voicejob_worker.errors import ModelUnusableError


def mounted(folder: Path, uri: str) -> Path:
    """The path of ``pvc://CLAIM/PATH``, with the claim mounted at ``folder``."""
    return folder / pod.volume_address(uri)[1]


def existing(
    path: Path,
    uri: str,
    field: str = "spec.model.uri",
    remedy: str = "name the checkpoint with --model",
) -> Path:
    """Check that a model is at ``path``, and return that.

    Args:
        path: Where ``uri`` leads on this machine.
        uri: The address as the user wrote it.
        field: Field of the VoiceJob that names it.
        remedy: What to do about it on a laptop.

    Raises:
        ModelUnusableError: nothing is there.
    """
    if not (path.is_file() or path.is_dir()):  # a pipe would be waited for, for ever
        raise ModelUnusableError(
            f"there is no {path.name or 'model'} at {uri} ({field}); on a laptop, {remedy}"
        ).naming(field)
    return path
