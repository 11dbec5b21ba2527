"""Lengths follow upstream's rule where it makes sense, and stay sensible where it does not."""

import pytest
import torch

from voicejob_worker.engines.f5 import mel
from voicejob_worker.engines.f5.duration import (
    FRAMES_PER_SECOND,
    format_ref_text,
    max_characters,
    preferred_characters,
    utterance_frames,
)

TEXTS = (
    "Oi.",
    "Sim, sim!",
    "Dez bytes.",
    "The birch canoe slid on the smooth planks.",
    "Ação, coração, então: não é à toa que você está aqui.",
    "它在我们的生活中无处不在。",
    "word " * 40,
)


def upstream_frames(upstream_inference, samples, transcript, text, speed):
    """What upstream asks its model for, less the reference."""

    class Asked(Exception):
        pass

    class Model:
        def sample(self, *, duration, **_):
            raise Asked(duration)

    with pytest.raises(Asked) as asked:
        next(
            upstream_inference.infer_batch_process(
                (torch.ones(1, samples) / 5, 24_000),
                transcript,
                [text],
                Model(),
                None,
                progress=None,
                speed=speed,
                device="cpu",
            )
        )
    return asked.value.args[0] - samples // 256


@pytest.mark.parametrize("seconds", [2.0, 5.33, 11.9])
@pytest.mark.parametrize("speed", [0.7, 1.0, 1.3])
def test_ordinary_lengths_are_upstreams(upstream_inference, reference_of, seconds, speed):
    transcript = ("Some call me nature, others call me mother nature. " * 4)[: int(seconds * 16)]
    ref_text = format_ref_text(transcript)
    samples = len(reference_of(seconds).samples)
    for text in TEXTS:
        if len(text.encode()) < 10 and speed != 1.0:
            continue
        theirs = upstream_frames(upstream_inference, samples, ref_text.rstrip(), text, speed)
        assert utterance_frames(samples // 256, ref_text, text, speed) == theirs


def test_a_short_text_gets_more_time_and_follows_the_speed():
    ref_text = format_ref_text("Some call me nature, others call me mother nature.")
    slow, usual, fast = (utterance_frames(300, ref_text, "Sim.", speed) for speed in (0.5, 1, 2))
    assert usual == pytest.approx(300 / len(ref_text) * 4 / 0.3, abs=1)
    assert slow == pytest.approx(2 * usual, abs=2)
    assert fast == pytest.approx(usual / 2, abs=2)


@pytest.mark.parametrize("transcript", ["A", "Oi.", "word " * 500, "的"])
@pytest.mark.parametrize("seconds", [0.5, 3, 12, 30, 600])
@pytest.mark.parametrize("text", ["a", "é", "Oi, tudo bem com você?", "word " * 80, "的" * 400])
def test_an_absurd_reference_gives_no_absurd_length(seconds, transcript, text):
    frames = utterance_frames(int(seconds * 93.75), format_ref_text(transcript), text, 1.0)
    spoken = frames / FRAMES_PER_SECOND
    size = len(text.encode())
    assert 0.19 < spoken <= 60
    if size >= 10 and size / 4 < 60:
        assert size / 60 - 0.02 < spoken <= size / 4


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("transcript", ["A", "Oi.", "word " * 500, "的", "This is what she said."])
@pytest.mark.parametrize("seconds", [0.5, 2, 6, 12, 21.9, 22, 23, 60, 7200])
def test_a_chunk_is_never_absurdly_long_or_short(reference_of, seconds, transcript, speed):
    class Long:
        def __len__(self):
            return int(seconds * 24_000)

    reference = type(reference_of(0.1))(Long(), 24_000, transcript, "", None)
    preferred, most = preferred_characters(reference, speed), max_characters(reference, speed)
    assert 40 <= preferred <= most <= 400


def test_the_preferred_chunk_is_upstreams_longest(upstream_inference, reference_of, monkeypatch):
    transcript = "Some call me nature, others call me mother nature. "
    reference = reference_of(5.0, transcript)
    asked = []
    names = upstream_inference.names
    monkeypatch.setitem(names, "chunk_text", lambda text, max_chars: asked.append(max_chars) or [])
    audio = torch.from_numpy(reference.samples)[None]
    stand_in = type("torchaudio", (), {"load": staticmethod(lambda _: (audio, 24_000))})
    monkeypatch.setitem(names, "torchaudio", stand_in)
    for speed in (0.8, 1.0, 1.2):
        upstream_inference.infer_process(
            "", transcript, "text", None, None, speed=speed, show_info=lambda _: None
        )
    assert [preferred_characters(reference, speed) for speed in (0.8, 1.0, 1.2)] == asked
    assert asked[1] == 173
    assert max_characters(reference) == 204  # of 20 s


def test_wide_characters_make_the_longest_chunk_shorter(reference_of):
    latin = max_characters(reference_of(5.0, "a" * 60))
    chinese = max_characters(reference_of(5.0, "的" * 20))
    assert chinese == pytest.approx(latin / 3, rel=0.1)


@pytest.mark.parametrize(
    ("transcript", "ref_text"),
    [
        ("Some call me nature", "Some call me nature. "),
        (" Some call me nature. ", "Some call me nature. "),
        ("Quem é?", "Quem é? "),
        ("你好。", "你好。"),
        ("", ". "),
    ],
)
def test_the_transcript_ends_before_the_text_begins(transcript, ref_text):
    assert format_ref_text(transcript) == ref_text


def test_a_frame_is_what_the_mel_says():
    assert mel.SAMPLE_RATE / mel.HOP == FRAMES_PER_SECOND
