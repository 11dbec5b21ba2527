"""The device that computes: processors, GPU, precision, and what the GPU's memory does."""
