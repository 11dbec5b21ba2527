"""The many ways in which English writes dates, counts, codes, places and ratios."""

import time

import pytest

from voicejob_worker.text.normalise import normalise

DATES = [
    ("June 20 2014", "June twentieth twenty fourteen"),
    ("june 20 2014", "June twentieth twenty fourteen"),
    (
        "jul 25 2012, JAN. 15 2020",
        "July twenty-fifth twenty twelve, January fifteenth twenty twenty",
    ),
    ("25 july 2012", "the twenty-fifth of July twenty twelve"),
    ("22nd July 2012", "the twenty-second of July twenty twelve"),
    (
        "25 sept. He left on 5 oct. with us.",
        "the twenty-fifth of September. He left on the fifth of October with us.",
    ),
    ("Jan-15-2020", "January fifteenth, twenty twenty"),
    ("june 30", "June thirtieth"),
    ("17 may 2010, on may 5.", "the seventeenth of May twenty ten, on May fifth."),
    ("of them 5 may be late; march 5 miles", "of them five may be late; march five miles"),
    ("20-25 June 2014", "the twentieth to the twenty-fifth of June twenty fourteen"),
    ("june 1506", "June fifteen oh-six"),
    ("2016/07/03", "July third, twenty sixteen"),
    ("2016-7-3", "July third, twenty sixteen"),
    (
        "1980 s, 1980's, 1960s-80s",
        "nineteen eighties, nineteen eighties, nineteen sixties to eighties",
    ),
    ("340 A.D. was late. In 44 BC", "three forty AD was late. In forty-four BC"),
    ("AD 305 and 500 B.C. Then", "AD three oh five and five hundred BC. Then"),
    ("2Q22, 3Q 2024", "the second quarter of twenty-two, the third quarter of twenty twenty-four"),
    ("Mon–Fri 9am–5pm", "Monday to Friday nine AM to five PM"),
    ("mon-fri, Sat/Sun", "Monday to Friday, Saturday and Sunday"),
    ("Mon, Wed & Fri", "Monday, Wednesday and Friday"),
    ("Monday–Friday", "Monday to Friday"),
    ("Jan–Mar", "January to March"),
    ("The sun sat. I wed Mon Repos.", "The sun sat. I wed Mon Repos."),
]
COUNTS = [
    ("1k people and 2m readers", "one thousand people and two million readers"),
    ("3M users, 1.5bn views", "three million users, one point five billion views"),
    ("10k steps, 12.5K", "ten thousand steps, twelve point five thousand"),
    ("a 5k, a 5k run, 4K TV, 401k", "a five k, a five k run, four K TV, four oh one k"),
    ("2 m, a 2m wall, 3M makes it", "two meters, a two meter wall, three M makes it"),
    (
        "5h 30m, 1h30m, 2m 10s",
        "five hours thirty minutes, one hour thirty minutes, two minutes ten seconds",
    ),
    (
        "30m ago, wait 30m, 30m of rope",
        "thirty minutes ago, wait thirty minutes, thirty meters of rope",
    ),
    (
        "mix 3:1, a ratio of 1:10, 1:100",
        "mix three to one, a ratio of one to ten, one to one hundred",
    ),
    ("at 10:30, John 3:16", "at ten thirty, John three sixteen"),
    ("1-2=5, 2*8", "one minus two equals five, two times eight"),
    ("$.01", "one cent"),
]
CODES = [
    (
        "Beverly Hills, CA 90210-1234",
        "Beverly Hills, California nine zero two one zero, one two three four",
    ),
    ("ZIP code 90210", "ZIP code nine zero two one zero"),
    ("12 S 1st st", "twelve South first Street"),
    ("2788 San Tomas Expy", "twenty-seven eighty-eight San Tomas Expressway"),
    ("123 Smith St, City, NY", "one twenty-three Smith Street, City, New York"),
    ("It is late, OK", "It is late, OK"),
    ("my card ending in 8876", "my card ending in eight eight seven six"),
    ("your code is 123", "your code is one two three"),
    ("otp ab9453, ISO9001", "otp ab nine four five three, ISO nine zero zero one"),
    ("Expo2020 in room 12", "Expo twenty twenty in room twelve"),
    ("1-800-GO-2-HAUL", "one, eight hundred, GO, two, HAUL"),
]
LENGTHS = [
    (
        'a 27" monitor, 5" wide, 6\'2" tall',
        "a twenty-seven inch monitor, five inches wide, six foot two tall",
    ),
    ('He said "I have 5" and left', 'He said "I have five" and left'),
    ("10' x 12', 5 in. of rain", "ten feet by twelve feet, five inches of rain"),
    ("1 tsp. salt", "one teaspoon salt"),
    (
        "9.58s and 45s, in the 30s",
        "nine point five eight seconds and forty-five seconds, in the thirties",
    ),
    (
        "120/80 mmHg, BP 90/60",
        "one hundred and twenty over eighty millimeters of mercury, BP ninety over sixty",
    ),
    ("1080p, 401(k), 1,000th", "ten eighty p, four oh one k, one thousandth"),
    ("2008–09, FY2023", "two thousand and eight to two thousand and nine, FY twenty twenty-three"),
    (
        "(800) 555-0199 x123",
        "eight zero zero, five five five, zero one nine nine, extension one two three",
    ),
    ("$AAPL, $$", "AAPL, dollars dollars"),
    ("y = 3x - 5, 6 / 2 = 3", "y equals three X minus five, six divided by two equals three"),
    (
        "10x faster, 3x the size, a 4.4x return",
        "ten times faster, three times the size, a four point four X return",
    ),
    ("x += 1", "x plus equals one"),
    ("upgrade / update", "upgrade slash update"),
]
SPELLED = [
    ("spelled S. A. M., and", "spelled S. A. M., and"),
    ("S. A. M. and L. I. A. M. in full", "S. A. M. and L. I. A. M. in full"),
    ("It is P. A. M.", "It is P. A. M."),
    ("at 9 A. M. or 9 a. m.", "at nine AM or nine AM."),
    ("nine a. m. sharp", "nine AM sharp"),
    ("at 5 P. M. Then he slept", "at five PM. Then he slept"),
]
MORE = [
    ("-.5, 1 000 000", "minus point five, one million"),
    ("1900s, the 2000s", "nineteen hundreds, the two thousands"),
    ("8.30 pm, 5:05 pm est", "eight thirty PM, five oh five PM EST"),
    (
        "mon, 25 july; 2012-07; 1066 AD",
        "Monday, the twenty-fifth of July; July twenty twelve; ten sixty-six AD",
    ),
    (
        "$5 billion dollars, $-5, Rs. 500",
        "five billion dollars, minus five dollars, five hundred rupees",
    ),
    ('10 sq. ft. of land, a 1/8" bolt', "ten square feet of land, a one eighth inch bolt"),
    ("2/3rds, 3/4ths", "two thirds, three quarters"),
    ("(555) 123 4567", "five five five, one two three, four five six seven"),
    (
        "/usr/bin/env or 10.0.0.1/24",
        "slash usr slash bin slash env or one zero dot zero dot zero dot one slash twenty-four",
    ),
    ("WWII", "World War two"),
    ("a Boeing 737-800", "a Boeing seven thirty-seven eight hundred"),
]
PROSE = [
    ("Sat 3 hours; I order 5000 units", "Sat three hours; I order five thousand units"),
    (
        "order number 5021, USD5000, EUR1000",
        "order number five zero two one, five thousand dollars, one thousand euros",
    ),
    (
        "Psalm 119:105 and Genesis 1:1",
        "Psalm one hundred and nineteen one hundred and five and Genesis one one",
    ),
    ("a 100p coin, 720p", "a one hundred p coin, seven twenty p"),
    ("Mon 9am, Sat: 9-12", "Monday nine AM, Saturday: nine to twelve"),
]
CASES = [*PROSE, *MORE, *DATES, *COUNTS, *CODES, *LENGTHS, *SPELLED]


@pytest.mark.parametrize(("written", "said"), CASES)
def test_all_are_said_alike(written: str, said: str) -> None:
    assert normalise(written, "en-US").text == said


@pytest.mark.parametrize(("written", "said"), CASES)
def test_what_is_said_is_said_alike_again(written: str, said: str) -> None:
    assert normalise(said, "en-US").text == said


@pytest.mark.parametrize(
    "piece",
    [
        "5 may ",
        "Mon–",
        "Mon, ",
        "jan-",
        "5k",
        "5k ",
        "1:",
        "1:1 ",
        "CA 9",
        "12 A ",
        "S. A. ",
        "1-8",
        "a1234",
        "2Q2",
        "0s-",
        "1-800-A-",
        "5 m ",
        "1h",
        "340 A.",
        "code 1",
        "1-2",
        "A ",
    ],
)
def test_time_is_linear(piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    start = time.process_time()
    normalise(text, "en-US")
    assert time.process_time() - start < 4
