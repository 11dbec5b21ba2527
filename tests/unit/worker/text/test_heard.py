"""What is written in short is heard in full: spoken by Piper, written down by a recogniser."""

import re

import numpy as np
import pytest
import soxr
from making.chunks import split_chunks

from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.text.normalise import normalise

RATE = 16_000
ENGLISH = [
    ("The shop had 1k people and 2m readers last year.",
     "the shop had one thousand people and two million readers last year"),
    ("It is true if x >= 10.", "it is true if x is greater than or equal to ten"),
    ("My name is Sam, spelled S. A. M., and I am here.",
     "my name is sam spelled s a m and i am here"),
    ("We are open Mon–Fri.", "we are open monday to friday"),
    ("He won a $5 million deal on 25 july 2012.",
     "he won a five million dollar deal on the twenty fifth of july twenty twelve"),
    ("Mix them 3:1 in 5 mg/mL of water.",
     "mix them three to one in five milligrams per milliliter of water"),
    ("She lives in Beverly Hills, CA 90210.",
     "she lives in beverly hills california nine zero two one zero"),
    ("We want four fruits:\nApple\nBanana\nOrange\nCherry",
     "we want four fruits apple banana orange cherry"),
    ("Wait for me [pause:2s] and then go.", "wait for me and then go"),
    ("Tom &amp; Jerry&#39;s&nbsp;film was great.", "tom and jerry's film was great"),
]  # fmt: skip


@pytest.fixture(scope="module")
def recogniser():
    from moonshine_voice import ModelArch, Transcriber, get_model_path

    model = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)
    yield model
    model.close()


@pytest.mark.parametrize(("written", "words"), ENGLISH)
def test_it_is_heard_in_full(piper, recogniser, written, words) -> None:
    chunks = split_chunks(normalise(written, "en-US").text, "en-US", 300, 250)
    text = " ".join(chunk.text for chunk in chunks)
    (samples,) = piper.synthesise([Utterance(0, text)], SynthesisParams())
    mono = soxr.resample(samples, piper.sample_rate, RATE).astype(np.float32)
    padded = np.pad(mono, RATE // 2)
    lines = recogniser.transcribe_without_streaming(padded.tolist(), RATE).lines
    heard = re.findall("[a-z']+", " ".join(line.text for line in lines).lower())
    assert " ".join(heard) == words
