"""Versions of two numbers: of CUDA, and of what a GPU can compute."""

Version = tuple[int, int]
"""Major and minor: ``(13, 0)``."""


def decode_cuda_version(number: int) -> Version:
    """Read a version as CUDA and NVML have it: 1000 times the major one and 10 times the minor."""
    return number // 1000, number % 1000 // 10


def parse_version(text: str) -> Version:
    """Read ``7.5``, as the status and torch have it."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def format_version(version: Version) -> str:
    """Write ``7.5``, as the status has it."""
    return f"{version[0]}.{version[1]}"
