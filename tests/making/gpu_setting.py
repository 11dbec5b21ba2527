"""Where the tests run, and on what."""

import os

ON_CPU = os.environ.get("VOICEJOB_GPU_TESTS") == "cpu"
"""Whether what needs no GPU is tried out on the CPU, with small weights."""
SIZE = "small" if ON_CPU else "full"
DEVICE = "cpu" if ON_CPU else "cuda:0"
TRANSCRIPT = "Some call me nature, others call me mother nature."
SECONDS = 6.0
