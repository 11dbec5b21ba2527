"""A language's module is read in only where a text of it has something to say."""

import subprocess
import sys

import pytest

PROSE = {
    "zh-CN": ("今天天气很好。", "chinese"),
    "ja-JP": ("今日はいい天気です。", "japanese"),
    "ru-RU": ("Сегодня хорошая погода.", "russian"),
    "hi-IN": ("आज मौसम अच्छा है।", "hindi"),
    "ar-SA": ("الطقس جميل اليوم.", "arabic"),
}
SCRIPT = """
import sys
from voicejob_worker.text.normalise import normalise
name = f"voicejob_worker.text.languages.{sys.argv[3]}"
normalise(sys.argv[1], sys.argv[2])
print(name in sys.modules)
normalise(sys.argv[1] + " 5", sys.argv[2])
print(name in sys.modules)
"""


@pytest.mark.parametrize("language", PROSE)
def test_prose_without_numbers_reads_no_module(language: str) -> None:
    prose, module = PROSE[language]
    command = [sys.executable, "-X", "utf8", "-c", SCRIPT, prose, language, module]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
