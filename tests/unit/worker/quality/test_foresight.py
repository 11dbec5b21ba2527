"""What a voice says for letters is foreseen, or known to be unforeseeable."""

import pytest

from voicejob_worker.quality.foresight import foreign_letters, is_foreseeable, row_letters


@pytest.mark.parametrize(
    ("text", "language", "known"),
    [
        ("She said good morning.", "en-US", True),
        ("Rechtsschutzversicherungsgesellschaften zahlen.", "de", True),
        ("The word שלום means peace.", "en-US", False),
        ("a" * 300, "en-US", False),
        ("A wwwwww in it", "en-US", False),
        ("Rhythms", "en-US", True),
        ("Привет, как дела?", "ru", True),
        ("Привет, как дела?", "en-US", False),
        ("你好，今天天气很好，我们去公园散步吧，然后一起吃晚饭，好不好呢。", "zh-CN", True),
        ("これはペンです。", "ja", True),
        ("Сәлем, қалайсың?", "kk", True),
        ("გამარჯობა", "ka-GE", True),
        ("ওহে বিশ্ব", "bn", True),
        ("Þór og Æsir", "is", True),
        ("Nooooo!", "en", True),
        ("Brrr, it is cold.", "en", True),
        ("人々は時々角度を測る。", "ja", True),
        ("Balloon committee", "en", True),
        ("Seeelefant, Schifffahrt", "de", True),
        ("World War III", "en", True),
    ],
)
def test_what_no_one_can_foresee_is_not_foreseen(text, language, known):
    assert is_foreseeable(text, language) is known


def test_foreign_letters_are_counted():
    assert foreign_letters("שלום", "en") == 4
    assert foreign_letters("Привет", "kk") == 0
    assert foreign_letters("Hello", "ru") == 0
    assert foreign_letters("Hello", "tlh") == 0


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Hmmmm, that is odd.", 5),
        ("NOOO! Shhh.", 8),
        ("xkcdqwrt", 8),
        ("AAA, III and XXXI", 0),
        ("Schifffahrt, committee", 0),
    ],
)
def test_letters_in_rows_are_counted(text, letters):
    assert row_letters(text, "en") == letters
