"""Numbers that F5-TTS was trained with, without torch: upstream's names are in brackets."""

from typing import Final

from voicejob_worker.reference.rate import SAMPLE_RATE

HOP: Final = 256
"""Samples from one mel frame to the next [hop_length]."""
N_FFT: Final = 1024
"""Samples of a mel frame, and of its Fourier transform [n_fft, win_length]."""
MAX_FRAMES: Final = 4096
"""Frames of reference and utterance, 43.7 s: the positions that upstream's first releases had
[max_duration, precompute_max_pos], which clamped what was longer. Training had up to 30 s."""
MEL_DIM: Final = 100
"""Mel bands [n_mel_channels] of the vocoder, and so of every network that it can follow."""
FRAMES_PER_SECOND: Final = SAMPLE_RATE / HOP
"""Mel frames per second: 93.75."""

CONV_POS_GROUPS: Final = 16
"""Groups of the convolutions that tell the input its positions [ConvPositionEmbedding]."""
ROTARY_BASE: Final = 10_000.0
"""Base of the rotary frequencies [RotaryEmbedding of x-transformers, theta]."""
TIME_FREQUENCIES: Final = 256
"""Sines and cosines that a time is embedded in [SinusPositionEmbedding(256)]."""
NORM_EPSILON: Final = 1e-6
"""Added to a variance before its root is taken, in every norm of the network and of vocos."""
