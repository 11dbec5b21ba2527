"""The pages of a stream get their number as they come, cut wherever they are."""

import io

import numpy as np
import pytest
import soundfile

from voicejob_worker.audio.ogg import SerialFixer, checksum


@pytest.fixture(scope="module")
def opus() -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, 96_000)
    soundfile.write(file, noise, 48_000, format="OGG", subtype="OPUS")
    return file.getvalue()


@pytest.mark.parametrize("size", [1, 13, 27, 4096, 10**6])
def test_whole_pages_come_with_the_number_and_a_right_checksum(opus: bytes, size: int) -> None:
    fixer = SerialFixer(0xDEADBEEF)
    parts = [fixer.feed(opus[start : start + size]) for start in range(0, len(opus), size)]
    fixed = b"".join(parts)

    assert all(part.startswith(b"OggS") for part in parts if part)
    assert len(fixed) == len(opus)
    first = fixed[: fixed.index(b"OggS", 4)]
    assert first[14:18] == (0xDEADBEEF).to_bytes(4, "little")
    bare = first[:22] + bytes(4) + first[26:]
    assert int.from_bytes(first[22:26], "little") == checksum(bare)
    assert soundfile.read(io.BytesIO(fixed))[0].size == 96_000


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(ValueError, match="no Ogg page"):
        SerialFixer(1).feed(b"RIFF")
