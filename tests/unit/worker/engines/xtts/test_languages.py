"""Languages and their limits are known without the package, and are the package's."""

import subprocess
import sys

import pytest
from making.xtts import LANGUAGES

from voicejob_worker.engines.registry import check_language
from voicejob_worker.engines.xtts.engine import XttsEngine
from voicejob_worker.engines.xtts.languages import (
    CHARACTER_LIMITS,
    character_limit,
    code_of,
    spoken_of,
    token_of,
)
from voicejob_worker.errors import InvalidInputError


def make(model, language="en"):
    licences = frozenset({"CPML"})
    return XttsEngine(threads=1, model=model, language=language, speaker="a", licences=licences)


def test_the_limits_are_those_of_the_package(upstream):
    assert dict(CHARACTER_LIMITS) == upstream.tokenizer.char_limits


@pytest.mark.parametrize(
    ("language", "code", "limit"),
    [
        ("pt-BR", "pt", 203),
        ("en", "en", 250),
        ("ES-mx", "es", 239),
        ("zh-CN", "zh", 82),
        ("zh-Hans", "zh", 82),
        ("cmn-Hant-TW", "zh", 82),
        ("ja-JP", "ja", 71),
        ("sv-SE", "sv", 71),
    ],
)
def test_a_tag_has_a_code_and_a_limit(language, code, limit):
    assert (code_of(language), character_limit(language)) == (code, limit)
    assert make("nowhere", language).max_characters == limit


def test_chinese_has_a_token_with_a_region():
    assert [token_of(language) for language in ("zh-TW", "pt-BR")] == ["[zh-cn]", "[pt]"]


def test_all_languages_of_the_configuration_are_spoken(model_directory):
    assert make(model_directory).languages == LANGUAGES
    assert len(LANGUAGES) == 17
    for language in ("pt-PT", "zh-Hans", "zh-CN", "en-GB", "hi"):
        check_language(make(model_directory, language), language)


def test_another_language_is_refused_with_those_spoken(model_directory):
    with pytest.raises(InvalidInputError, match=r"sv-SE.*en, es, .*zh-cn") as refused:
        check_language(make(model_directory, "sv-SE"), "sv-SE")
    assert refused.value.exit_code == 10


def test_a_language_that_the_package_cannot_prepare_is_not_promised():
    assert spoken_of(("en", "vi", "zh-cn")) == ("en", "zh-cn")


def test_limits_and_languages_are_known_without_heavy_imports(model_directory):
    program = (
        "import sys; from pathlib import Path\n"
        "from voicejob_worker.engines.xtts.engine import XttsEngine\n"
        f"engine = XttsEngine(threads=1, model=Path({str(model_directory)!r}), language='pt',"
        " speaker='a', licences=frozenset({'CPML'}))\n"
        "assert engine.max_characters == 203 and 'pt' in engine.languages\n"
        "heavy = {'torch', 'TTS', 'transformers', 'torchaudio', 'librosa'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
