"""What a client sends to have a voice cloned, and the server's own voices that it is to be like."""

from collections.abc import Callable

import httpx
from making.server import Running

TRANSCRIPT = "The morning train was late again, and the platform was full of people."
CONSENT = "I am the speaker, and I agree to have my voice cloned for our phone line."
VOICES = f"""
mia:
  engine: f5-tts
  language: en-GB
  model: {{uri: "pvc://models/f5", variant: v1}}
  voice: {{reference: {{uri: "pvc://voices/mia.wav", transcript: "{TRANSCRIPT}"}}}}
  synthesis: {{nfeSteps: 4, speed: 0.9, pitchSemitones: 2}}
  quality: {{accept: BestEffort}}
"""
SENTENCE = "A short sentence in another voice."


Serve = Callable[..., Running]
"""Starts a server that takes voices; given its file of voices and its settings."""


def send(
    running: Running, recording: bytes, file: str = "audio_sample", **fields: str
) -> httpx.Response:
    form = {"name": "Mia B.", "consent": CONSENT, "transcript": TRANSCRIPT, **fields}
    files = {file: ("mia.wav", recording, "audio/wav")}
    url = f"{running.url}/v1/audio/voices"
    return httpx.post(url, data=form, files=files, timeout=60)


def listed(running: Running, **headers: str) -> list[dict[str, str]]:
    answer = httpx.get(f"{running.url}/v1/audio/voices", headers=headers).json()
    return [one for one in answer["voices"] if one["id"].startswith("voice_")]
