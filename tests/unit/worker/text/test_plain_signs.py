"""Signs beside numbers become words where no lexicon says them, the noun after its number."""

import time

import pytest

from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.symbols import BY_LANGUAGE
from voicejob_worker.text.symbols.schema import CURRENCY_SIGNS


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("nl", "Het kost € 5.", "Het kost vijf euro."),
        ("nl", "€5 miljoen", "vijf miljoen euro"),
        ("nl", "in € betaald", "in euro betaald"),
        ("nl", "a + b = c", "a plus b is c"),
        ("pl", "Cena: 5 €", "Cena: pięć euro"),
        ("pl", "1 zł, 3 zł, 25 zł, 21 $", "jeden złoty, trzy złote, dwadzieścia pięć złotych, "
         "dwadzieścia jeden dolarów"),
        ("ru", "100 ₽", "сто рублей"),
        ("ru", "21 ₽ и 11 ₽", "двадцать один рубль и одиннадцать рублей"),
        ("ru", "20 % на № 5", "двадцать процентов на номер пять"),
        ("ru", "$5 млн", "пять миллионов долларов"),
        ("cs", "5 €", "pět eur"),
        ("cs", "-5 °C", "-pět stupňů Celsia"),
        ("hu", "5 €", "öt euró"),
        ("tr", "100₺", "yüz lira"),
        ("tr", "%20", "yüzde yirmi"),
        ("tr", "1.234,56 TL", "1.234,56 TL"),
        ("ar", "٥ €", "خمسة يورو"),
        ("ko", "₩5,000", "오천 원"),
        ("ko", "20%는", "이십 퍼센트는"),
        ("zh-CN", "￥100", "一百元"),
        ("zh-CN", "$5,000，20%", "五千美元，百分之二十"),
        ("ja", "￥100", "百円"),
        ("hi", "मैं 25 साल का हूँ।", "मैं पच्चीस साल का हूँ।"),
        ("hi", "१२३", "एक सौ तेईस"),
        ("hi", "₹1,50,000", "एक लाख पचास हज़ार रुपए"),
        ("hi", "3.05", "तीन दशमलव शून्य पाँच"),
        ("hi", "3½", "साढ़े तीन"),
        ("en-US", "100₽, a C+", "one hundred rubles, a C plus"),
        ("de", "5 zł", "fünf Zloty"),
        ("pt-BR", "₩5 e 18+", "cinco wons e dezoito mais"),
        ("en-US", "Grade A+.", "Grade A plus."),
        ("nl", "Betaal in €.", "Betaal in euro."),
        ("ru", "много %", "много процентов"),
        ("zh-CN", "＄5 ＋ ￦100", "五美元 加 一百韩元"),
        ("ar", "٢٠٪", "عشرون في المائة"),
        ("ar", "١٬٢٣٤", "ألف ومئتان وأربعة وثلاثون"),
        ("en-US", "٣٥٪ of № 5, №A", "thirty-five percent of number five, NoA"),
        ("ar", "كلمة٬ كلمة", "كلمة٬ كلمة"),
        ("pt-BR", "o № 5", "o número cinco"),
        ("de", "№ 5", "Nummer fünf"),
        ("fr", "№ 5", "numéro cinq"),
        ("en-US", "chapter Ⅷ, item ①, 5㎞", "chapter eight, item one, five kilometers"),
        ("fi", "5 €", "viisi €"),
    ],
)  # fmt: skip
def test_signs_are_said_as_a_reader_would(language, written, spoken):
    assert normalise(written, language).text == spoken


def test_every_language_with_words_for_signs_names_every_currency():
    for symbols in BY_LANGUAGE.values():
        assert set(symbols.currencies) in (set(CURRENCY_SIGNS), set())
        assert symbols.currencies or symbols.signs is None
        assert {len(forms) for forms in symbols.currencies.values()} <= {1, 2, 4}


def test_signs_of_cantonese_are_those_of_chinese():
    assert normalise("￥100", "yue-HK").text == normalise("￥100", "zh-HK").text


def test_polish_no_is_a_word():
    assert normalise("No 5 minut", "pl").text == "No pięć minut"


@pytest.mark.parametrize("language", ["hi", "zh"])
@pytest.mark.parametrize("piece", ["7", "$", "1,", "+", "1%", "12,", "5 €", "1-", "½", "° "])
def test_time_is_linear(language, piece):
    text = (piece * 40_000)[:40_000]
    start = time.process_time()
    normalise(text, language)
    assert time.process_time() - start < 2
