"""Memory of a worker over one long text of sentences of random lengths, as in a pod.

    python tests/bench/long_text_memory.py [--sentences 2000]

Speaks sentences of 3 to 260 characters, those of tests/bench/server_memory.py, as one VoiceJob with
the built-in voice and one thread in a process of its own, and prints that process' resident memory
about every tenth of the way, its peak, and what it has grown by per 1,000 sentences in the second
half. Mastering, at the end, is in the peak.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from server_memory import texts

LOOK_SECONDS = 2.0


def resident(pid: int, field: str = "VmRSS") -> float:
    """MiB; 0 once the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def watched(command: list[str], folder: Path) -> list[tuple[float, float]]:
    """(seconds, MiB) while the command runs, the last its peak.

    Raises:
        RuntimeError: It has failed; the message is what it wrote.
    """
    environment = {**os.environ, "VOICEJOB_THREADS": "1"}
    log, began = folder / "log", time.monotonic()
    seen: list[tuple[float, float]] = []
    peak = 0.0
    with (
        log.open("w") as written,
        subprocess.Popen(command, stdout=written, stderr=written, env=environment) as process,
    ):
        while process.poll() is None:
            peak = max(peak, resident(process.pid, "VmHWM"))
            if now := resident(process.pid):
                seen.append((time.monotonic() - began, now))
            time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise RuntimeError(log.read_text())
    return [*seen, (time.monotonic() - began, peak)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sentences", type=int, default=2000)
    count = parser.parse_args().sentences
    text = "\n\n".join(f"{one[0].upper()}{one[1:].rstrip(' .,;:')}." for one in texts(count))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = {
            "apiVersion": "voicejob.dev/v1alpha1",
            "kind": "VoiceJob",
            "metadata": {"name": "long"},
            "spec": {"engine": "piper", "language": "en-US", "text": text},
        }
        (folder / "job.json").write_text(json.dumps(job))
        command = [sys.executable, "-m", "voicejob_worker", "run", "--output", str(folder / "out")]
        *seen, (seconds, peak) = watched([*command, "--job", str(folder / "job.json")], folder)
    print(f"{count} sentences, {len(text)} characters, {seconds:.0f} s; peak {peak:.0f} MiB")
    for tenth in range(1, 10):
        at, mebibytes = seen[len(seen) * tenth // 10]
        print(f"after {at:.0f} s: {mebibytes:.0f} MiB")
    half, late = seen[len(seen) // 2][1], seen[len(seen) * 9 // 10][1]
    print(f"{(late - half) / (0.4 * count) * 1000:+.1f} MiB per 1,000 in the second half")


if __name__ == "__main__":
    main()
