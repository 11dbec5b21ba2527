"""A hundred VoiceJobs of a cloned voice in a row, of every kind of text; each end is explained.

    python tests/bench/stress.py [--runs 100]

Needs `make install gpu-image`. The checkpoint is small and random (tests/making/f5.py), so what is
spoken is noise and is shipped with accept BestEffort; what is counted is whether each VoiceJob ends
as its text says it must.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "cluster")]

from conftest import namespace  # noqa: E402
from kubectl import Refused  # noqa: E402
from making.f5 import make_f5_checkpoint, make_vocos  # noqa: E402
from surroundings import make_volume, small_disk  # noqa: E402
from voicejobs import VoiceJobs, long_text  # noqa: E402

TRANSCRIPT = "Some call me nature, others call me mother nature."
RECORDING = resources.files("f5_tts") / "infer/examples/basic/basic_ref_en.wav"
SPOKEN, REFUSED = "Succeeded", "refused by the API server"
NOT_SPOKEN = "Failed, exit 10, InvalidInput"
NOT_STORED = "Failed, exit 21, DiskFull"
CASES = (
    ("a sentence", "The letters were kept in a wooden box.", SPOKEN),
    ("1,200 characters", long_text(18)[:1200], SPOKEN),
    (
        "numbers and money",
        "It cost $1,234.56 on 3/4/2025 at 7:05 pm, 50% off, call 555-1234.",
        SPOKEN,
    ),
    ("emoji in a sentence", "Good morning 😀, the ☕ is ready 🎉.", SPOKEN),
    ("one word", "Yes.", SPOKEN),
    ("Portuguese", "A consulta custa R$ 150,00 e começa às 14h30, no 3º andar.", SPOKEN),
    ("mixed scripts it knows", "She said 你好 and smiled.", SPOKEN),
    ("a script it does not know", "The word 𐎠𐎡 is old Persian.", NOT_SPOKEN),
    ("emoji only", "😀 🎉", NOT_SPOKEN),
    ("empty", "", REFUSED),
    ("a corrupt recording", "The letters were kept in a wooden box.", NOT_SPOKEN),
    ("a full disk", "The letters were kept in a wooden box.", NOT_STORED),
)


def end_of(voicejobs: VoiceJobs, name: str, spec: dict[str, Any]) -> str:
    """Apply a VoiceJob and say how it ended."""
    try:
        voicejobs.apply(name, **spec)
    except Refused:
        return REFUSED
    status = voicejobs.await_phase(name, "Succeeded", "Failed", seconds=180)
    if status["phase"] == "Succeeded":
        return SPOKEN
    attempt = status["attempts"][-1]
    return f"Failed, exit {attempt.get('exitCode')}, {attempt.get('reason')}"


def main() -> None:
    """Run them all and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    runs = parser.parse_args().runs
    counted: Counter[tuple[str, str, str]] = Counter()
    began = time.monotonic()
    with (
        namespace() as kubectl,
        tempfile.TemporaryDirectory() as folder,
        small_disk(Path(folder) / "full"),
    ):
        volume, voicejobs = make_volume(kubectl, Path(folder)), VoiceJobs(kubectl)
        make_f5_checkpoint(Path(folder) / "model")
        make_vocos(Path(folder) / "model" / "vocos")
        good = volume.put("good.wav", RECORDING.read_bytes())
        corrupt = volume.put("corrupt.wav", b"RIFF" + bytes(2000))
        for number in range(runs):
            title, text, expected = CASES[number % len(CASES)]
            reference = corrupt if title == "a corrupt recording" else good
            spec = {
                "engine": "f5-tts",
                "language": "pt-BR" if title == "Portuguese" else "en-US",
                "text": text,
                "model": {"uri": volume.address("model"), "variant": "v1"},
                "voice": {"reference": {"uri": reference, "transcript": TRANSCRIPT}},
                "synthesis": {"profile": "draft", "seed": number},
                "quality": {"accept": "BestEffort"},
            }
            if title == "a full disk":
                claim = {"claimName": volume.claim, "subPath": "full"}
                spec |= {"output": {"persistentVolumeClaim": claim}, "retries": 0}
            ended = end_of(voicejobs, f"stress-{number}", spec)
            counted[title, expected, ended] += 1
            print(f"\r{number + 1} of {runs}, {time.monotonic() - began:.0f} s", end="", flush=True)
        kubectl("delete", "persistentvolume", f"{kubectl.namespace}-volume", "--wait=false")
    print()
    for (title, expected, ended), times in sorted(counted.items()):
        mark = "as expected" if expected == ended else f"UNEXPECTED, should be: {expected}"
        print(f"{times:4d}  {title:<26} {ended:<32} {mark}")
    wrong = sum(times for (_, expected, ended), times in counted.items() if expected != ended)
    print(f"{wrong} of {runs} ended otherwise than they should")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
