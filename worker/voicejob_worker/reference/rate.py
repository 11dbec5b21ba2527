"""The sample rate that voices are cloned at, where neither numpy nor torch is needed to know it."""

from typing import Final

SAMPLE_RATE: Final = 24_000
"""Samples per second. F5-TTS (with vocos) and XTTS were both trained on it, so every recording is
decoded to it, and both speak at it."""
