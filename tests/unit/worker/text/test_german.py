"""German: what is written and what is said."""

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise

SAID = [
    # ordinals in the case that stands before them
    ("im 2. Stock", "im zweiten Stock"),
    ("der 2. Weltkrieg, des 2. Weltkriegs", "der zweite Weltkrieg, des zweiten Weltkriegs"),
    ("in der 4. Etage, die 4. Etage", "in der vierten Etage, die vierte Etage"),
    ("das 7. Kapitel, mein 3. Buch", "das siebte Kapitel, mein drittes Buch"),
    ("1. Platz, 2. Liga, 3. Quartal", "erster Platz, zweite Liga, drittes Quartal"),
    ("mit 5. Platz", "mit fünftem Platz"),
    ("die 1., 2. und 3. Klasse", "die erste, zweite und dritte Klasse"),
    ("am 12. kommt er", "am zwölften kommt er"),
    ("Es waren 12. Dann kam keiner.", "Es waren zwölf. Dann kam keiner."),
    ("Sie nahm die 3. Dann ging sie.", "Sie nahm die drei. Dann ging sie."),
    ("der 5te Versuch", "der fünfte Versuch"),
    ("die 1980er, die 70er Jahre", "die neunzehnhundertachtziger, die siebziger Jahre"),
    # dates
    ("4. 7. 1986", "vierter Juli neunzehnhundertsechsundachtzig"),
    ("am 4.7.2021", "am vierten Juli zweitausendeinundzwanzig"),
    ("vom 2. bis 6. April", "vom zweiten bis sechsten April"),
    ("am 2./3. April", "am zweiten und dritten April"),
    ("am Dienstag, 9. Jan. 2024", "am Dienstag, neunten Januar zweitausendvierundzwanzig"),
    ("bis zum 31.12. Danach nicht.", "bis zum einunddreißigsten Dezember. Danach nicht."),
    ("2024-02", "Februar zweitausendvierundzwanzig"),
    # times
    ("um 7.05 Uhr, 13:00 Uhr", "um sieben Uhr fünf, dreizehn Uhr"),
    ("9:30–12:00 Uhr, 8-16 Uhr", "neun Uhr dreißig bis zwölf Uhr, acht bis sechzehn Uhr"),
    ("03:01:02 Uhr", "drei Uhr eine Minute zwei Sekunden"),
    ("1 Uhr", "ein Uhr"),
    # money, units, fractions
    ("7,- €, 12,50 €, 0,80 €", "sieben Euro, zwölf Euro fünfzig Cent, achtzig Cent"),
    ("9 €/Monat, 20 ct/kWh", "neun Euro pro Monat, zwanzig Cent pro Kilowattstunde"),
    ("3 Mrd. $, 1 Mio. Leser", "drei Milliarden Dollar, eine Million Leser"),
    ("10 CHF, 200 SEK", "zehn Franken, zweihundert schwedische Kronen"),
    ("5–7 %", "fünf bis sieben Prozent"),
    ("8 mg/l, 1 h, 1 km", "acht Milligramm pro Liter, eine Stunde, ein Kilometer"),
    ("500 MWh, 230 V", "fünfhundert Megawattstunden, zweihundertdreißig Volt"),
    ("-1.5 °C", "minus eins Komma fünf Grad Celsius"),
    ("1½ Tassen, 3/8, 5:2", "eineinhalb Tassen, drei Achtel, fünf zu zwei"),
    # one in the gender of what it counts
    ("1 Frau, 1 Mann, 1 Kind", "eine Frau, ein Mann, ein Kind"),
    ("mit 1 Katze, bei 1 Spiel", "mit einer Katze, bei einem Spiel"),
    ("Kapitel 1 Einleitung", "Kapitel eins Einleitung"),
    # abbreviations
    ("bzgl. der Frage, z. B. so, d.h. nie", "bezüglich der Frage, zum Beispiel so, das heißt nie"),
    ("i. d. R. ggf. ca. 4 Tage", "in der Regel gegebenenfalls circa vier Tage"),
    ("Dr. Berger, Bahnhofstr. 9", "Doktor Berger, Bahnhofstraße neun"),
    ("im 3. Jh. v. Chr. schon", "im dritten Jahrhundert vor Christus schon"),
    # telephones, versions
    ("Tel. 040 123456", "Telefon null vier null, eins zwei drei vier fünf sechs"),
    ("Version 2.10.3", "Version zwei Punkt zehn Punkt drei"),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_it_is_said_as_germans_say_it(written: str, said: str) -> None:
    assert normalise(written, "de-DE").text == said


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe bzgl. Ihrer Antwort, z. B. zur Lieferung, d. h. ca. 3 Tagen, noch Fragen.",
        "Der 2. Weltkrieg endete am 8. 5. 1945 in Berlin, in der 3. Etage und im 5. Stock.",
        "Prof. Dr. Weber und Fr. Lang wohnen in der Gartenstr. 12 seit dem 1. Mai.",
    ],
)
def test_no_sentence_is_cut_after_an_abbreviation_or_an_ordinal(text: str) -> None:
    assert len(split_chunks(normalise(text, "de").text, "de", 300, 0)) == 1


def test_what_ends_a_sentence_still_does() -> None:
    said = normalise("Wir kaufen Obst, Brot usw. Dann essen wir 3. Wir sind satt.", "de").text
    assert [chunk.text for chunk in split_chunks(said, "de", 300, 0)] == [
        "Wir kaufen Obst, Brot und so weiter.",
        "Dann essen wir drei.",
        "Wir sind satt.",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("vom 1.2. bis 4.3.2024", "vom ersten Februar bis vierten März zweitausendvierundzwanzig"),
        ("am Mo., 5.2., um 10 h", "am Montag, fünften Februar, um zehn Uhr"),
        ("7 l/100 km, 20 m2", "sieben Liter auf hundert Kilometer, zwanzig Quadratmeter"),
        ("Mo–Fr, Sa.-So.", "Montag bis Freitag, Samstag bis Sonntag"),
        ("½ Stunde, 1/2 Pfund", "eine halbe Stunde, ein halbes Pfund"),
        ("4,5/5, 2 x 3 m, 10⁶", "vier Komma fünf von fünf, zwei mal drei Meter, zehn hoch sechs"),
        ("x ≥ 2", "x ist größer oder gleich zwei"),
        ("8 Std. 15 Min. lang", "acht Stunden fünfzehn Minuten lang"),
        ("Es kostet 3 Mio. Dann ist Schluss.", "Es kostet drei Millionen. Dann ist Schluss."),
        ("3 Mio. Menschen um 20.15", "drei Millionen Menschen um zwanzig Uhr fünfzehn"),
        ("Version 2.0, 9/11", "Version zwei Punkt null, neun elf"),
        ("100%ig, 3-mal, 12-jährige", "einhundertprozentig, dreimal, zwölfjährige"),
        ("4K, 300 K, 12.30 h", "vier K, dreihundert Kelvin, zwölf Uhr dreißig"),
        ("Es dauert 90 Min.", "Es dauert neunzig Minuten."),
        ("Das kostet 5 €. 3 bleiben.", "Das kostet fünf Euro. Drei bleiben."),
        ("§ 7 Abs. 2", "Paragraf sieben Absatz zwei"),
        ("Friedrich II. im XX. Jahrhundert", "Friedrich der Zweite im zwanzigsten Jahrhundert"),
    ],
)  # fmt: skip
def test_letters_and_timetables_are_said(written: str, said: str) -> None:
    assert normalise(written, "de").text == said
