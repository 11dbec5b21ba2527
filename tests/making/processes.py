"""Starts Python in a process of its own: what reads its environment only once is tried there."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def python(code: str, **environment: str) -> subprocess.Popen[str]:
    """Start Python on ``code``, with pipes to it, and the project's packages in its path."""
    packages = f"{ROOT / 'crds'}:{ROOT / 'worker'}:{ROOT / 'tests'}"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": packages, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
