"""What say-as asks for, in every language of docs/languages.md."""

import pytest
from markup_reading import read

from voicejob_worker.markup.say_as import NoWordsError, say_as
from voicejob_worker.text.speakable import speakable

ASKED = (
    ("cardinal", "21", ""),
    ("cardinal", "-2.5", ""),
    ("ordinal", "1", ""),
    ("ordinal", "21", ""),
    ("digits", "205", ""),
    ("date", "25.12", "dm"),
    ("date", "2024", "y"),
    ("time", "14.30", ""),
    ("telephone", "+49 30", ""),
    ("currency", "$3", ""),
    ("unit", "5 km", ""),
    ("fraction", "3/4", ""),
    ("characters", "a1@#", ""),
)
HEARD = {
    "ar": (
        "واحد وعشرون",
        "ناقص اثنان وخمسة من عشرة",
        "الأول",
        "الحادي والعشرون",
        "اثنان صفر خمسة",
        "الخامس والعشرين من ديسمبر",
        "ألفين وأربعة وعشرين",
        "الساعة الرابعة عشرة والنصف",
        "زائد أربعة تسعة, ثلاثة صفر",
        "ثلاثة دولار",
        "خمسة كيلومترات",
        "ثلاثة أرباع",
        "A, واحد, آت, هاشتاغ",
    ),
    "de-DE": (
        "einundzwanzig",
        "minus zwei Komma fünf",
        "erste",
        "einundzwanzigste",
        "zwei null fünf",
        "fünfundzwanzigster Dezember",
        "zweitausendvierundzwanzig",
        "vierzehn Uhr dreißig",
        "plus vier neun, drei null",
        "drei Dollar",
        "fünf Kilometer",
        "drei Viertel",
        "A, eins, at, Hashtag",
    ),
    "en-US": (
        "twenty-one",
        "minus two point five",
        "first",
        "twenty-first",
        "two zero five",
        "December twenty-fifth",
        "twenty twenty-four",
        "fourteen thirty",
        "plus four nine, three zero",
        "three dollars",
        "five kilometers",
        "three quarters",
        "A, one, at, hashtag",
    ),
    "es-ES": (
        "veintiuno",
        "menos dos coma cinco",
        "primero",
        "vigésimo primero",
        "dos cero cinco",
        "veinticinco de diciembre",
        "dos mil veinticuatro",
        "catorce y treinta",
        "más cuatro nueve, tres cero",
        "tres dólares",
        "cinco kilómetros",
        "tres cuartos",
        "A, uno, arroba, etiqueta",
    ),
    "fr-FR": (
        "vingt et un",
        "moins deux virgule cinq",
        "premier",
        "vingt et unième",
        "deux zéro cinq",
        "vingt-cinq décembre",
        "deux mille vingt-quatre",
        "quatorze heures trente",
        "plus quatre neuf, trois zéro",
        "trois dollars",
        "cinq kilomètres",
        "trois quarts",
        "A, un, arobase, hashtag",
    ),
    "hi-IN": (
        "इक्कीस",
        "माइनस दो दशमलव पाँच",
        "पहला",
        "इक्कीसवां",
        "दो शून्य पाँच",
        "पच्चीस दिसंबर",
        "दो हज़ार चौबीस",
        "साढ़े चौदह बजे",
        "प्लस चार नौ, तीन शून्य",
        "तीन डॉलर",
        "पाँच किलोमीटर",
        "तीन बटा चार",
        "A, एक, एट, हैश",
    ),
    "hu-HU": (
        "huszonegy",
        "mínusz kettő egész öt tized",
        "első",
        "huszonegyedik",
        "kettő nulla öt",
        "december huszonötödike.",
        "kettőezer-huszonnégy",
        "tizennégy óra harminc perc",
        "plusz négy kilenc, három nulla",
        "három dollár",
        "öt kilométer",
        "három negyed",
        "A, egy, kukac, hashtag",
    ),
    "it-IT": (
        "ventuno",
        "meno due virgola cinque",
        "primo",
        "ventunesimo",
        "due zero cinque",
        "venticinque dicembre",
        "duemilaventiquattro",
        "quattordici e trenta minuti",
        "più quattro nove, tre zero",
        "tre dollari",
        "cinque chilometri",
        "tre quarti",
        "A, uno, chiocciola, hashtag",
    ),
    "ja-JP": (
        "二十一",
        "マイナス二点五",
        "一番目",
        "二十一番目",
        "二ゼロ五",
        "十二月二十五日",
        "二千二十四",
        "十四時三十分",
        "プラス 四九, 三ゼロ",
        "三ドル",
        "五キロメートル",
        "四分の三",
        "A, 一, アットマーク, シャープ",
    ),
    "pt-BR": (
        "vinte e um",
        "menos dois vírgula cinco",
        "primeiro",
        "vigésimo primeiro",
        "dois zero cinco",
        "vinte e cinco de dezembro",
        "dois mil e vinte e quatro",
        "catorze horas e trinta",
        "mais quatro nove, três zero",
        "três dólares",
        "cinco quilômetros",
        "três quartos",
        "A, um, arroba, hashtag",
    ),
    "ru-RU": (
        "двадцать один",
        "минус две целых пять десятых",
        "первый",
        "двадцать первый",
        "два ноль пять",
        "двадцать пятого декабря",
        "две тысячи двадцать четвёртый",
        "четырнадцать часов и тридцать минут",
        "плюс четыре девять, три ноль",
        "три доллара",
        "пять километров",
        "три четвёртых",
        "A, один, собака, решётка",
    ),
    "sv-SE": (
        "tjugoett",
        "minus två komma fem",
        "första",
        "tjugoförsta",
        "två noll fem",
        "tjugofemte december",
        "tjugotjugofyra",
        "fjorton trettio",
        "plus fyra nio, tre noll",
        "tre dollar",
        "fem kilometer",
        "tre fjärdedelar",
        "A, ett, snabel-a, hashtagg",
    ),
    "zh-CN": (
        "二十一",
        "负二点五",
        "第一",
        "第二十一",
        "二零五",
        "十二月二十五日",
        "二零二四",
        "十四点三十分",
        "加 四九, 三零",
        "三美元",
        "五千米",
        "四分之三",
        "A, 一, 艾特, 井号",
    ),
}


