"""The places outside of the pod that an attempt depends on, and how it ends when one fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from voicejob_worker.errors import (
    InvalidInputError,
    ModelUnusableError,
    StoreRefusedError,
    UnavailableError,
    WorkerError,
)
from voicejob_worker.failures.network import network_fault


@dataclass(frozen=True)
class Place:
    """One of these places."""

    name: str
    """Name in messages, such as ``text``."""
    field: str
    """Field of the VoiceJob that names it; empty for what no user names."""
    unavailable: str
    """Reason of an end by what may pass, and of one by what keeps the place from being reached."""
    refusal: Callable[[str, str], WorkerError]
    """Makes the error of an end by what does not pass, of a message and a reason."""
    refused_reason: str = ""
    """Reason of an end by an answer that is no; empty for ``unavailable``."""
    otherwise: str = ""
    """What else the user can do, where the place cannot be reached."""
    is_users: bool = True
    """Whether its address is a user's, who may not reach all that the pod can."""

    def refused(self, message: str, reason: str = "") -> WorkerError:
        """The end by what would be the same the next time."""
        return self.refusal(self.told(message), reason or self.unavailable).naming(self.field)

    def away(self, message: str) -> UnavailableError:
        """The end by what may pass."""
        return UnavailableError(self.told(message), self.unavailable).naming(self.field)

    def unreachable(
        self, error: BaseException, address: str, so_far: str = ""
    ) -> WorkerError | None:
        """How a fault on the way to ``address``, which may be shown, ends the attempt.

        ``so_far`` is what there was of a transfer, as the beginning of a sentence. None if
        ``error`` is not of the network.
        """
        fault = network_fault(error, address)
        if fault is None:
            return None
        began = so_far or f"the {self.name} at {address} cannot be reached"
        message = f"{began}: {fault.what}"
        if self.otherwise:
            message = f"{message}. {self.otherwise}"
        return self.away(message) if fault.may_pass else self.refused(message)

    def told(self, message: str) -> str:
        """The message, with the field that it is about before it."""
        return f"{self.field}: {message}" if self.field else message


_BY_VOLUME: Final = (
    "Without a way out of the cluster, name a model on a volume (pvc://CLAIM/PATH), or one within "
    "reach in the catalogue of the chart's values (worker.catalogue)"
)

TEXT: Final = Place("text", "spec.textFrom.uri", "TextUnavailable", InvalidInputError)
LEXICON: Final = Place("lexicon", "spec.lexicon.uri", "LexiconUnavailable", InvalidInputError)
COVER: Final = Place("cover", "spec.audio.cover.uri", "CoverUnavailable", InvalidInputError)
REFERENCE: Final = Place(
    "voice reference", "spec.voice.reference.uri", "ReferenceUnavailable", InvalidInputError
)
MODEL: Final = Place(
    "model", "spec.model.uri", "ModelUnavailable", ModelUnusableError, otherwise=_BY_VOLUME
)
CONVERSION: Final = replace(MODEL, field="spec.voice.conversion.modelUri")
INDEX: Final = replace(MODEL, field="spec.voice.conversion.indexUri")
CATALOGUE: Final = replace(MODEL, field="the catalogue", is_users=False)
DOWNLOAD: Final = replace(MODEL, field="", otherwise="", is_users=False)
"""A model that a command names."""
OUTPUT: Final = Place(
    "output",
    "spec.output.uri",
    "OutputUnavailable",
    StoreRefusedError,
    refused_reason="StoreRefused",
)
VOLUME: Final = replace(OUTPUT, field="spec.output.persistentVolumeClaim")

FOLDER: Final = replace(OUTPUT, field="")
"""A folder on a laptop."""
STORE: Final = Place("store", "", "StoreUnavailable", UnavailableError)
"""The operator's own. What it refuses is never the user's fault: no refusal of its is final."""
