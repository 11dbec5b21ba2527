"""Bytes come while samples go in; what was not sent yet can still be put right."""

import io
import struct

import numpy as np
import pytest
import soundfile
from making.server import tone

from voicejob_worker.serving.encoder import make_encoder
from voicejob_worker.serving.speech_request import StreamFormat

RATE = 24_000
SOUND = tone(4.0, rate=RATE)


def encode(wanted: StreamFormat, as_it_comes: bool) -> tuple[list[bytes], bytes]:
    encoder = make_encoder(wanted, RATE)
    taken = []
    for part in np.array_split(SOUND, 4):
        encoder.write(part)
        if as_it_comes:
            taken.append(encoder.take())
    encoder.close()
    return taken, encoder.take()


@pytest.mark.parametrize("wanted", StreamFormat)
def test_bytes_come_as_samples_go_in(wanted: StreamFormat) -> None:
    taken, last = encode(wanted, True)

    assert all(taken[index] or taken[index + 1] for index in range(3))
    assert len(b"".join(taken)) > len(last)


def test_a_wav_that_is_sent_before_its_end_says_that_its_length_is_unknown() -> None:
    taken, _ = encode(StreamFormat.WAV, True)
    _, whole = encode(StreamFormat.WAV, False)

    assert struct.unpack_from("<I", taken[0], 4) == (0xFFFFFFFF,)
    assert struct.unpack_from("<I", taken[0], 40) == (0xFFFFFFFF,)
    assert struct.unpack_from("<I", whole, 4) == (len(whole) - 8,)
    assert struct.unpack_from("<I", whole, 40) == (2 * SOUND.size,)


@pytest.mark.parametrize("wanted", sorted({*StreamFormat} - {StreamFormat.PCM, StreamFormat.AAC}))
def test_what_was_taken_in_one_piece_is_what_libsndfile_writes(wanted: StreamFormat) -> None:
    samples, rate = soundfile.read(io.BytesIO(encode(wanted, False)[1]))

    assert rate == RATE
    assert samples.size / rate == pytest.approx(4.0, abs=0.11)
    assert np.abs(samples).max() == pytest.approx(np.abs(SOUND).max(), abs=0.1)


def test_a_flac_in_pieces_differs_only_in_what_its_header_cannot_know() -> None:
    taken, last = encode(StreamFormat.FLAC, True)
    pieces, whole = b"".join(taken) + last, encode(StreamFormat.FLAC, False)[1]

    assert len(pieces) == len(whole)
    assert pieces[42:] == whole[42:]
    assert pieces[:42] != whole[:42]


def test_pcm_is_16_bit_little_endian() -> None:
    samples = np.frombuffer(encode(StreamFormat.PCM, False)[1], "<i2") / 32768

    assert samples.size == SOUND.size
    assert np.abs(samples - SOUND).max() < 3 / 32768
