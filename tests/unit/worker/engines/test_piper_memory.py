"""What a Piper voice takes depends on its longest sentence, not on how many it has spoken."""

import json
import subprocess
import sys
from textwrap import dedent

import pytest

from voicejob_worker.engines.piper_files import voice_path
from voicejob_worker.engines.piper_session import _ARENA_MIB

MEASURE = dedent("""
    import json, pathlib, sys
    from voicejob_worker.engines.piper import PiperEngine
    from voicejob_worker.engines.protocol import SynthesisParams, Utterance

    def resident():
        status = pathlib.Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    engine = PiperEngine(1)
    engine.import_libraries()
    measured = [resident()]
    engine.load()
    measured.append(resident())
    for text in json.load(sys.stdin):
        engine.synthesise([Utterance(0, text)], SynthesisParams())
        measured.append(resident())
    print(json.dumps(measured))
""")
WEIGHTS_MIB = voice_path().stat().st_size / (1 << 20)
SENTENCE = (
    "when the last train had left the station the porter locked the gates put out the lamps one by "
    "one and walked slowly home along the river with his old brown dog who knew the way by heart "
    "and never once looked back to see whether anybody followed them through the dark and the snow "
    "that had fallen since noon"
)


def resident_after(texts: list[str]) -> list[float]:
    """MiB that a process of its own has after each text."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=json.dumps(texts), stdout=subprocess.PIPE,
        text=True, check=True, timeout=600,
    )  # fmt: skip
    measured: list[float] = json.loads(done.stdout)
    return measured


@pytest.fixture(scope="module")
def measured() -> list[float]:
    """MiB before the voice is loaded, after that, and after each of eleven sentences."""
    lengths = (150, 90, 50, 150, 90, 50, 150, 90, 50, 300, 12)
    return resident_after([SENTENCE[:length] for length in lengths])


def test_of_the_voices_file_nothing_is_kept_but_the_weights(measured: list[float]) -> None:
    assert measured[1] - measured[0] < 2.4 * WEIGHTS_MIB


def test_sentences_that_come_again_take_no_more(measured: list[float]) -> None:
    assert measured[10] < measured[7] + 15


def test_what_a_long_sentence_took_is_given_back(measured: list[float]) -> None:
    assert len(SENTENCE) >= 300
    assert measured[-1] < measured[1] + _ARENA_MIB + 40
