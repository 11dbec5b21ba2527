"""Abbreviations beside abbreviations, lengths in feet and inches, and scores."""

import pytest

from voicejob_worker.text.speakable import speakable


def said(language, written):
    return speakable(written, language).text


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("M. et Mme Dupont arrivent.", "Monsieur et madame Dupont arrivent."),
        ("M. le maire a dit.", "Monsieur le maire a dit."),
        ("M. de Gaulle", "Monsieur de Gaulle"),
        ("Jean M. le voit.", "Jean M. le voit."),
        ("Jean M. et Paul", "Jean M. et Paul"),
        ("au XVe s., la ville", "au quinzième siècle, la ville"),
        ("Le XIIe s. Il pleut.", "Le douzième siècle. Il pleut."),
        ("au Ier s. av. J.-C.", "au premier siècle avant Jésus-Christ."),
    ],
)
def test_french(written, spoken):
    assert said("fr-FR", written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Hr. und Fr. Müller", "Herr und Frau Müller"),
        ("Das ist z. B. i. d. R. so.", "Das ist zum Beispiel in der Regel so."),
    ],
)
def test_german(written, spoken):
    assert said("de-DE", written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("He is 6ft 2in tall.", "He is six feet two inches tall."),
        ("2in of rain in 2 days", "two inches of rain in two days"),
        ("2.5 in wide", "two point five inches wide"),
        ("5 ft 3 in front of him", "five feet three in front of him"),
        ("at 12 in London, 10 in all", "at twelve in London, ten in all"),
        ("a wall of 12'6\"", "a wall of twelve feet six inches"),
        ("I'm 5'11\".", "I'm five foot eleven."),
        ("at 1 atm, then 3 atm", "at one atmosphere, then three atmospheres"),
        ("St. and Mary", "St. and Mary"),
    ],
)
def test_english(written, spoken):
    assert said("en-US", written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("O Flamengo venceu por 3x1.", "O Flamengo venceu por três a um."),
        ("Placar: 2 x 0.", "Placar: dois a zero."),
        ("Ganhou 2x1, com gol no fim", "Ganhou dois a um, com gol no fim"),
        ("ganhou uma mesa de 2x3 m", "ganhou uma mesa de dois por três metros"),
        ("uma foto 3x4", "uma foto três por quatro"),
    ],
)
def test_portuguese(written, spoken):
    assert said("pt-BR", written) == spoken
