"""American English as a newsreader says it."""

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise

NUMBERS = [
    ("1,000,000 and 2.5 million", "one million and two point five million"),
    ("-3, 0.5", "minus three, zero point five"),
    ("1/2, 3/8, 2 1/2", "one half, three eighths, two and one half"),
    ("8/10", "eight out of ten"),
    ("24/7 since 9/11", "twenty-four seven since nine eleven"),
    ("10%-20%", "ten to twenty percent"),
    ("2019–2023", "twenty nineteen to twenty twenty-three"),
    ("the 1990s, the '80s", "the nineteen nineties, the eighties"),
    ("1st, 22nd, 103rd", "first, twenty-second, one hundred and third"),
    ("10x faster", "ten times faster"),
    ("No. 7", "number seven"),
    ("I like No. 7, nos. 3 and 4", "I like number seven, numbers three and four"),
    ("§ 5", "section five"),
]
MONEY = [
    ("$5.2 million", "five point two million dollars"),
    ("$0.99", "ninety-nine cents"),
    ("$10-20", "ten to twenty dollars"),
    ("$5/hour", "five dollars per hour"),
    ("US$ 3 and €1", "three dollars and one euro"),
    ("$1,000,000", "one million dollars"),
]
DATES = [
    ("Jan. 5th", "January fifth"),
    ("on Dec. 25", "on December twenty-fifth"),
    ("Sept. 11, 2001", "September eleventh, two thousand and one"),
    ("July 4, 1776", "July fourth, seventeen seventy-six"),
    ("May 5-7", "May fifth to seventh"),
    ("Mon., Jan. 5", "Monday, January fifth"),
    ("5 January 2024", "the fifth of January twenty twenty-four"),
    ("the 5th of May", "the fifth of May"),
    ("12/25/2025", "December twenty-fifth, twenty twenty-five"),
    ("12/25/25", "December twenty-fifth, twenty twenty-five"),
    ("2025-12-25", "December twenty-fifth, twenty twenty-five"),
    ("12/2025", "December twenty twenty-five"),
]
TIMES = [
    ("3:05 pm", "three oh five PM"),
    ("at 9am", "at nine AM"),
    ("at 5 p.m. The end", "at five PM. The end"),
    ("at 5 p.m. Monday", "at five PM Monday"),
    ("9 AM–5 PM", "nine AM to five PM"),
    ("at 12:00 p.m.", "at twelve PM."),
    ("3:00", "three o'clock"),
    ("14:30:05", "fourteen hours, thirty minutes and five seconds"),
    ("at 14:30:05", "at fourteen thirty and five seconds"),
    (
        "from 9:00:30 to 10:00:30",
        "from nine o'clock and thirty seconds to ten o'clock and thirty seconds",
    ),
    ("10:00:00 p.m.", "ten hours, zero minutes and zero seconds PM."),
]
UNITS = [
    ("60 mph, 6 ft, 12 oz", "sixty miles per hour, six feet, twelve ounces"),
    ("5 lbs and 1 lb", "five pounds and one pound"),
    ("98.6°F, 1 °C", "ninety-eight point six degrees Fahrenheit, one degree Celsius"),
    ("100 kWh", "one hundred kilowatt hours"),
    ("6'2\" tall", "six foot two tall"),
    ("in km/h", "in kilometers per hour"),
    ("5 min. later", "five minutes later"),
]
ABBREVIATIONS = [
    ("Mr. Smith and Mrs. Jones", "Mister Smith and Missus Jones"),
    ("Dr. Brown, Prof. Lee", "Doctor Brown, Professor Lee"),
    ("I saw the Dr.", "I saw the Doctor."),
    ("Main St. is near St. Louis", "Main Street is near Saint Louis"),
    ("Visit St. Louis", "Visit Saint Louis"),
    ("on 42nd St.", "on forty-second Street."),
    ("Mulholland Dr. is long", "Mulholland Drive is long"),
    ("Dear Dr. Smith", "Dear Doctor Smith"),
    ("Fifth Ave. and Sunset Blvd.", "Fifth Avenue and Sunset Boulevard."),
    ("vol. 2, pp. 12-14, ch. IV", "volume two, pages twelve to fourteen, chapter four"),
    ("e.g. this, i.e. that", "for example this, that is that"),
    ("salt, etc. Then stir.", "salt, et cetera. Then stir."),
    ("salt etc. and stir", "salt et cetera and stir"),
    ("cats vs. dogs", "cats versus dogs"),
    ("King Jr. spoke", "King Junior spoke"),
    ("Acme, Inc. fell. Smith & Co. rose", "Acme, Incorporated fell. Smith and Company rose"),
    ("Lt. Col. Smith, Gen. Lee", "Lieutenant Colonel Smith, General Lee"),
    ("Mt. Everest, Ft. Worth", "Mount Everest, Fort Worth"),
    ("w/ milk, w/o sugar", "with milk, without sugar"),
    ("approx. 5 people", "approximately five people"),
    ("Smith et al. said", "Smith et al said"),
    ("state of the art. I think", "state of the art. I think"),
    ("He said no. Then he left", "He said no. Then he left"),
    ("the U.S. Army, NASA", "the U.S. Army, NASA"),
]
ROMAN = [
    ("World War II", "World War two"),
    ("Henry VIII's wives", "Henry the eighth's wives"),
    ("Elizabeth I.", "Elizabeth the first."),
    ("King Charles III", "King Charles the third"),
    ("Pope John Paul II", "Pope John Paul the second"),
    ("Chapter IV, Part I", "Chapter four, Part one"),
    ("Super Bowl LVIII", "Super Bowl fifty-eight"),
    ("Rocky IV", "Rocky four"),
    ("the part I like, Henry I think", "the part I like, Henry I think"),
    ("Vitamin C, Malcolm X, Plan D", "Vitamin C, Malcolm X, Plan D"),
    ("Act II, Scene I and II", "Act two, Scene one and two"),
]
IDENTIFIERS = [
    ("555-1234", "five five five, one two three four"),
    ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ("call 911", "call nine one one"),
    ("200-1000 people", "two hundred to one thousand people"),
    ("4111 1111 1111 1111", "four one one one" + ", one one one one" * 3),
]
TABLES = {
    "numbers": NUMBERS,
    "money": MONEY,
    "dates": DATES,
    "times": TIMES,
    "units": UNITS,
    "abbreviations": ABBREVIATIONS,
    "roman": ROMAN,
    "identifiers": IDENTIFIERS,
}
CASES = [pytest.param(*pair, id=f"{kind}: {pair[0]}") for kind in TABLES for pair in TABLES[kind]]


@pytest.mark.parametrize(("written", "said"), CASES)
def test_it_is_said_as_a_newsreader_says_it(written: str, said: str) -> None:
    assert normalise(written, "en-US").text == said


@pytest.mark.parametrize(("written", "said"), CASES)
def test_what_is_said_is_said_alike_again(written: str, said: str) -> None:
    assert normalise(said, "en-US").text == said


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith lives on Main St. in St. Louis. He paid No. 7 in full at 5 p.m. Monday.", 2),
        ("We left for the station at 5 p.m. The train to Boston came at once.", 2),
        ("We bought salt, pepper, etc. and then we all went home together.", 1),
        ("Henry VIII had six wives. World War II ended in Sept. 1945 in Tokyo Bay.", 2),
    ],
)
def test_expanded_abbreviations_do_not_break_sentences(text: str, sentences: int) -> None:
    chunks = split_chunks(normalise(text, "en-US").text, "en-US", 300, 0)
    assert len(chunks) == sentences
