"""From what is written to what is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicejob_worker.text.characters import has_speech
from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.numerals import numerals_for

SAID = {
    "en-US": [
        ("It was 1999.", "It was nineteen ninety-nine."),
        ("the 1990s", "the nineteen nineties"),
        (
            "21 apples, 1,234 pears",
            "twenty-one apples, one thousand two hundred and thirty-four pears",
        ),
        ("pi is 3.14", "pi is three point one four"),
        ("a .5 chance", "a point five chance"),
        ("1st 2nd 23rd", "first second twenty-third"),
        ("50% off, -5%", "fifty percent off, minus five percent"),
        ("$1 $2.50 £1.01", "one dollar two dollars and fifty cents one pound and one penny"),
        ("$1,234.56", "one thousand two hundred and thirty-four dollars and fifty-six cents"),
        ("-$5", "minus five dollars"),
        ("5€ or USD 3", "five euros or three dollars"),
        ("$5 million", "five million dollars"),
        ("-3 degrees", "minus three degrees"),
        ("pages 10-20", "pages ten to twenty"),
        ("1990–1999", "nineteen ninety to nineteen ninety-nine"),
        ("10:30, 10:05, 3:00", "ten thirty, ten oh five, three o'clock"),
        ("at 9:00 pm", "at nine PM"),
        ("on 2026-11-21.", "on November twenty-first, twenty twenty-six."),
        ("on 11/21/2026", "on November twenty-first, twenty twenty-six"),
        ("1/2 and 2½, 3/8", "one half and two and one half, three eighths"),
        ("007", "zero zero seven"),
        ("call 555-123-4567", "call five five five, one two three, four five six seven"),
        ("+1 555 123 4567", "plus one, five five five, one two three, four five six seven"),
        ("5 km/h, 1 kg, 20 °C", "five kilometers per hour, one kilogram, twenty degrees Celsius"),
        ("MP3 covid-19", "MP three covid-nineteen"),
        ("version 1.2.3", "version one dot two dot three"),
        ("1920x1080", "nineteen twenty by one thousand and eighty"),
        ("R&D, C++, #1, #fun", "R and D, C plus plus, number one, hashtag fun"),
        ("fine — really", "fine, really"),
        ("€1.2bn or $5M", "one point two billion euros or five million dollars"),
        ("$5each, 5¢", "five dollars each, five cents"),
        ("9:15am–10:45am", "nine fifteen AM to ten forty-five AM"),
        ("1-800-555-0199", "one, eight zero zero, five five five, zero one nine nine"),
        ("ISBN 978-3-16", "ISBN nine seven eight, three, one six"),
        (
            "10^6, 3+4=7, 3 < 5",
            "ten to the power of six, three plus four equals seven, three is less than five",
        ),
        ("C# <b>bold</b>", "C sharp bold"),
        ("It ended. 5 left.", "It ended. Five left."),
        ("on Jan. 3rd, No. 5, pp. 12", "on January third, number five, pages twelve"),
        ("He said no. 5 left.", "He said no. five left."),
        ("if a<b, x>y", "if a b, x y"),
        ("Paris–London", "Paris London"),
        ("it’s “so”…", 'it\'s "so"...'),
        ("**bold** snake_case", "bold snake case"),
        (
            "https://example.com/a-b?x=1.",
            "example dot com slash a dash b question mark x equals one.",
        ),
        ("see www.foo.org!", "see foo dot org!"),
        ("at example.com", "at example dot com"),
        ("joe.b@mail.example.com", "joe dot b at mail dot example dot com"),
    ],
    "pt-BR": [
        ("R$ 1.234,56", "mil duzentos e trinta e quatro reais e cinquenta e seis centavos"),
        ("R$ 1,00 e £ 1", "um real e uma libra"),
        ("3,14 ou 3.14", "três vírgula um quatro ou três vírgula um quatro"),
        ("1º 2ª", "primeiro segunda"),
        ("50%", "cinquenta por cento"),
        ("1/5/2026", "primeiro de maio de dois mil e vinte e seis"),
        ("às 10:30", "às dez e trinta"),
        ("-5 °C", "menos cinco graus Celsius"),
        ("US$ 5 milhões", "cinco milhões de dólares"),
        ("nº 100, 2h30min", "número cem, duas horas e trinta minutos"),
        ("R$ 2 mi", "dois milhões de reais"),
        ("ana@exemplo.com.br", "ana arroba exemplo ponto com ponto br"),
    ],
    "fr-FR": [
        ("le 1er, la 1re, le 2e", "le premier, la première, le deuxième"),
        ("10 000 €", "dix mille euros"),
        ("1\u202f234,56 €", "mille deux cent trente-quatre euros et cinquante-six centimes"),
        ("14h30", "quatorze heures trente"),
        ("3 millions €", "trois millions d'euros"),
    ],
    "de-DE": [
        ("am 3. Oktober 1990", "am dritten Oktober neunzehnhundertneunzig"),
        ("1.234,56 €", "eintausendzweihundertvierunddreißig Euro sechsundfünfzig Cent"),
        ("2,5 Mio. €", "zwei Komma fünf Millionen Euro"),
        ("um 10:30 Uhr", "um zehn Uhr dreißig"),
    ],
    "es-ES": [
        ("21 %", "veintiún por ciento"),
        ("1.º 3ª 1er", "primero tercera primer"),
        ("1:00", "una"),
    ],
    "es-MX": [("1,234.5", "mil doscientos treinta y cuatro punto cinco")],
    "it-IT": [("1,05", "uno virgola zero cinque"), ("2026-05-01", "primo maggio duemilaventisei")],
    "ru-RU": [("3,14", "три целых четырнадцать сотых")],
    "zh-CN": [("价格是100。", "价格是一百。")],
    "xx": [("12 apples", "12 apples")],
}


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [(language, *pair) for language, pairs in SAID.items() for pair in pairs],
)
def test_it_is_said_as_the_language_says_it(language: str, written: str, said: str) -> None:
    assert normalise(written, language).text == said


def test_long_digit_strings_are_read_one_by_one_with_room_to_breathe() -> None:
    said = normalise("12345678901234567890", "en").text
    assert said.replace(",", "").split()[:4] == ["one", "two", "three", "four"]
    assert said.count(",") == 4


@pytest.mark.parametrize(
    "number", ["9" * 400, "0" * 400, "1." + "9" * 400, "1e999999999", "9.9.9" * 99]
)
@pytest.mark.parametrize("language", ["en", "pt-BR", "ar", "ja", "th", "zz"])
def test_no_number_is_too_much(number: str, language: str) -> None:
    assert has_speech(normalise(number, language).text)


@pytest.mark.parametrize(
    "marker", ["[[ h ə ]]", "[ [h]  ]", "[\u200b[h]\u200b]", "[[[h]]]", "[*[h]*]"]
)
def test_piper_phoneme_markers_are_defused(marker: str) -> None:
    said = normalise(f"a {marker} b", "en").text
    assert "[[" not in said
    assert "]]" not in said


def test_what_num2words_refuses_is_left_to_the_engine() -> None:
    assert numerals_for("pt-BR").cardinal("9" * 40) is None


def test_an_endless_address_is_shortened() -> None:
    address = "https://example.com/" + "part/" * 200 + "?token=" + "a1" * 500
    assert len(normalise(address, "en").text) < 120


def test_paragraphs_and_list_items_stay_apart_and_wrapped_lines_do_not() -> None:
    text = "A title\r\n\r\n\r\nwrapped\r\nline \t here\n- one\n- two\n"
    assert normalise(text, "en").text == "A title\n\nwrapped line here\n\none\n\ntwo"


def test_what_was_dropped_is_counted() -> None:
    result = normalise("Hi\x00 \U0001f44d\U0001f3fd\U0001f389\u202e!", "en")
    assert (result.text, result.emoji_dropped, result.controls_dropped) == ("Hi !", 2, 2)


@pytest.mark.parametrize(
    "text", ["", " \n ", "%%% &&& @@ ## ++ == -- // ...", "— – -", "\U0001f389"]
)
def test_signs_alone_are_not_turned_into_words(text: str) -> None:
    assert not has_speech(normalise(text, "en").text)


@settings(deadline=None)  # the first number of a language reads its grammar in
@given(
    st.text(alphabet=st.sampled_from("0123456789.,-:/%$€ \nahT+()[]@#'½ºkm"), max_size=60),
    st.sampled_from(["en-US", "pt-BR", "es", "fr", "de", "it", "ru", "ar", "zh", "ja", "hi"]),
)
def test_no_mixture_of_digits_and_signs_raises_or_keeps_a_digit_it_can_say(
    text: str, language: str
) -> None:
    said = normalise(text, language).text
    assert "None" not in said
    assert "  " not in said
    if language in ("en-US", "pt-BR", "es", "fr", "de", "it"):
        assert not set("0123456789") & set(said)
