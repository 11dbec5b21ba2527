"""What tells the speech of one VoiceJob from that of every other, before anything is loaded.

It is made of checkpoint keys: those of the passages as they will be cut into chunks, with the
models by their names instead of their digests, which only a loaded engine knows. To these comes
what shapes the files and not the chunks.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker import __version__
from voicejob_worker.checkpoint.archive import ChunkIdentity
from voicejob_worker.engines.code_versions import RVC, code_of
from voicejob_worker.engines.registry import synthesis_params

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from voicejob_api.spec import VoiceJobSpec
    from voicejob_worker.text.passages import Script
    from voicejob_worker.text.speakable import SpeakableScript

NOT_HEARD: Final = frozenset(
    (
        # What the text is, its script tells; what model and recording are, the sources.
        *("text", "text_from", "items", "text_format", "markup", "lexicon", "model"),
        *("accept_licences", "output"),
        *("gpu", "device", "resources", "suspend", "priority_class_name", "queue_name"),
        *("workload_priority_class_name", "retries", "deadlines", "ttl_seconds_after_finished"),
        "pod_template",
    )
)
"""Fields of the spec that shape no file, or shape it only by what is looked at here itself."""


def speech_fingerprint(
    spec: VoiceJobSpec, script: Script, spoken: SpeakableScript, sources: Sequence[str]
) -> str:
    """SHA-256, in hexadecimal, of all that shapes the files of a VoiceJob.

    Args:
        spec: What is asked for.
        script: The text as it was read.
        spoken: The same in words.
        sources: What the models and the recordings are (``inputs.model_names``).
    """
    model = "\n".join((f"worker={__version__}", f"rvc={RVC}", *code_of(spec.engine), *sources))
    found = hashlib.sha256()
    for part in (*_keys(spec, spoken, model), _asked(spec), *_written(script)):
        found.update(json.dumps(part, sort_keys=True).encode())
        found.update(b"\n")
    return found.hexdigest()


def _keys(spec: VoiceJobSpec, spoken: SpeakableScript, model: str) -> Iterable[str]:
    trims = spec.audio.trim_silence
    for index, passage in enumerate(spoken.passages):
        yield ChunkIdentity(
            engine=spec.engine.value,
            model=model,
            index=index,
            text=passage.text,
            params=synthesis_params(spec.synthesis),
            check=spec.quality.model_dump_json(),
            trim_start=trims,
            trim_end=trims,
            passage=passage.manner,
        ).key


def _asked(spec: VoiceJobSpec) -> dict[str, Any]:
    asked = spec.model_dump(mode="json", exclude=set(NOT_HEARD))
    for voice in (asked["voice"] or {}, *asked["voices"].values()):
        for source in ("reference", "model"):
            voice.pop(source, None)
    return asked


def _written(script: Script) -> Iterable[Any]:
    """What the text says besides its words: pauses, chapters, items, names, a picture."""
    yield hashlib.sha256(script.cover or b"").hexdigest()
    yield {sign: asdict(one) for sign, one in script.pronunciations.items()}
    yield asdict(replace(script, cover=None, pronunciations={}))
