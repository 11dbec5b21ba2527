"""What holds for every text, however it is mixed."""

from hypothesis import given
from hypothesis import strategies as st

from voicejob_worker.text.lexicon import ENGLISH, PORTUGUESE
from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.roman import roman_value

SHORT = sorted({*ENGLISH.abbreviations, *PORTUGUESE.abbreviations})
PIECES = st.one_of(
    st.sampled_from(SHORT).map(lambda short: f"{short}."),
    st.sampled_from(["R$ ", "$", "US$", "€", "%", "º", "ª", "°C", " km/h", "nº ", "No. ", "§ "]),
    st.sampled_from(["XX", "IV", "I", "X", "CD", "século", "Papa João", "Henry", "World War"]),
    st.sampled_from(["25/12/2025", "14h30", "10:30", "às ", "das ", "1/2", "mil", "milhões", "de"]),
    st.sampled_from(["mulheres", "dias", "Maria", "Silva", "e", "a", "the", "and", "p.m", "May"]),
    st.sampled_from([" ", " ", ".", ". ", ", ", "-", "–", "/", "(", ")", "!", "?", "\n\n"]),
    st.integers(0, 3_000_000).map(str),
    st.decimals(0, 9999, places=2).map(lambda number: f"{number:,}"),
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join)
PORTUGUESE_PHRASES = [
    *(
        "O Sr. Silva",
        "a Dra. Ana",
        "na R. das Flores, 10",
        "Av. Paulista, nº 5",
        "pág. 9",
        "art. 5º",
    ),
    *("etc.", "p. ex. isto", "Souza Ltda.", "no séc. XX", "D. Pedro II", "Papa Bento XVI"),
    *("a II Guerra Mundial", "R$ 1.234,56", "R$ 2,5 milhões", "US$ 10", "R$ 10/kg", "25/12/2025"),
    *("1º de maio", "às 14h30", "das 2 às 4", "0h", "durou 8h15min", "-5 °C", "80 km/h", "10-20%"),
    *(
        "2 mulheres",
        "21 mil casas",
        "1/2",
        "3/5",
        "(11) 98765-4321",
        "0800 123 4567",
        "3ª vez",
        "§ 2º",
    ),
    *("o IBGE", "em km/h", "10x", "30 min.", "a.C.", "tel. 3333-4444", "v. 2.0", "A-10", "3x4"),
]
ENGLISH_PHRASES = [
    *(
        "Mr. Smith",
        "Dr. Brown",
        "on Main St.",
        "in St. Louis",
        "No. 7",
        "pp. 3-5",
        "etc.",
        "e.g. this",
    ),
    *(
        "at 5 p.m.",
        "Acme Inc.",
        "King Jr.",
        "Jan. 5th",
        "May 5-7",
        "5 June 2020",
        "12/25/2025",
        "3:05 pm",
    ),
    *(
        "$5.2 million",
        "$0.99",
        "$10/hour",
        "1/2",
        "24/7",
        "the 1990s",
        "World War II",
        "Henry VIII",
    ),
    *(
        "Chapter IV",
        "555-1234",
        "call 911",
        "6 ft.",
        "98.6°F",
        "60 mph",
        "10%-20%",
        "8/10",
        "the U.S.",
    ),
]


def _sentences(phrases: list[str]) -> st.SearchStrategy[str]:
    joints = st.sampled_from([", ", ". ", " e ", " and ", "; ", "? ", "\n", "\n\n", " (", ") "])
    pairs = st.tuples(st.sampled_from(phrases), joints)
    return st.lists(pairs, max_size=12).map(lambda found: "".join(map("".join, found)))


LANGUAGES = st.sampled_from(["pt-BR", "en-US"])


@given(TEXTS, LANGUAGES)
def test_no_mixture_raises_or_keeps_a_digit(text: str, language: str) -> None:
    said = normalise(text, language).text
    assert "None" not in said
    assert "  " not in said
    assert "\x01" not in said
    assert not set("0123456789") & set(said)


@given(_sentences(PORTUGUESE_PHRASES))
def test_portuguese_that_is_said_is_said_alike_again(text: str) -> None:
    said = normalise(text, "pt-BR").text
    assert normalise(said, "pt-BR").text == said


@given(_sentences(ENGLISH_PHRASES))
def test_english_that_is_said_is_said_alike_again(text: str) -> None:
    said = normalise(text, "en-US").text
    assert normalise(said, "en-US").text == said


@given(st.integers(1, 3999))
def test_roman_digits_have_one_value(number: int) -> None:
    assert roman_value(_written(number)) == number


@given(st.text(alphabet="IVXLCDM", min_size=1, max_size=9))
def test_roman_digits_out_of_order_have_none(written: str) -> None:
    value = roman_value(written)
    assert value is None or _written(value) == written


def _written(number: int) -> str:
    signs = (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")
    low = (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")
    written = ""
    for value, sign in (*signs, *low):
        written += sign * (number // value)
        number %= value
    return written
