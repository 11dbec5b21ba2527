"""A voice of a file, cloned by f5-tts from a small checkpoint, beside the built-in one."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from making.f5 import make_f5_checkpoint, make_vocos
from making.server import Running, run_server, until

from voicejob_worker.audio.samples import Samples
from voicejob_worker.engines.f5 import engine as f5
from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.serving.voice_loader import VoiceLoader
from voicejob_worker.serving.voices import read_voices
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop

TRANSCRIPT = "The morning train was late again, and the platform was full of people."
VOICES = f"""
mia:
  engine: f5-tts
  model: {{uri: "pvc://models/f5", variant: v1}}
  voice: {{reference: {{uri: "pvc://voices/mia.wav", transcript: "{TRANSCRIPT}"}}}}
  synthesis: {{nfeSteps: 4}}
  quality: {{accept: BestEffort}}  # its weights are random: what it speaks is noise
lost:
  engine: f5-tts
  model: {{uri: "pvc://models/none"}}
  voice: {{reference: {{uri: "pvc://voices/mia.wav", transcript: "{TRANSCRIPT}"}}}}
"""


@pytest.fixture
def studio(
    tmp_path: Path, piper: PiperEngine, voices_file: Callable[[str], Path]
) -> Iterator[Running]:
    make_f5_checkpoint(tmp_path / "models/f5")
    make_vocos(tmp_path / "models/f5/vocos")
    (tmp_path / "voices").mkdir()
    (samples,) = piper.synthesise([Utterance(0, TRANSCRIPT)], SynthesisParams())
    soundfile.write(tmp_path / "voices/mia.wav", samples * 0.5, piper.sample_rate)
    settings = Settings(threads=1, model_dir=tmp_path / "models", voice_dir=tmp_path / "voices")
    loader = VoiceLoader(settings, tmp_path / "cache", Stop())
    running = run_server(read_voices(voices_file(VOICES)), loader.fetch, max_models=1)
    yield running
    running.stop()


def test_a_cloned_voice_is_served_and_gives_way(studio: Running) -> None:
    sentence = "A short sentence in another voice."
    cloned = studio.say(sentence, model="f5-tts", voice="mia", response_format="pcm")
    slow = studio.say(sentence, model="f5-tts", voice="mia", response_format="pcm", speed=0.5)
    plain = studio.say(sentence, model="piper", voice="joe", response_format="pcm")
    lost = studio.say(sentence, voice="lost")
    health = httpx.get(f"{studio.url}/health").json()

    assert (cloned.status_code, plain.status_code) == (200, 200), cloned.text[:500]
    assert len(slow.content) > 1.6 * len(cloned.content)
    assert lost.status_code == 503
    assert lost.json()["error"]["type"] == "model_unusable"
    assert "there is no" in lost.json()["error"]["message"]
    assert studio.metric("voicejob_server_model_evictions_total") >= 2
    assert set(health["engines"]) == {"piper", "f5-tts"}


class Calls:
    """Counts the engine's calls, and holds the first until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.goes_on = threading.Event()
        real = f5.F5Engine.synthesise

        def synthesise(
            engine: f5.F5Engine, utterances: Sequence[Utterance], params: SynthesisParams
        ) -> list[Samples]:
            self.sizes.append(len(utterances))
            assert self.goes_on.wait(20)
            return real(engine, utterances, params)

        monkeypatch.setattr(f5.F5Engine, "synthesise", synthesise)


def test_requests_of_a_cloned_voice_share_calls_and_each_sounds_as_alone(
    studio: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"A short sentence about the {what}." for what in ("boat", "moon", "rain", "sand")]

    def say(text: str) -> bytes:
        answer = studio.say(text, model="f5-tts", voice="mia", response_format="pcm")
        assert answer.status_code == 200, answer.text
        return answer.content

    calls = Calls(monkeypatch)
    calls.goes_on.set()
    alone = [say(text) for text in texts]
    calls_alone = len(calls.sizes)
    calls.sizes.clear()
    calls.goes_on.clear()
    monkeypatch.setattr(f5.F5Engine, "gains_from_batches", True)  # as on a GPU
    monkeypatch.setitem(f5._MAX_BATCH_FRAMES, "cpu", 65_536)
    with ThreadPoolExecutor(len(texts)) as pool:
        asked = [pool.submit(say, text) for text in texts]
        until(lambda: studio.speaking == len(texts))
        (entry,) = studio.service.models._entries.values()
        until(lambda: len(entry.model.calls._needs) == len(texts))
        calls.goes_on.set()
        together = [one.result() for one in asked]

    # Its weights are random, so that each is spoken three times.
    assert calls_alone == sum(calls.sizes) == 3 * len(texts)
    assert len(calls.sizes) <= 1 + 3 + 1
    for one, other in zip(together, alone, strict=True):
        difference = np.frombuffer(one, "<i2").astype(int) - np.frombuffer(other, "<i2")
        # The last bits of a sample depend on what it is computed beside.
        assert np.abs(difference).max() <= 3, "of 32,768"
