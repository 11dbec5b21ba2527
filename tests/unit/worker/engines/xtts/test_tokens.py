"""Every language becomes tokens that the model knows, all of it, or is refused by name."""

import pytest

from voicejob_worker.engines.xtts.tokens import Tokens
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.text.normalise import normalise

TEXTS = {
    "en-US": "Dr. Smith paid $12.50 for “three” of them; didn't he?",
    "es": "¿Cuánto pagó el señor Núñez el 3 de mayo? ¡Mucho!",
    "fr": "L'été dernier, 25 élèves étaient là : où sont-ils ?",
    "de": "Über 100 schöne Straßen führen nach Köln.",
    "it": "Perché non andiamo là? È già tardi.",
    "pt-BR": "São 3 horas, não é? A Sra. Lima pagou R$ 12,50.",
    "pl": "Zażółć gęślą jaźń, 7 razy.",
    "tr": "İyi günler, ILIK bir gün.",
    "ru": "Съешь ещё 2 этих мягких булки.",
    "nl": "Eén ei is geen ei, 2 wel.",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "ar": "مرحبا بالعالم، كيف حالك؟",
    "zh-CN": "你好，世界。今天是2021年。",
    "ja-JP": "今日は、世界。元気ですか？3匹の猫。",
    "hu": "Árvíztűrő tükörfúrógép, 3 darab.",
    "ko": "안녕하세요, 세계. 고양이 3마리.",
    "hi": "नमस्ते दुनिया, कैसे हो?",
}


@pytest.fixture(scope="module")
def tokens_of(upstream):
    return lambda language, limit=400: Tokens(upstream.tokenizer, language, limit)


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_is_read_whole(tokens_of, upstream, language):
    tokens = tokens_of(language)
    text = tokens.spell(normalise(TEXTS[language], language).text)
    (ids,) = tokens.parts(text)
    pieces = [upstream.tokenizer.tokenizer.id_to_token(number) for number in ids]
    assert "[UNK]" not in pieces
    assert pieces[0] == ("[zh-cn]" if language.startswith("zh") else f"[{language[:2]}]")
    assert len(pieces) > len(text) / 3


@pytest.mark.parametrize("language", TEXTS)
def test_tokens_are_upstreams(tokens_of, upstream, language):
    text = normalise(TEXTS[language], language).text
    ours = tokens_of(language).parts(text)
    plain = text.replace("İ", "i").lower()
    assert ours == [upstream.tokenizer.encode(plain, lang=language)]


def test_a_turkish_capital_i_is_one_letter(tokens_of):
    tokens = tokens_of("tr")
    assert tokens.spell("İyi") == "İyi"
    assert tokens.parts("İyi") == tokens.parts("iyi")


@pytest.mark.parametrize("language", ["en-US", "pt-BR"])
def test_what_was_normalised_is_not_changed_again(tokens_of, upstream, language):
    written = {
        "en-US": "Dr. Smith paid $12.50 on 3/4/2021 at 10:30, 5% of 1,234.5 km; 2nd & 3rd.",
        "pt-BR": "O Dr. Silva pagou R$ 12,50 em 3/4/2021 às 10:30, 5% de 1.234,5 km. 1º lugar.",
    }
    text = normalise(written[language], language).text.lower()
    assert upstream.tokenizer.preprocess_text(text, language[:2]) == text


@pytest.mark.parametrize(
    ("language", "text"), [("tr", "Plan B."), ("pl", "Punkt P."), ("cs", "Bod p.")]
)
def test_a_letter_at_the_end_of_a_sentence_is_no_abbreviation(tokens_of, upstream, language, text):
    read = upstream.tokenizer.tokenizer.decode(
        tokens_of(language).parts(text)[0], skip_special_tokens=False
    )
    assert read.replace(" ", "").endswith(f"[SPACE]{text[-2].lower()}.")
    assert upstream.tokenizer.preprocess_text(text, language) != text.lower()


def test_characters_with_a_plain_form_are_spelled_with_it(tokens_of):
    assert tokens_of("en").spell("ﬁne ǆ") == "fine dž"
    assert tokens_of("en").spell("“Fine”, he said — 5%!") == "“Fine”, he said — 5%!"


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("en", "two \U00013000 hieroglyphs ᚠ", r"2 of the characters.*U\+16A0.*U\+13000"),
        ("ja", "Жэ", r"U\+0416 CYRILLIC"),
        ("hi", "बिल्ली ᚠ", r"U\+16A0"),
        ("zh", "你好 ᚠ", r"U\+16A0"),
    ],
)
def test_others_are_refused_by_name(tokens_of, language, text, named):
    with pytest.raises(InvalidInputError, match=named) as refused:
        tokens_of(language).spell(text)
    assert refused.value.exit_code == 10


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(
    "written",
    [
        *("5 €", "€ 5", "$100", "￥100", "₩5,000", "100 ₽", "100₺", "₹ 5", "3 zł", "R$ 5"),
        *("C++", "a + b = c", "20%", "20 °C", "5°", "A & B", "@ana", "#1", "№ 5", "½", "12", "१२"),
    ],
)
def test_signs_and_amounts_are_never_refused(tokens_of, upstream, language, written):
    """The published vocabulary knows neither + nor any currency's sign but $."""
    tokens = tokens_of(language)
    parts = tokens.parts(tokens.spell(normalise(written, language).text))
    pieces = [upstream.tokenizer.tokenizer.id_to_token(i) for ids in parts for i in ids]
    assert len(pieces) > 1
    assert "[UNK]" not in pieces


def test_a_question_mark_is_known_in_japanese(tokens_of):
    assert tokens_of("ja").spell("何？ ?") == "何？ ?"


def test_a_number_that_the_package_cannot_read_is_refused_without_the_text(tokens_of):
    with pytest.raises(InvalidInputError, match="in words") as refused:
        tokens_of("hi").parts("गुप्त 3")
    assert "गुप्त" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "one two three, four five six seven eight nine ten eleven twelve. " * 4),
        ("en", "word " * 60),
        ("en", "a" * 250),
        ("zh", "你好世界" * 20),
        ("hi", "कि" * 60),
    ],
)
def test_too_many_tokens_are_read_in_parts_and_none_is_lost(tokens_of, upstream, language, text):
    (whole,) = tokens_of(language).parts(text)
    parts = tokens_of(language, limit=50).parts(text)
    assert len(parts) > 1
    assert all(len(part) < 50 for part in parts)
    read = [upstream.tokenizer.tokenizer.id_to_token(i) for part in parts for i in part]
    wanted = [upstream.tokenizer.tokenizer.id_to_token(i) for i in whole]
    silent = {"[SPACE]", wanted[0]}
    joined = ["".join(token for token in one if token not in silent) for one in (read, wanted)]
    assert joined[0] == joined[1]


def test_parts_end_where_clauses_do(tokens_of, upstream):
    text = "one two three four, five six seven. eight nine ten eleven"
    parts = tokens_of("en", limit=40).parts(text)
    read = [upstream.tokenizer.decode(part) for part in parts]
    assert len(read) == 2
    assert read[0].endswith("seven.")


def test_blanks_are_no_parts(tokens_of):
    assert tokens_of("en").parts("  ") == []


def test_a_vocabulary_without_the_language_is_refused(upstream):
    class Fewer:
        tokenizer = upstream.tokenizer.tokenizer

    Fewer.tokenizer = type("T", (), {"token_to_id": lambda _, name: None})()
    with pytest.raises(ModelUnusableError, match=r"\[pt\]"):
        Tokens(Fewer, "pt-BR", 400)
