"""Serial numbers, scientific notation, Greek letters and what English writes beside digits."""

import pytest

from voicejob_worker.text.normalise import normalise

KINDS = {
    "serials": [
        (
            "en-US",
            "ISBN 978-3-16-148410-0",
            "ISBN nine seven eight, three, one six, one four eight four one zero, zero",
        ),
        ("de-DE", "ISSN 1234-567X", "ISSN eins zwei drei vier, fünf sechs sieben X"),
        (
            "en-US",
            "IBAN DE89 3704 0044 0532 0130 00",
            "IBAN D E eight nine, three seven zero four, zero zero four four, zero five three "
            "two, zero one three zero, zero zero",
        ),
        ("en-US", "XY99 ABCD EFGH", "XY ninety-nine ABCD EFGH"),
        ("en-US", "MH17 2014 2015", "MH seventeen twenty fourteen twenty fifteen"),
    ],
    "powers of ten": [
        (
            "en-US",
            "6.02×10²³, 1e-5",
            "six point zero two times ten to the power of twenty-three, one times ten to the "
            "power of minus five",
        ),
        ("de-DE", "1,5e-5", "eins Komma fünf mal zehn hoch minus fünf"),
        ("ru-RU", "3·10⁸", "три умножить на десять в степени восемь"),
        ("zh-CN", "3×10⁸", "三乘十的八次方"),
        ("en-US", "model 2E5", "model two E five"),
    ],
    "Greek letters": [
        (
            "en-US",
            "π ≈ 3, Δt, 5 μm, β-carotene",
            "pi is approximately three, delta t, five micrometers, beta-carotene",
        ),
        ("sv-SE", "α+1=3", "alfa plus ett är tre"),
        ("zh-CN", "α粒子", "阿尔法粒子"),
        ("en-US", "λόγος is Greek", "λόγος is Greek"),
    ],
    "English": [
        ("en-US", "it took 13m 20s", "it took thirteen minutes twenty seconds"),
        (
            "en-US",
            "H.264, c. 1564, Q3'23",
            "H two six four, circa fifteen sixty-four, Q three twenty twenty-three",
        ),
        ("en-US", "6 ft 2 in, 3 in deep.", "six feet two inches, three inches deep."),
        (
            "en-US",
            "7 p.m. EST. Then. Est. 1995",
            "seven PM EST. Then. Established nineteen ninety-five",
        ),
        (
            "en-US",
            "40°26′46″N, 51° W",
            "forty degrees twenty-six minutes forty-six seconds north, fifty-one degrees west",
        ),
        ("en-US", "a .NET app, an .env file", "a dot NET app, an dot env file"),
        (
            "en-US",
            "Mon-Fri 9-5, 5 +/- 3",
            "Monday to Friday nine to five, five plus or minus three",
        ),
        (
            "en-US",
            "₿0.5, 100 kr, 5 JOD, MAD 5",
            "zero point five bitcoins, one hundred kronor, five Jordanian dinars, MAD five",
        ),
    ],
    "Hungarian days and counts": [
        (
            "hu-HU",
            "15-én, 1-jén, 2-ik, 12-es, 2-szer, 8 ó-kor",
            "tizenötödikén, elsején, második, tizenkettes, kétszer, nyolc órakor",
        ),
    ],
    "Swedish dates and crowns": [
        (
            "sv-SE",
            "1/1 2020, mån. 5/5, 24/12, 3/4",
            "första januari tjugotjugo, måndag femte maj, tjugofjärde december, tre fjärdedelar",
        ),
        ("sv-SE", "1 mkr, 5 tkr, v. 5", "en miljon kronor, fem tusen kronor, vecka fem"),
    ],
}


@pytest.mark.parametrize(
    ("language", "written", "spoken"), [case for cases in KINDS.values() for case in cases]
)
def test_kinds(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language).text == spoken


ENGLISH = [
    ("1 lb. 5 oz. of, 1 hr. later", "one pound five ounces of, one hour later"),
    ("3 mos.; 2 yrs.; 5 ft. tall. Then", "three months; two years; five feet tall. Then"),
    ("0x1F, x**2, A.1", "zero X, one, F, x squared, A one"),
    ("020 7946 0000", "zero two zero, seven nine four six, zero zero zero zero"),
    ("noon–3, 3000 BC–500 AD", "noon to three, three thousand BC to five hundred AD"),
    ("Jan. 5 – Feb. 3, 0900 hrs", "January fifth to February third, oh nine hundred hours"),
    ("1:59:40.2", "one hour fifty-nine minutes forty point two seconds"),
    ("July '76, rock 'n' roll", "July seventy-six, rock 'n' roll"),
    ("100s of items", "hundreds of items"),
    (
        "1Z999AA10123456784",
        "one, Z, nine nine nine, A A, one zero one two, three four five six, seven eight four",
    ),
    ("00:1A:2B:3C:4D:5E", "zero zero, one A, two B, three C, four D, five E"),
    (
        "123e4567-e89b-12d3-a456-426614174000",
        "one two three E four five six seven, E eight nine B, "
        "one two D three, A four five six, four two six six one four one seven four zero zero zero",
    ),
    ("C6H12O6, COVID19, WINDOWS2000", "C six H twelve O six, COVID nineteen, WINDOWS two thousand"),
    (
        "5mg 2x/day, a 20-yd. line (incl. 8% tax)",
        "five milligrams two times a day, a twenty-yard line (including eight percent tax)",
    ),
]


@pytest.mark.parametrize(("written", "spoken"), ENGLISH)
def test_english_beside_digits(written: str, spoken: str) -> None:
    assert normalise(written, "en-US").text == spoken
