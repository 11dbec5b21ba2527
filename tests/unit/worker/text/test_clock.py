"""Times of twelve hours, in every language."""

import pytest

from voicejob_worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ar", "الساعة الثانية والنصف مساء"),
        ("de", "vierzehn Uhr dreißig"),
        ("en", "two thirty PM"),
        ("es", "dos y media de la tarde"),
        ("fr", "quatorze heures trente"),
        ("hi", "दोपहर ढाई बजे"),
        ("hu", "tizennégy óra harminc perc"),
        ("it", "quattordici e trenta minuti"),
        ("ja", "十四時三十分"),
        ("pt", "catorze horas e trinta"),
        ("ru", "четырнадцать часов и тридцать минут"),
        ("sv", "fjorton trettio"),
        ("zh", "两点三十分 pm"),
    ],
)
@pytest.mark.parametrize("written", ["2:30pm", "2:30 pm"])
def test_the_half_of_the_day_is_said_or_counted_in(language, said, written):
    assert normalise(written, language).text == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Kl 12:05 a.m. kom han.", "Klockan noll noll fem kom han."),
        ("Kl 12:30 p.m. Sedan", "Klockan tolv trettio. Sedan"),
        ("13:30 pm", "tretton trettio pm"),
    ],
)
def test_midnight_is_nought_and_a_sentence_keeps_its_end(written, said):
    assert normalise(written, "sv").text == said
