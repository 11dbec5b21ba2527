"""The engine ``xtts``: XTTS v2 of the package coqui-tts, which clones a voice in 17 languages."""
