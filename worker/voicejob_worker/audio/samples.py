"""Audio in memory, as the rooms of the worker hand it to each other."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono audio, shape ``(samples,)``, float32 from -1 to 1."""

Pcm = NDArray[np.int16]
"""Mono audio, shape ``(samples,)``, 16-bit."""
