import random
import string
import unicodedata

import pytest

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.engines.f5.vocabulary import Vocabulary
from voicejob_worker.engines.shared.spelling import spell_character
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

ENGLISH = "Some call me nature; others call me Mother Nature. I've been here 4.5 billion years!"
PORTUGUESE = (
    "Não há família que não goste de pão, coração e maçã; às três da manhã, São João disse: "
    "“É só avô, avó e açaí!” Ñandu, güeto, Óbvio, Índio."
)
TEXTS = (
    ENGLISH,
    PORTUGUESE,
    'state-of-the-art, l\'amour: "a(b)c" [x] foo_bar 3.14% #1 & AT&T c++ C# a.b@c.com x86-64…',
    "Hello,world;ça va?Oui!no—yes – 'quoted'text ‘single’ R$50,00 1º №5 ½ €3 5°C",
    " leading, double  spaces and trailing ",
    "Straße, Łódź, Ærø, ﷺ, ελληνικά, привет, שלום, ทย, ạả, あうえ, 가각",
    "你好，世界！这是一个测试。",
    "银行行长重庆一不是你好吗〇",
    "我用T恤和iPhone手机，Hello 世界123个and更多AA制",
    "「中文」、 ㄋㄍ 𠮶 你𠮶好",
)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load(None, 2545)


@pytest.fixture(scope="module")
def reference(upstream, package):
    """Upstream's indices of a text."""
    indices, _ = upstream.get_tokenizer(str(package / "infer/examples/vocab.txt"), "custom")

    def encode(text: str) -> list[int]:
        tokens = upstream.convert_char_to_pinyin([text])
        return upstream.list_str_to_idx(tokens, indices)[0].tolist()

    return encode


def made(tmp_path, tokens) -> Vocabulary:
    path = tmp_path / "vocab.txt"
    path.write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
    return Vocabulary.load(path, len(tokens))


def refusal(action, *arguments) -> str:
    with pytest.raises(InvalidInputError) as refused:
        action(*arguments)
    assert refused.value.exit_code == ExitCode.INVALID_INPUT
    return refused.value.message


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_upstreams(vocabulary, reference, text):
    assert vocabulary.spell(text) == text
    assert vocabulary.encode(text) == reference(text)


def test_tokens_are_upstreams_on_a_thousand_random_texts(vocabulary, reference):
    letters = string.printable[:95] + "áàãâéêíóôõúçüñ“”‘’–—…ªº€£αж" + "你好的一不行重银" + " " * 20
    known = [letter for letter in letters if letter in vocabulary.indices or letter >= "\u4e00"]
    chance = random.Random(0)
    for _ in range(1000):
        text = "".join(chance.choices(known, k=chance.randrange(1, 40)))
        assert vocabulary.encode(text) == reference(text), text


def test_a_space_is_index_0_and_nothing_else_is(vocabulary):
    assert vocabulary.encode(" a") == [0, vocabulary.indices["a"]]
    assert 0 not in vocabulary.encode(PORTUGUESE.replace(" ", "").replace(",", "").split("ã")[0])


def test_unknown_characters_are_refused_by_name_where_upstream_reads_a_space(vocabulary, reference):
    text = "secret ᚠ and 🎉 and ᚠ"
    assert 0 in reference("ᚠ")
    for action in (vocabulary.spell, vocabulary.encode):
        message = refusal(action, text)
        assert "2 of the characters" in message
        assert "U+16A0 RUNIC LETTER FEHU FEOH FE F, U+1F389 PARTY POPPER." in message
        assert "secret" not in message


def test_of_many_unknown_characters_ten_are_named(vocabulary):
    message = refusal(vocabulary.spell, "".join(chr(0x16A0 + n) for n in range(25)))
    assert message.count("U+") == 10
    assert "and 15 more" in message


def test_a_chinese_reading_that_was_not_taught_is_refused(tmp_path):
    vocabulary = made(tmp_path, [" ", "a", "ni3"])
    assert vocabulary.encode("你a") == [0, 2, 1]
    assert "U+597D CJK UNIFIED IDEOGRAPH-597D" in refusal(vocabulary.encode, "你好")


