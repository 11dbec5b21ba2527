"""The licence of XTTS v2's weights, which forbids commercial use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Collection

_LICENCE: Final = "CPML"


def require_licence(accepted: Collection[str]) -> None:
    """Check that the Coqui Public Model License was accepted, in whatever case it is written.

    Raises:
        ModelUnusableError: it was not; it is told where to accept it.
    """
    if _LICENCE.casefold() not in {one.casefold() for one in accepted}:
        raise ModelUnusableError(
            "XTTS v2 is under the Coqui Public Model License (https://coqui.ai/cpml), which allows "
            "no commercial use, and nobody has accepted it here: set spec.acceptLicences: "
            f"[{_LICENCE}] in the VoiceJob; or for all of them worker.acceptedLicences in the "
            f"chart's values, or on a worker VOICEJOB_ACCEPTED_LICENCES='[\"{_LICENCE}\"]'"
        ).naming("spec.acceptLicences")
