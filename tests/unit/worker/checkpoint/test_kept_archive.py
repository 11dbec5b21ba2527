"""An archive that an earlier worker left is still read, and its chunks are not spoken anew.

``kept.tar`` was written once, by the worker of 0a8d420, and is never written again. A key hashes
the names and values of all that shaped a chunk: whoever renames one of those fields (or raises
``CODE_VERSION`` for no reason) loses what every unfinished VoiceJob has already paid for.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from voicejob_worker.checkpoint.archive import ChunkArchive, ChunkIdentity
from voicejob_worker.engines.protocol import SynthesisParams
from voicejob_worker.quality.summary import ChunkOutcome

KEPT = Path(__file__).with_name("kept.tar")
RAMP = np.arange(-400, 400, dtype=np.int16)

PLAIN_KEY = "18ded6f8ad80eaaf383b8ca0f5607ec5a834346c130d739267eb96dc221d106a"
CHANGED_KEY = "b42d273ef238e8f9e90c0ce25ff874ea6303c28824fd905306e0a21702ca400c"

# Positional on purpose: the names of the fields may change, their places and meanings may not.
_MODEL = ("f5-tts", "f5=1 0123abcd v1")
PLAIN = ChunkIdentity(*_MODEL, 0, "Hello.", SynthesisParams(), '{"accept":"Strict"}', True, False)
CHANGED = ChunkIdentity(
    *_MODEL,
    1,
    "Olá, mundo.",
    SynthesisParams(7, 1.25, 32, 1.5, 0.0, 0.65),
    '{"accept":"Strict"}',
    True,
    True,
)


@pytest.fixture
def archive(tmp_path):
    """A copy: to open an archive cuts off what is not whole in it."""
    return ChunkArchive(Path(shutil.copy(KEPT, tmp_path)))


def test_the_keys_of_its_chunks_are_computed_as_they_were():
    assert PLAIN.key == PLAIN_KEY
    assert CHANGED.key == CHANGED_KEY


def test_its_audio_is_read(archive):
    assert np.array_equal(archive.read(PLAIN.key), RAMP)
    assert np.array_equal(archive.read(CHANGED.key), RAMP[::-1])


def test_its_findings_are_read(archive):
    assert ChunkOutcome.from_json(archive.findings(PLAIN.key)) == ChunkOutcome(1, (), failed=False)
    assert ChunkOutcome.from_json(archive.findings(CHANGED.key)) == ChunkOutcome(3, (), failed=True)


def test_nothing_of_it_is_cut_off(archive):
    assert len(archive) == 2
    assert archive.path.read_bytes() == KEPT.read_bytes()
