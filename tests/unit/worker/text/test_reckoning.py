"""What is reckoned is said sign by sign, in every language, and a span stays a span."""

import pytest

from voicejob_worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        (
            "ru-RU",
            "7 - 4 = 3, 10 : 2 = 5",
            "семь минус четыре равно три, десять разделить на два равно пять",
        ),
        ("ru-RU", "x², 10³, 10⁻³", "x в квадрате, десять в кубе, десять в степени минус три"),
        ("ru-RU", "≥ 5, < 3, √9", "не меньше пяти, меньше трёх, корень из девяти"),
        ("ar", "7 - 4 = 3، 10 ÷ 2 = 5", "سبعة ناقص أربعة يساوي ثلاثة، عشرة تقسيم اثنان يساوي خمسة"),
        ("hi-IN", "10 ÷ 2 = 5, ≥ 5", "दस भाग दो बराबर पाँच, पाँच या उससे ज़्यादा"),
        ("ja-JP", "7 - 4 = 3、10⁵、x²、≥5", "七マイナス四イコール三、十の五乗、xの二乗、五以上"),
        ("zh-CN", "7 - 4 = 3，10³，x^2，≥5", "七减四等于三，十的立方，x的平方，大于等于五"),
        (
            "de-DE",
            "10 : 2 = 5, 10 / 2 = 5",
            "zehn geteilt durch zwei gleich fünf, zehn geteilt durch zwei gleich fünf",
        ),
        ("fr-FR", "3 × 4 = 12", "trois fois quatre égale douze"),
        (
            "hu-HU",
            "4 : 2 = 2, 1 + 2 = 3",
            "négy osztva kettő egyenlő kettő, egy plusz kettő egyenlő három",
        ),
        (
            "en-US",
            "6 × 7 = 42, 7-4=3",
            "six times seven equals forty-two, seven minus four equals three",
        ),
        ("nl-NL", "12 : 3 = 4", "twaalf gedeeld door drie is vier"),
    ],
)
def test_signs_between_numbers_are_said_where_they_are_reckoned_with(
    language: str, written: str, said: str
) -> None:
    assert normalise(written, language).text == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en-US", "10-20 people", "ten to twenty people"),
        ("de-DE", "im Verhältnis 1:3", "im Verhältnis eins zu drei"),
        ("ru-RU", "100 м², 5 м³", "сто квадратных метров, пять кубических метров"),
        ("en-US", "1/2 = 0.5", "one half equals zero point five"),
        ("zh-CN", "3×4米", "三乘四米"),
    ],
)
def test_what_nothing_equals_stays_a_span_a_ratio_or_a_size(
    language: str, written: str, said: str
) -> None:
    assert normalise(written, language).text == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("fr-FR", "(–15 %), de –5 à 3", "(moins quinze pour cent), de moins cinq à trois"),
        (
            "en-US",
            "fell –5%, 10 –15, pages 10–15",
            "fell minus five percent, ten to fifteen, pages ten to fifteen",
        ),
        ("ru-RU", "(–15 %), 5–7", "(минус пятнадцать процентов), пять-семь"),
        ("pt-BR", "segunda – 5 itens", "segunda, cinco itens"),
        (
            "hu-HU",
            "2024. 05. 03. 14:30",
            "kettőezer-huszonnégy május harmadika tizennégy óra harminc perc",
        ),
    ],
)
def test_a_dash_at_a_number_is_a_minus_where_none_stands_before_it(
    language: str, written: str, said: str
) -> None:
    assert normalise(written, language).text == said