@pytest.mark.parametrize(
    ("language", "asked", "heard"),
    [
        (language, asked, heard)
        for language, words in HEARD.items()
        for asked, heard in zip(ASKED, words, strict=True)
    ],
)
def test_what_is_asked_for_is_heard(language, asked, heard):
    kind, text, written_format = asked
    said = say_as(text, kind, written_format, language)
    assert said is not None
    assert speakable(said, language).text == heard


@pytest.mark.parametrize(
    ("language", "kind", "text", "said"),
    [
        ("zh-TW", "ordinal", "3", "第三"),
        ("zh-TW", "cardinal", "-20000", "負兩萬"),
        ("zh", "telephone", "110", "幺幺零"),
        ("hi", "ordinal", "4", "चौथा"),
        ("hi", "date", "1857", "अठारह सौ सत्तावन"),
        ("ar", "ordinal", "10", "العاشر"),
        ("ar", "ordinal", "12", "الثاني عشر"),
        ("ar", "ordinal", "130", "الثلاثون بعد المئة"),
        ("ar", "ordinal", "200", "المئتان"),
        ("hu", "cardinal", "2200", "kettőezer"),
        ("hu", "date", "1", "elseje"),
        ("ru", "date", "3", "третье"),
        ("it", "date", "1", "primo"),
        ("es", "ordinal", "1234567890123456", ", "),
        ("ja", "cardinal", "2,5", "二点五"),
        ("fr", "digits", "1.5", "un point cinq"),
        ("hi", "unit", "3 m²", "3 m²"),
        ("sv", "time", "14h30", "14:30"),
        ("de", "cardinal", "1.234,5", "eintausendzweihundertvierunddreißig Komma fünf"),
    ],
)
def test_one_door_says_numbers_of_every_language(language, kind, text, said):
    written_format = {"1857": "y"}.get(text, "d") if kind == "date" else ""
    heard = say_as(text, kind, written_format, language)
    assert heard is not None
    assert said in heard


@pytest.mark.parametrize(
    ("language", "before", "heard"),
    [
        ("fr", "le", "le trois quarts"),
        ("it", "il", "il tre quarti"),
        ("es", "el", "el tres cuartos"),
        ("sv", "den", "den tre fjärdedelar"),
        ("en", "on", "on three quarters"),
    ],
)
def test_a_fraction_is_no_date_whatever_stands_before_it(language, before, heard):
    said = say_as("3/4", "fraction", "", language)
    assert speakable(f"{before} {said}", language).text == heard


def test_a_mixed_fraction_may_have_a_plus():
    assert say_as("1+1/2", "fraction", "", "de") == "eineinhalb"


@pytest.mark.parametrize("language", ["th", "xx"])
def test_an_ordinal_that_has_no_words_is_told(language):
    with pytest.raises(NoWordsError, match=f"an ordinal in {language}"):
        say_as("5", "ordinal", "", language)
    asked = f"<say-as interpret-as='ordinal' xml:lang='{language}'>5</say-as>"
    script = read(f"<speak>a {asked}</speak>", "SSML")
    assert script.notes == (
        f"said as written: an ordinal in {language}, of which no ordinals are known (line 1)",
    )
    assert "5" in " ".join(one.text for one in script.passages)


def test_a_word_is_no_ordinal_and_needs_no_note():
    assert say_as("last", "ordinal", "", "xx") == "last"
