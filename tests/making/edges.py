"""Audio without the silence at its edges."""

from typing import Any

from voicejob_worker.audio.edges import sounding_part
from voicejob_worker.audio.samples import Samples


def trim_edges(samples: Samples, *given: Any, **more: Any) -> Samples:
    """The part that ``sounding_part`` tells, as a view."""
    return samples[sounding_part(samples, *given, **more)]
