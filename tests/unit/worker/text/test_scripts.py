"""Who forgot to say which language a text is in is told, and nobody else."""

import time

import pytest

from voicejob_worker.engines.xtts.languages import CHARACTER_LIMITS
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.models.catalogue import own_catalogue
from voicejob_worker.text.scripts import script_mismatch, scripts_of
from voicejob_worker.text.speakable import speakable

SAMPLES = {
    "ar": "مرحبا بالعالم، كيف حالك اليوم؟",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "de": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.",
    "el": "Γεια σου κόσμε, τι κάνεις;",
    "en-US": "The kettle is on, and a naïve café stays open.",
    "es-MX": "El pingüino Wenceslao hizo kilómetros bajo exhaustiva lluvia.",
    "fa": "سلام دنیا",
    "fr": "Dès Noël, où un zéphyr haï me vêt de glaçons würmiens.",
    "he": "שלום עולם",
    "hi": "नमस्ते दुनिया, आप कैसे हैं?",
    "hu": "Árvíztűrő tükörfúrógép.",
    "it": "Quel vituperabile xenofobo zelante assaggia il whisky.",
    "ja": "今日はいい天気ですね。コーヒーを飲みましょう、々ー。",
    "ka": "გამარჯობა მსოფლიო",
    "ko": "안녕하세요, 大韓民國 세계.",
    "pl": "Zażółć gęślą jaźń.",
    "pt-BR": "Bom dia: à noite, vovô Kowalsky vê o ímã. 1ª e 2º.",
    "ru": "Привет, как дела?",
    "sr": "Здраво свете, zdravo svete.",
    "th": "สวัสดีชาวโลก",
    "tr": "Pijamalı hasta yağız şoföre çabucak güvendi.",
    "uk": "Щастям б'єш жук їх глицю.",
    "vi": "Xin chào thế giới, hôm nay trời đẹp.",
    "zh-CN": "你好世界，今天天气很好。",
    "zh-TW": "你好世界，ㄅㄆㄇ。",
}


@pytest.mark.parametrize("language", SAMPLES)
def test_a_text_in_its_languages_own_letters_gets_no_note(language):
    assert script_mismatch(SAMPLES[language], language) is None


@pytest.mark.parametrize(
    ("language", "text", "note"),
    [
        ("en-US", "你好世界，今天天气很好。", "100 % of the letters are Han, which en-US"),
        ("de", "Привет, как дела?", "100 % of the letters are Cyrillic, which de"),
        ("pt-BR", "Bom dia, 今天天气很好我们去公园吧", "67 % of the letters are Han, which pt-BR"),
        ("zh", "こんにちは世界", "71 % of the letters are Hiragana, which zh"),
        (
            "en",
            "東京タワーへ行く",
            "43 % of the letters are Han and 29 % Katakana and 29 % Hiragana",
        ),
        ("ru", "Hello world, how are you?", "100 % of the letters are Latin, which ru"),
        ("ja", "Hello world, how are you?", "100 % of the letters are Latin, which ja"),
        ("ko", "สวัสดีชาวโลก", "100 % of the letters are Thai, which ko"),
        ("en", "안녕하세요 세계 hello", "58 % of the letters are Hangul, which en"),
    ],
)
def test_another_scripts_letters_are_told_with_their_share(language, text, note):
    found = script_mismatch(text, language)
    assert found.note().startswith(note)
    assert "set spec.language to the text's own (such as" in found.note()


def test_the_hint_names_a_language_of_that_script():
    assert "(such as ja)" in script_mismatch("東京タワーへ行く", "en").note()
    assert "(such as zh)" in script_mismatch("你好", "en").note()
    assert "(such as" not in script_mismatch("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "en").note()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-US", "Anna met Юрий Гагарин and 王伟 in Paris, and they spoke about the weather."),
        ("de", "Das Wort für Frieden ist שלום, sagte sie, und 平和 steht an der Wand."),
        ("zh-CN", "我用 iPhone 和 MacBook 在 Starbucks 办公。"),
        ("ru", "Установите Kubernetes и Docker Desktop, затем Helm."),
        ("ja", "Kubernetesのクラスターを作る。"),
        ("en", "The angle α is π/2, and the resistance 5 Ω."),
        ("en", "ｆｕｌｌ ｗｉｄｔｈ and 𝐛𝐨𝐥𝐝"),
        ("en", "2024: 100 % 😀"),
        ("zh", "12345"),
        ("zh", ""),
    ],
)
def test_a_few_foreign_names_signs_and_digits_get_no_note(language, text):
    assert script_mismatch(text, language) is None


def test_of_a_language_that_is_not_known_nothing_is_said():
    assert scripts_of("tlh") is None
    assert script_mismatch("你好世界", "tlh") is None


def test_a_tag_may_name_its_script():
    assert script_mismatch("Nǐ hǎo, shìjiè.", "zh") is not None
    assert script_mismatch("Nǐ hǎo, shìjiè.", "zh-Latn") is None


def test_each_language_of_the_workers_tables_is_known():
    tables = {entry.language for entry in own_catalogue().entries} - {"*"}
    unknown = {one for one in (*tables, *CHARACTER_LIMITS) if scripts_of(one) is None}
    assert unknown == set()


@pytest.mark.parametrize("text", ["你好世界。", "Привет!", "สวัสดีชาวโลก"])
def test_a_text_of_foreign_letters_alone_holds_nothing_to_speak(text):
    found = speakable(text, "en-US").mismatch
    with pytest.raises(InvalidInputError, match=r"nothing to speak: 100 % of the letters are"):
        found.refuse_if_all(("en-US",))
    found.refuse_if_all(None)  # its owner may have taught the voice these letters


@pytest.mark.parametrize(
    ("text", "language"),
    [("你好 2024", "en"), ("Hello.", "ru"), ("α + β", "en"), ("你好 ok", "en")],
)
def test_what_can_be_spoken_in_part_is_only_told(text, language):
    found = speakable(text, language).mismatch
    assert found is not None
    found.refuse_if_all(("en-US",))


def test_a_number_that_becomes_words_counts_as_no_letters():
    assert script_mismatch("你好世界 123456789", "en").scripts == {"Han": 1}


def test_a_long_text_takes_no_longer_than_its_letters():
    text = "今天天气很好，" * 70_000
    began = time.perf_counter()
    assert script_mismatch(text, "en") is not None
    assert time.perf_counter() - began < 2
