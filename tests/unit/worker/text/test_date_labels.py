"""Behind a word for dates and a colon a day is no fraction."""

import pytest

from voicejob_worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en-US", "Due date: 4/5", "Due date: April fifth"),
        ("en-US", "Release date: 12/25.", "Release date: December twenty-fifth."),
        ("en-GB", "Deadline: 4/5", "Deadline: the fourth of May"),
        ("en-GB", "Date: 12/25", "Date: the twenty-fifth of December"),
        ("pt-BR", "Prazo: 4/5", "Prazo: quatro de maio"),
        ("es-ES", "Fecha límite de entrega: 4/5", "Fecha límite de entrega: cuatro de mayo"),
        ("es-ES", "Fechas: 25/12-31/12",
         "Fechas: veinticinco de diciembre a treinta y uno de diciembre"),
        ("fr-FR", "Date limite : 1/5", "Date limite : premier mai"),
        ("it-IT", "Scadenza: 25/12", "Scadenza: venticinque dicembre"),
        ("de-DE", "Abgabetermin: 4/5", "Abgabetermin: vierter Mai"),
        ("sv-SE", "Slutdatum: 4/5", "Slutdatum: fjärde maj"),
        ("hu-HU", "Dátum: 12/25", "Dátum: december huszonötödike"),
        # Shares, marks and what only ends as such a word does:
        ("en-US", "Update: 1/2 done, score: 4/5", "Update: one half done, score: four fifths"),
        ("en-US", "Due: 2/3 of the rent", "Due: two thirds of the rent"),
        ("es-ES", "Plazo: 1/2 hora", "Plazo: media hora"),
        ("es-ES", "Fecha: 45/50", "Fecha: cuarenta y cinco cincuentavos"),
        ("pt-BR", "Nota: 4/5", "Nota: quatro quintos"),
        ("de-DE", "Termin: 1/2 Stunde", "Termin: eine halbe Stunde"),
        ("fr-FR", "Note : 15/20", "Note : quinze sur vingt"),
    ],
)  # fmt: skip
def test_a_labelled_day(language: str, written: str, said: str) -> None:
    assert normalise(written, language).text == said
