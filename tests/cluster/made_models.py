"""Checkpoints that the tests make, once for all of them: making one takes seconds.

They lie under build/ until the code changes that makes or reads them. A process of its own makes
each, so that the processes of the tests, of which several run at once, do not import torch.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("tests/making", "worker/voicejob_worker")


def lay(kind: str, folder: Path) -> None:
    """Fill a folder with a small model of the kind: f5, xtts or rvc."""
    place = ROOT / "build" / "made-models" / kind
    place.mkdir(parents=True, exist_ok=True)
    made = place / _digest()
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for old in place.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            unfinished = place / "unfinished"
            command = [sys.executable, str(ROOT / "tests" / "making" / f"{kind}.py")]
            subprocess.run(
                [*command, str(unfinished)],
                check=True,
                timeout=240,
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "tests")},
                stdout=subprocess.DEVNULL,
            )
            unfinished.rename(made)
        shutil.copytree(made, folder, dirs_exist_ok=True)


def _digest() -> str:
    digest = hashlib.sha256((ROOT / "requirements-dev.lock").read_bytes())
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
