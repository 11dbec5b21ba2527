"""Line breaks of headings, lists and verses are heard, those of a wrapped paragraph are not."""

import textwrap
import time

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise

PROSE = (
    "The ferry was late again. Nobody on the pier seemed to mind; they had learned, over many "
    "winters, that the island did not care about timetables. Ada Lovelace put her bag down "
    "between her feet and counted the gulls with Mary Poppins of London on a bollard near the "
    "Thames in May and June (she was born on May 12. Then came a war), and she thought of home."
)
GERMAN_PROSE = (
    "Die Fähre war wieder zu spät. Niemand am Ufer schien Anstoß daran zu nehmen; man hatte in "
    "vielen Wintern gelernt, dass die Insel keinen Wert auf Fahrpläne legt. Ada stellte die "
    "Tasche zwischen ihre Füße und zählte die Möwen am Himmel über dem Wasser der Bucht."
)


def _paragraphs(text: str, language: str = "en-US") -> list[str]:
    return normalise(text, language).text.split("\n\n")


@pytest.mark.parametrize("width", [25, 34, 40, 60, 72, 79, 100])
@pytest.mark.parametrize(("prose", "language"), [(PROSE, "en-US"), (GERMAN_PROSE, "de-DE")])
def test_a_wrapped_paragraph_is_one_whatever_it_was_wrapped_at(prose, language, width) -> None:
    wrapped = textwrap.fill(prose, width)
    assert normalise(wrapped, language).text == normalise(prose, language).text


def test_lines_that_are_not_filled_as_far_as_they_could_be_are_wrapped_all_the_same() -> None:
    lines = [
        "When the rain had stopped at last, all of them went to the old house in",
        "which the family of the engineer had lived since they left",
        "London in the year of the war, and which nobody had seen since.",
    ]
    assert len(_paragraphs("\n".join(lines))) == 1


@pytest.mark.parametrize(
    ("written", "paragraphs"),
    [
        (
            "Chapter One\nThe Harbour\nIt was raining.",
            ["Chapter One", "The Harbour", "It was raining."],
        ),
        ("We want:\nApple\nBanana\nCherry", ["We want:", "Apple", "Banana", "Cherry"]),
        ("apples\npears\nplums", ["apples", "pears", "plums"]),
        ("1. one\n2. two\n3. three", ["one, one", "two, two", "three, three"]),
        ("1) one\n2) two", ["one, one", "two, two"]),
        ("a) milk\nb) eggs", ["a, milk", "b, eggs"]),
        ("(1) milk\n(2) eggs", ["one, milk", "two, eggs"]),
        ("1. milk\n\n2. eggs", ["one, milk", "two, eggs"]),
        ("1. milk\n1. eggs", ["one, milk", "one, eggs"]),
        ("9. nine\n10. ten\n11. eleven", ["nine, nine", "ten, ten", "eleven, eleven"]),
        ("- milk\n* eggs\n+ bread\n• salt", ["milk", "eggs", "bread", "salt"]),
        ("- [x] Buy milk\n- [ ] Call Mum\n[X] Rest", ["Buy milk", "Call Mum", "Rest"]),
        ("1. [ ] Buy milk\n2. [x] Rest", ["one, Buy milk", "two, Rest"]),
        ("### Results\nThe run is done.", ["Results", "The run is done."]),
        ("## Results ##\nit is done", ["Results", "it is done"]),
        ("**Results**\nit is done", ["Results", "it is done"]),
        ("Results\n=======\nit is done", ["Results", "it is done"]),
        ("It ends here\n---\nand begins", ["It ends here", "and begins"]),
        (
            "One.\n* * *\nTwo.\n_____\nThree.\n~~~~~\n***\nFour.",
            ["One.", "Two.", "Three.", "Four."],
        ),
        ("> she said that\n> it was late", ["she said that it was late"]),
        ("Roses are red\nViolets are blue", ["Roses are red", "Violets are blue"]),
        ("I was going to tell you\nthat I love you.", ["I was going to tell you that I love you."]),
        ("Best regards,\nJohn", ["Best regards, John"]),
        ("| name | count |\n|------|-------|\n| a | 2 |", ["name, count", "a, two"]),
        (
            "- An item that goes on\n  in the next line\n- milk",
            ["An item that goes on in the next line", "milk"],
        ),
        (f"The Harbour\n{PROSE[:90]}", ["The Harbour", PROSE[:90].strip()]),
        (
            "Ingredients\n2 cups flour\n1/2 tsp. salt\n3 eggs",
            ["Ingredients", "two cups flour", "half a teaspoon salt", "three eggs"],
        ),
        ("THE RAVEN\nby Edgar Allan Poe", ["THE RAVEN", "by Edgar Allan Poe"]),
        ("=== Chapter 2 ===\nit was late", ["Chapter two", "it was late"]),
        ("I. Milk\nII. Eggs\nIII. Bread", ["one, Milk", "two, Eggs", "three, Bread"]),
        ("h) Milk\ni) Eggs\nj) Bread", ["h, Milk", "i, Eggs", "j, Bread"]),
        ("of lore—\nWhile I nodded", ["of lore, While I nodded"]),
        ("#1 of all #fun", ["number one of all hashtag fun"]),
        ("3 eggs\n2 apples\nMilk\nSalt", ["three eggs", "two apples", "Milk", "Salt"]),
    ],
)
def test_lines_of_their_own_are_paragraphs(written: str, paragraphs: list[str]) -> None:
    assert _paragraphs(written) == paragraphs


def test_a_number_that_a_line_happens_to_begin_with_is_no_item() -> None:
    text = "They met in the capital of the north, which was built in\n1999. Nobody came."
    assert len(_paragraphs(text)) == 1
    assert _paragraphs("They met there in May, on the\n12. Nobody came.") == [
        "They met there in May, on the twelve. Nobody came."
    ]


@pytest.mark.parametrize(
    ("language", "written", "paragraphs"),
    [
        ("zh", "第一章\n港口\n船进来的时候天正在下着很大的雨。", 3),
        (
            "zh",
            "今天天气很好我们去公园散步然后回家吃饭\n今天天气很好。",
            1,
        ),
        ("pt-BR", "Capítulo um\nO porto\nChovia quando o barco chegou ao cais.", 3),
        ("ar", "الفصل الأول\nكان المطر ينزل بغزارة عندما وصل القارب إلى الميناء القديم.", 2),
        ("de", "1. Äpfel\n2. Birnen", 2),
    ],
)
def test_it_is_so_in_every_script(language: str, written: str, paragraphs: int) -> None:
    assert len(_paragraphs(written, language)) == paragraphs


def test_headings_and_items_are_sentences_of_their_own() -> None:
    text = normalise("Shopping list\nMilk and two eggs\nBread of the baker", "en-US").text
    (chunk,) = split_chunks(text, "en-US", 300, 250)
    assert chunk.text == "Shopping list. Milk and two eggs. Bread of the baker"


@pytest.mark.parametrize(
    "piece",
    [
        "1. \n",
        "1. a\n",
        "- ",
        "a\n",
        "A\n",
        "# ",
        "| ",
        "|\n",
        "**a",
        "> ",
        "---\n",
        "(1) a\n",
        "[ ] ",
    ],
)
def test_time_is_linear(piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    start = time.process_time()
    normalise(text, "en-US")
    assert time.process_time() - start < 3
