"""A voice of a file, cloned by f5-tts from a small checkpoint, beside the built-in one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import soundfile
from making.f5 import make_f5_checkpoint, make_vocos
from making.server import Running, run_server

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
