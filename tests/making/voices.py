"""Voices for servers whose engine is made up."""

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.serving.voices import Voice, VoiceBook


def ann_and_bob() -> VoiceBook:
    """Two voices that share no model; ann is the default."""

    def voice(name: str, seed: int) -> Voice:
        spec = VoiceJobSpec.model_validate({"text": "-", "synthesis": {"seed": seed}})
        return Voice(name, spec)

    voices = {name: voice(name, seed) for seed, name in enumerate(("ann", "bob"))}
    return VoiceBook(voices, voices["ann"])
