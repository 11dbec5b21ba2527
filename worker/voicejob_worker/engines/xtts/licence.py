"""The licence of XTTS v2's weights, which forbids commercial use."""

from __future__ import annotations

from typing import Final

from voicejob_worker.errors import ModelUnusableError

LICENCE: Final = "CPML"


def require_licence(accepted: frozenset[str]) -> None:
    """See that the Coqui Public Model License was accepted.

    Raises:
        ModelUnusableError: it was not; it is told where to accept it.
    """
    if LICENCE not in accepted:
        raise ModelUnusableError(
            "XTTS v2 is under the Coqui Public Model License (https://coqui.ai/cpml), which allows "
            "no commercial use, and nobody has accepted it here: set spec.acceptLicences: "
            f"[{LICENCE}] in the VoiceJob; or for all of them worker.acceptedLicences in the "
            f"chart's values, or on a worker VOICEJOB_ACCEPTED_LICENCES='[\"{LICENCE}\"]'"
        )