def test_a_reading_that_changes_among_neighbours_is_refused_too(tmp_path):
    """不 is read bu4 alone, and bu2 before 是."""
    vocabulary = made(tmp_path, [" ", "bu4", "shi4"])
    assert vocabulary.spell("不是") == "不是"
    assert "U+4E0D" in refusal(vocabulary.encode, "不是")


SPELLED = {
    "Ônibus Õ": "ônibus õ",
    "a\u0303o e\u0301": "ão é",
    "two\nlines\tand\u00a0more\u2009": "two lines and more ",
    "ﬁve ＡＢ": "five AB",
    "„low“ ‹in›": "\"low“ 'in'",
    "soft\u00adhyphen\u200b\ufeff": "softhyphen",
    "ŷ ƙ": "y k",
}


@pytest.mark.parametrize("text", SPELLED)
def test_what_the_package_does_not_have_is_put_plainly(vocabulary, text):
    assert vocabulary.spell(text) == SPELLED[text]
    assert vocabulary.encode(text)


ASCII = [" ", *string.ascii_letters, *string.digits, *",.-'\"!?"]
TO_ASCII = {
    "Não há coração; ÀÉÎÕÜ": "Nao ha coracao; AEIOU",
    "“quoted” ‘single’ — dash – « x »…": '“quoted” ‘single’ - dash - " x "...',
    "Straße Ærø Œuvre Łódź Þór Ðað": "Strasse AEro OEuvre Lodz Thor Dad",
    "¿Qué?": "Que?",
}


@pytest.mark.parametrize("text", TO_ASCII)
def test_an_english_vocabulary_gets_latin_letters_without_accents(tmp_path, text):
    vocabulary = made(tmp_path, ASCII)
    spelled = vocabulary.spell(text)
    assert spelled == TO_ASCII[text]
    assert vocabulary.spell(spelled) == spelled
    vocabulary.encode(text)


def test_a_lower_case_vocabulary_gets_lower_case(tmp_path):
    vocabulary = made(tmp_path, [" ", *string.ascii_lowercase, "ã"])
    assert vocabulary.spell("NÃO É") == "não e"


@pytest.mark.parametrize("text", ["Привет", "Γειά", "שלום", "مرحبا", "あ", "가", "й", "ё"])
def test_other_scripts_are_never_put_into_latin_letters(tmp_path, text):
    vocabulary = made(tmp_path, [*ASCII, "и", "е"])
    assert "U+" in refusal(vocabulary.spell, text) or text in ("й", "ё")
    if text in ("й", "ё"):
        assert unicodedata.normalize("NFD", text)[0] in vocabulary.indices
        refusal(vocabulary.spell, text)


def test_no_character_of_unicode_breaks_the_spelling(tmp_path):
    known = frozenset(ASCII)
    for code in range(0x30000):
        form = spell_character(chr(code), known.__contains__)
        assert form is None or known.issuperset(form)


def test_a_file_of_another_size_is_refused_with_both_numbers(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text(" \na\nb\n")
    with pytest.raises(
        ModelUnusableError, match=r"has 3 tokens on 3 lines.* made for 2545"
    ) as not_it:
        Vocabulary.load(path, 2545)
    assert "put the vocab.txt that the model was trained with beside" in not_it.value.message
    with pytest.raises(ModelUnusableError, match="the package f5-tts has 2545 tokens"):
        Vocabulary.load(None, 300)


@pytest.mark.parametrize(
    ("content", "size", "message"),
    [
        (b" \na\na\n", 3, "has 2 tokens on 3 lines"),
        (b" \na\na\n", 2, "has 2 tokens on 3 lines"),
        (b"a\nb\n", 2, "no line that is a single space"),
        (b" \n\xff\xfe\n", 2, "cannot be read as UTF-8"),
        (b"", 1, "has 0 tokens on 0 lines"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path, content, size, message):
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    with pytest.raises(ModelUnusableError, match=message):
        Vocabulary.load(path, size)


def test_line_ends_of_windows_and_a_last_line_without_one_are_read(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b" \r\na\r\nzz")
    assert Vocabulary.load(path, 3).indices == {" ": 0, "a": 1, "zz": 2}


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ModelUnusableError, match="cannot be read"):
        Vocabulary.load(tmp_path / "none.txt", 3)
