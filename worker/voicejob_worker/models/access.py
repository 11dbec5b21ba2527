"""Who may use a model that is here already.

The model directory may be shared by many. A model that its server hands out to everybody is
everybody's; so is one over HTTP, whose address carries its own permission. Any other is used only
by somebody whose own credentials its server takes, and it is asked each time: credentials that were
withdrawn end with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicejob_worker.errors import ModelUnusableError, UnavailableError, WorkerError
from voicejob_worker.models.address import last_part, shown

if TYPE_CHECKING:
    from voicejob_worker.models.fetchers import Fetchers
    from voicejob_worker.models.layout import Layout
    from voicejob_worker.models.record import Record


def needs_proof(layout: Layout, record: Record) -> bool:
    """Whether a model is not everybody's, as far as is known."""
    return layout.uri.startswith(("hf://", "s3://")) and not record.public


def prove_access(layout: Layout, record: Record, fetchers: Fetchers) -> bool:
    """Check that its server lets these credentials read what is here; whether it lets everybody.

    Raises:
        ModelUnusableError: it does not.
        UnavailableError: it does not answer.
    """
    addresses = [address for piece in layout.pieces for address in piece.addresses]
    here = [one for one in addresses if last_part(one) in record.files] or addresses[:1]
    try:
        for address in here:
            fetchers.of(address).prove(address)
    except (ModelUnusableError, UnavailableError) as error:
        raise _without_proof(error, layout) from error
    return fetchers.are_public(here)


def _without_proof(error: ModelUnusableError | UnavailableError, layout: Layout) -> WorkerError:
    return type(error)(
        f"{shown(layout.uri)} is in the model directory, and is for those alone who may read it at "
        f"its address with their own credentials: {error.message}",
        error.reason,
    ).naming(*error.fields)
