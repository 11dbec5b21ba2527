"""Passages to chunks: manners, pauses that were asked for, chapters, pronunciations."""

import pytest

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.text.chunks import CLAUSE_PAUSE, PARAGRAPH_PAUSE, SENTENCE_PAUSE, WORD_PAUSE
from voicejob_worker.text.passages import Manner, Passage, Pronunciation, Script
from voicejob_worker.text.plan import Lengths, plan_chunks
from voicejob_worker.text.speakable import at_pitch, speakable_script

ANA, RUI = Manner(voice="ana"), Manner(voice="rui")
LONG = Lengths(400, 300)


def planned(*passages, lengths=LONG, language="en-US", pronunciations=None):
    script = speakable_script(Script(passages, pronunciations=pronunciations or {}), language)
    return plan_chunks(
        script.passages, language, lambda _: lengths, pronunciations=script.pronunciations
    )


def test_paragraphs_that_nothing_sets_apart_share_a_chunk():
    (chunk,) = planned(Passage("The boat came in."), Passage("It was raining."))
    assert chunk.text == "The boat came in. It was raining."
    assert chunk.sentences[0].ends_paragraph


def test_a_chunk_is_said_in_one_manner():
    chunks = planned(
        Passage("Good morning to you all.", ANA),
        Passage("And how was the journey?", RUI),
        Passage("It was long, and it rained.", RUI),
        Passage("I am glad that you are here.", ANA),
    )
    assert [chunk.manner.voice for chunk in chunks] == ["ana", "rui", "ana"]
    assert [chunk.pause_after() for chunk in chunks] == [PARAGRAPH_PAUSE, PARAGRAPH_PAUSE, 0.0]


def test_a_pause_that_was_asked_for_is_as_long_at_any_speed():
    first, second = planned(
        Passage("Wait for the signal", pause_after=2.0, ends_paragraph=False),
        Passage("and then begin to walk."),
    )
    assert (first.pause_after(), first.pause_after(2.0)) == (2.0, 2.0)
    assert not first.sentences[-1].ends_paragraph, "no full stop is put where a pause was asked for"
    assert second.pause_after() == 0.0


def test_a_pause_after_the_last_word_stays():
    *_, last = planned(Passage("That was all of it for today.", pause_after=3.0))
    assert last.pause_after() == 3.0


def test_a_pause_without_words_is_added_to_the_one_before():
    first, _ = planned(
        Passage("The first of the two lines.", pause_after=1.0),
        Passage(" — ", pause_after=0.5),
        Passage("The second of the two lines."),
    )
    assert first.pause_after() == 1.5


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("He said it loudly", WORD_PAUSE),
        ("He said it loudly,", CLAUSE_PAUSE),
        ("He said it loudly.", SENTENCE_PAUSE),
    ],
)
def test_a_manner_that_changes_within_a_paragraph_makes_no_paragraph(text, pause):
    first, _ = planned(Passage(text, ends_paragraph=False), Passage("and then she left.", ANA))
    assert first.pause_after() == pause


def test_a_chapter_begins_with_a_chunk_even_if_its_title_is_not_speech():
    chunks = planned(
        Passage("The end of what came before."),
        Passage("* * *", chapter="One"),
        Passage("It was raining when the boat came in."),
        Passage("Nobody had seen it."),
    )
    assert [chunk.chapter for chunk in chunks] == [None, "One"]
    assert chunks[1].text == "It was raining when the boat came in. Nobody had seen it."


def test_what_is_to_be_louder_makes_the_others_softer():
    chunks = planned(
        Passage("He said it as he always did."),
        Passage("But then he shouted it.", Manner(volume=6.0)),
        Passage("And then he whispered it.", Manner(volume=-6.0)),
    )
    assert [chunk.manner.volume for chunk in chunks] == [-6.0, 0.0, -12.0]
    (chunk,) = planned(Passage("She whispered it.", Manner(volume=-6.0)))
    assert chunk.manner.volume == -6.0


def test_each_passage_is_normalised_in_its_own_language():
    chunks = planned(
        Passage("It is 3 o'clock now.", ends_paragraph=False),
        Passage("São 3 horas agora.", Manner(language="pt-BR")),
    )
    assert "three" in chunks[0].text
    assert "três" in chunks[1].text


def test_each_voice_has_its_own_lengths():
    text = "One sentence is here. Another sentence is here. A third sentence is here."
    lengths = {"ana": Lengths(400, 0), "rui": LONG}
    script = speakable_script(Script((Passage(text, ANA), Passage(text, RUI))), "en-US")
    chunks = plan_chunks(script.passages, "en-US", lambda manner: lengths[manner.voice])
    assert [chunk.manner.voice for chunk in chunks] == ["ana", "ana", "ana", "rui"]


def test_a_pronunciation_is_said_by_its_phonemes_and_shown_as_it_is_written():
    sign = "\ue000"
    (chunk,) = planned(
        Passage(f"A {sign} is a fruit, said 2 of them."),
        pronunciations={sign: Pronunciation("tomato", "təˈmɑːtəʊ")},
    )
    assert chunk.text == "A tomato is a fruit, said two of them."
    assert chunk.phonetic == "A [[təˈmɑːtəʊ]] is a fruit, said two of them."
    assert planned(Passage("A plain sentence."))[0].phonetic == ""


def test_private_signs_that_stand_for_nothing_are_dropped():
    (chunk,) = planned(
        Passage("A \ue000 and a \ue001 in a line."),
        pronunciations={"\ue000": Pronunciation("pear", "pɛː")},
    )
    assert chunk.text == "A pear and a in a line."
    (chunk,) = planned(Passage("A \ue000 and a line."))
    assert chunk.text == "A and a line."


def test_a_script_without_a_word_is_refused():
    with pytest.raises(InvalidInputError, match="nothing to speak"):
        speakable_script(Script((Passage("* * *", pause_after=1.0), Passage("🎉"))), "en-US")


def test_all_of_a_text_may_be_higher():
    script = Script((Passage("One."), Passage("Two.", Manner(pitch=-1.0))))
    assert [one.manner.pitch for one in at_pitch(script, 2.0).passages] == [2.0, 1.0]
    assert at_pitch(script, 0.0) is script
