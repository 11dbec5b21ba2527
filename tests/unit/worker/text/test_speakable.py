"""What could not be put into words is told, by language, and never quoted."""

from voicejob_worker.text.passages import MAX_PAUSE, Manner, Passage, Script
from voicejob_worker.text.speakable import speakable_script


def notes(*texts: str, language: str) -> tuple[str, ...]:
    return speakable_script(Script(tuple(map(Passage, texts))), language).notes


def test_numbers_that_the_language_has_no_words_for_are_counted():
    (note,) = notes("Ο αριθμός 25 και ο 1.234.", "Το 7.", language="el-GR")
    assert note.startswith("4 numbers stayed digits, for no words of el-GR are known")
    assert "25" not in note


def test_one_number_is_one():
    (note,) = notes("Ο αριθμός 25.", language="el")
    assert note.startswith("1 number stayed digits")


def test_languages_that_say_their_numbers_have_no_note():
    for language in ("en-US", "zh-CN", "ja", "ru", "hi", "ar", "ko", "tr"):
        assert notes("25, 1999 & 3.5", language=language) == ()


def test_a_passage_in_another_language_is_told_by_its_own():
    greek = Passage("Το 7.", Manner(language="el"))
    script = Script((Passage("The 7."), greek))
    (note,) = speakable_script(script, "en").notes
    assert "no words of el are known" in note


def test_another_language_than_the_text_tells_of_itself_is_told():
    def told(language):
        return speakable_script(Script((Passage("One."),), language=language), "en-US").notes

    (note,) = told("de-DE")
    assert "in de-DE" in note
    assert "read as en-US" in note
    assert told("en-GB") == told("EN") == told("") == ()


def test_pauses_around_what_is_not_said_add_up_to_the_longest():
    passages = [Passage(text, pause_after=7.0) for text in ("One.", "!!!", "???")]
    (kept, _) = speakable_script(Script((*passages, Passage("Two."))), "en").passages
    assert kept.pause_after == MAX_PAUSE
    (kept, _) = speakable_script(
        Script((passages[1], *passages[:1], Passage("Two."))), "en"
    ).passages
    assert kept.pause_after == 7.0
