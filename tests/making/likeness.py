"""How like two recordings are, whatever the delay between them."""

import numpy as np


def likeness(a, b):
    """Correlation of two signals at the delay where it is highest."""
    size = 2 ** int(np.ceil(np.log2(a.size + b.size)))
    cross = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    return float(np.max(cross) / np.sqrt(np.sum(a**2, dtype=float) * np.sum(b**2, dtype=float)))
