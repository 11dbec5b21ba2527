"""Items of files: read, or refused by their line and never by their words."""

import pytest

from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.inputs.item_texts import read_items
from voicejob_worker.markup.options import MarkupOptions

OPTIONS = MarkupOptions(voices=frozenset({"Ana"}), max_characters=50_000)


def items(source, text_format=TextFormat.CSV, options=OPTIONS):
    content = source if isinstance(source, bytes) else source.encode()
    return read_items(content, text_format, options)


def told(source, text_format=TextFormat.CSV, options=OPTIONS):
    with pytest.raises(InvalidInputError) as caught:
        items(source, text_format, options)
    assert "zebra" not in caught.value.message
    return caught.value.message


def test_csv_has_a_header_and_quotes_where_they_are_needed():
    found = items(
        '\ufeffid,text,voice,language\r\na,"One, ""two""\nthree.",ana,pt-BR\r\n\r\nb,Four.,,\r\n'
    )
    assert [
        (one.id, passage.text, one.manner.voice, one.manner.language)
        for one, passage in zip(found.items, found.passages, strict=True)
    ] == [
        ("a", 'One, "two"\nthree.', "Ana", "pt-BR"),
        ("b", "Four.", "", ""),
    ]
    assert [passage.item for passage in found.passages] == [0, 1]


@pytest.mark.parametrize(
    "source",
    [
        "id;text\na;One, two.\nb;Three.\n",
        "id;text\ra;One, two.\rb;Three.\r",
        '"ID";"Text"\r\n"a";"One, two."\r\nb;Three.\r\n;\r\n',
        "id\ttext\na\tOne, two.\nb\tThree.\n\t\n",
        'text;voice;id\n"One, two.";;a\nThree.;;b\n;;\n',
        "\ufeffsep=;\r\nid;text\r\na;One, two.\r\nb;Three.\r\n",
        '"SEP=\t"\nid\ttext\na\tOne, two.\nb\tThree.\n',
        "sep=|\rid|text\ra|One, two.\rb|Three.",
        'sep=,\nid,text\na,"One, two."\nb,Three.\n',
    ],
)
def test_spreadsheets_write_semicolons_tabs_and_empty_rows(source):
    found = items(source)
    assert [
        (one.id, passage.text) for one, passage in zip(found.items, found.passages, strict=True)
    ] == [
        ("a", "One, two."),
        ("b", "Three."),
    ]


def test_signs_that_stand_for_phonemes_are_none_of_an_items():
    found = items("id,text\na,One\ue000 two.\n")
    assert [passage.text for passage in found.passages] == ["One two."]


def test_ids_that_differ_by_case_alone_are_noted():
    (note,) = items("id,text\na,One.\nB,Two.\nA,Three.\nb,Four.\n").notes
    assert note.startswith("2 of the 4 ids differ from others by their case alone")
    assert items("id,text\na,One.\nB,Two.\n").notes == ()


def test_lines_of_json_are_objects():
    found = items(
        '{"id": "a", "text": "One."}\n\n{"text": "Two.", "id": "b"}', TextFormat.JSON_LINES
    )
    assert [one.id for one in found.items] == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("", ("line 1", "header")),
        ("name,text\na,zebra", ("line 1", "id and text")),
        ("id,text\n", ("no items",)),
        ("id,text\na,zebra\na,zebra", ("line 3", "line 2")),
        ("id,text\n../x,zebra", ("line 2", "name of a file")),
        ("id,text\n.x,zebra", ("line 2", "name of a file")),
        ("id,text\n..,zebra", ("line 2", "name of a file")),
        ("id,text\na/../../b,zebra", ("line 2", "name of a file")),
        ("id,text\na//b,zebra", ("line 2", "name of a file")),
        ("id,text\na\\..\\b,zebra", ("line 2", "name of a file")),
        ("id,text\na%2F..%2Fb,zebra", ("line 2", "name of a file")),
        ("id,text\na\u2215b,zebra", ("line 2", "name of a file")),
        ("id,text\na,", ("line 2", "text is empty")),
        ("id,text\na,zebra,zebra", ("line 2", "3 fields")),
        ('id,text\na,"zebra', ("not CSV",)),
        ("id,text,voice\na,zebra,Bob", ("line 2", "Ana")),
        ("id,text,language\na,zebra,english", ("line 2", "BCP 47")),
        ("id,text,language\na,zebra,en-US" + "-abcdefgh" * 4, ("line 2", "at most 35 characters")),
        (f"id,text\na,{'zebra ' * 4000}", ("line 2", "20000 at most")),
        (f"id,text\na,{'zebra ' * 200_000}", ("line 2", "20000 at most")),
        (b"id,text\na,zebr\xe1", ("not UTF-8",)),
        ("id,text\na,zebra".encode("utf-16"), ("UTF-16", "CSV UTF-8")),
        (b"PK\x03\x04zebra", ("zip", "CSV UTF-8")),
        ("id;text\na;zebra;zebra", ("line 2", "3 fields", "semicolons")),
        ("sep=|\nid|text\na|zebra|zebra", ("line 3", "3 fields", "with | between quotes")),
        ("sep=;\nid,text\na,zebra", ("line 2", "such as: id;text")),
        ("sep=;", ("line 2", "such as: id;text")),
        ("sep=\nid,text\na,zebra", ("line 1", "such as: id,text")),
        ("sep=;;\nid;text\na;zebra", ("line 1", "a header with id and text")),
        ('id,text\na,"zebra\nb,zebra\n' + "c,zebra\n" * 9, ("line 2", "not CSV", "quote")),
        (
            "id,text\n" + "\n".join(f"a{n},{'zebra ' * 3000}" for n in range(20)),
            ("limit is 200000", "4 times worker.maxCharacters"),
        ),
    ],
)
def test_a_fault_of_csv_is_told_by_its_line(source, parts):
    message = told(source)
    assert all(part in message for part in parts), message


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ('{"id": "a", "text": "zebra"}\nzebra', ("line 2", "JSON object")),
        ('["a"]', ("line 1", "JSON array", "an object a line")),
        ('\n [\n{"id": "a", "text": "zebra"}\n]', ("JSON array",)),
        ('{"id": "a", "text": "zebra"},\n{}', ("line 1", "comma")),
        ('{"id": 7, "text": "zebra"}', ("line 1", "id is not a string")),
        ('{"id": "a", "words": "zebra"}', ("line 1", "not known")),
        ("[" * 100_000, ("line 1", "JSON array")),
    ],
)
def test_a_fault_of_json_is_told_by_its_line(source, parts):
    message = told(source, TextFormat.JSON_LINES)
    assert all(part in message for part in parts), message


def test_all_items_together_may_be_longer_than_one_text():
    """Ten thousand lines are more than a book, and what is spoken of them stays spoken."""
    lines = "\n".join(f"{number},{'word ' * 13}zebra" for number in range(10_000))
    options = MarkupOptions(max_characters=len(lines) // 3)
    assert len(items(f"id,text\n{lines}", options=options).items) == 10_000
    message = told(f"id,text\n{lines}", options=MarkupOptions(max_characters=100_000))
    assert "the items have 700000 characters together" in message
    assert "limit is 400000, 4 times worker.maxCharacters" in message
