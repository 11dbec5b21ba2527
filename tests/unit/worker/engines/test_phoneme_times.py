"""When words are heard, by the lengths of the phonemes of a Piper voice."""

from itertools import pairwise

import numpy as np
import onnx
import pytest

from voicejob_worker.audio.sentences import speech_between_pauses
from voicejob_worker.engines.noise_inputs import with_noise_inputs
from voicejob_worker.engines.phoneme_times import Phoneme, placed_phonemes, word_times
from voicejob_worker.engines.piper_files import voice_path
from voicejob_worker.engines.protocol import SynthesisParams, Utterance, synthesise_timed
from voicejob_worker.synthesis.takes import Edges, times_when_trimmed, trim_and_quantise
from voicejob_worker.text.written import words_of

TEXT = (
    "It was the end of the day, and the keeper, who had seen a lot, went to the top of the tower. "
    "I am one of two hundred and thirty-four, said the FBI."
)


def said(piper, text, **params):
    (spoken,) = synthesise_timed(piper, [Utterance(0, text)], SynthesisParams(**params))
    return spoken


def test_the_lengths_are_one_more_output_and_a_voice_that_has_it_keeps_it():
    model = voice_path().read_bytes()
    once = with_noise_inputs(model)
    outputs = [entry.name for entry in onnx.load_from_string(once.model).graph.output]
    assert outputs[1:] == [once.lengths]
    again = with_noise_inputs(once.model)
    assert again.lengths == once.lengths
    assert [e.name for e in onnx.load_from_string(again.model).graph.output] == outputs


def test_a_graph_that_does_not_tell_its_lengths_has_no_such_output():
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2])], [value("y", 1, [2])])
    assert with_noise_inputs(onnx.helper.make_model(graph).SerializeToString()).lengths is None


def test_the_audio_is_the_same_whether_times_are_asked_for_or_not(piper):
    (plain,) = piper.synthesise([Utterance(0, TEXT)], SynthesisParams())
    assert said(piper, TEXT).samples.tobytes() == plain.tobytes()


def test_every_word_has_its_time_in_order_and_within_the_audio(piper):
    spoken = said(piper, TEXT)
    assert [TEXT[one.first : one.after] for one in spoken.times] == TEXT.split()
    edges = [edge for one in spoken.times for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert 0 < edges[0] < edges[-1] < spoken.samples.size / piper.sample_rate
    assert all(one.end - one.start >= 0.02 for one in spoken.times)


def test_words_begin_where_pauses_end_at_commas_and_ends_of_sentences(piper):
    """The ruler is silence alone, which knows nothing of phonemes."""
    spoken = said(piper, TEXT)
    edges = Edges()
    pcm = trim_and_quantise(spoken.samples, piper.sample_rate, edges)
    times = times_when_trimmed(spoken, piper.sample_rate, edges)
    begins = [span.start for span in speech_between_pauses(pcm, piper.sample_rate)[1:]]
    after = [word.start for before, word in pairwise(times) if TEXT[before.after - 1] in ",."]
    off = [min(abs(begin - start) for begin in begins) for start in after]
    assert len(off) == 5
    assert sorted(off)[3] < 0.05, "at one comma this voice makes no pause"
    assert times[0].start < 0.06


@pytest.mark.parametrize("speed", [0.8, 1.5])
def test_times_are_stretched_as_the_audio_is(piper, speed):
    usual, other = said(piper, TEXT), said(piper, TEXT, speed=speed)
    for one, stretched in zip(usual.times, other.times, strict=True):
        assert stretched.start == pytest.approx(one.start / speed, abs=1e-6)
    edges = Edges(speed=speed)
    paced = times_when_trimmed(usual, piper.sample_rate, edges)
    pcm = trim_and_quantise(usual.samples, piper.sample_rate, edges)
    assert paced[-1].end <= pcm.size / piper.sample_rate
    assert paced[-1].start - paced[0].start == pytest.approx(
        (usual.times[-1].start - usual.times[0].start) / speed
    )


def test_a_text_that_is_spoken_in_parts_has_one_row_of_times(piper, monkeypatch):
    monkeypatch.setattr("voicejob_worker.engines.piper._MAX_PHONEME_IDS", 60)
    spoken = said(piper, TEXT)
    assert [TEXT[one.first : one.after] for one in spoken.times] == TEXT.split()
    assert spoken.times[-1].end <= spoken.samples.size / piper.sample_rate


def phonemes(*groups: str) -> list[Phoneme]:
    signs = " ".join(groups)
    return [Phoneme(sign, 0.1 * n, 0.1 * (n + 1)) for n, sign in enumerate(signs)]


@pytest.mark.parametrize(
    ("text", "spelled", "groups", "starts"),
    [
        ("of the sea", ["əv", "ðə", "siː"], ["əvðə", "siː"], [0.0, 0.2, 0.5]),
        ("a 12 b", ["ə", "twelv tu", "biː"], ["ə", "twelv", "tu", "biː"], [0.0, 0.2, 1.1]),
        ("one two", ["wʌn", "tuː"], ["xyz", "qrs"], [0.0, 0.4]),
        ("to me", ["tuː", "miː"], ["tə", "miː"], [0.0, 0.3]),
    ],
)
def test_words_are_found_in_phonemes_that_are_written_together_or_otherwise(
    text, spelled, groups, starts
):
    times = word_times(words_of(text), [list(one) for one in spelled], phonemes(*groups))
    assert [round(one.start, 3) for one in times] == starts


def test_a_phoneme_that_the_voice_does_not_know_takes_no_time():
    ids = {"^": [1], "_": [0], "a": [2], "b": [3]}
    lengths = np.array([1, 1, 2, 1, 4, 1, 1], np.float32)
    placed = placed_phonemes(["a", "?", "b"], ids, lengths, 10.0, 1.1)
    assert [(one.sign, round(one.start, 6), round(one.end, 6)) for one in placed] == [
        ("a", 10.2, 10.5),
        ("?", 10.5, 10.5),
        ("b", 10.5, 11.0),
    ]
