"""What a text should take, in several languages and scripts."""

import pytest

from voicejob_worker.quality.duration import expect, pace_of, syllables


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("The table was late again", "en", 7),
        ("A NASA engineer", "en", 8),
        ("O coração não tem razão", "pt", 8),
        ("Ça a été très agréable", "fr", 8),
        ("Straßenbahnhaltestelle", "de", 7),
        ("Привет, как дела", "ru", 5),
        ("万人敬仰的太乙真人", "zh", 9),
        ("ひらがな", "ja", 4),
        ("日本", "ja", 4),
        ("안녕하세요", "ko", 5),
        ("Hmm", "en", 3),
        ("2024", "xx", 6.8),
        ("—", "en", 0),
    ],
)
def test_syllables_are_counted_by_script(text, language, count):
    assert syllables(text, language) == pytest.approx(count, abs=1.01 if count else 0)


def test_a_portuguese_sentence_takes_what_a_speaker_takes():
    text = "O navio saiu do porto às sete da manhã, e ninguém olhou para trás."
    assert 3.0 < expect(text, "pt-BR").seconds() < 5.5


def test_a_sign_of_pause_takes_time():
    assert expect("One, two, three.", "en").parts == (1.0, 1.0, 1.0)
    assert expect("One, two, three.", "en").seconds() > expect("One two three.", "en").seconds()


def test_speed_and_pace_stretch_the_time():
    usual = expect("The meeting starts at nine.", "en").seconds()
    assert expect("The meeting starts at nine.", "en", speed=2.0).seconds() < 0.6 * usual
    assert expect("The meeting starts at nine.", "en", speed=0.5).seconds() > 1.7 * usual
    assert expect("The meeting starts at nine.", "en", pace=1.5).seconds() == 1.5 * usual


def test_a_recording_tells_the_voices_pace():
    text = "Some call me nature, others call me mother nature."
    usual = expect(text, "en").seconds()
    assert pace_of(text, "en", 1.3 * usual) == pytest.approx(1.3)
    assert pace_of(text, "en", 100.0) == 2.5
    assert pace_of("", "en", 0.0) == 0.6


def test_a_foreign_letter_may_take_no_time_or_much():
    plain, foreign = (
        expect("The word means peace.", "en"),
        expect("The word שלום means peace.", "en"),
    )
    assert foreign.min_seconds() == pytest.approx(plain.min_seconds())
    assert foreign.max_seconds() > plain.seconds() + 4.0
    assert plain.min_seconds() == pytest.approx(plain.seconds() - 0.08)  # a drawn-out end
    assert plain.seconds() == plain.max_seconds()


def test_what_is_not_said_needs_no_pauses_either():
    assert expect("שלום, שלום, שלום, yes.", "en").min_seconds() == pytest.approx(
        expect("yes.", "en").min_seconds()
    )


def test_a_foreign_letter_in_a_row_of_signs_casts_doubt_on_itself_alone():
    angle = expect("角度αは九十度であることがわかっています。", "ja")
    assert angle.min_seconds() > 0.85 * angle.seconds()


def test_a_row_of_letters_may_be_spelled():
    row = expect("xkcdqwrt", "en")
    assert row.max_seconds() > 2 * row.seconds() > 2 * row.min_seconds()
