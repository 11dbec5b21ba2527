"""French: what is written and what is said."""

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise

SAID = [
    # one in the gender of what it counts
    ("1 femme, 1 chien, 1 petite voiture", "une femme, un chien, une petite voiture"),
    ("41 chaises, 61 ans, 11 tables", "quarante et une chaises, soixante et un ans, onze tables"),
    ("1 sur 4, il en reste 21", "un sur quatre, il en reste vingt et un"),
    # ordinals and Roman digits
    ("le 1er, la 1re, la 2de, le 12ème", "le premier, la première, la seconde, le douzième"),
    ("au XVIIIe siècle, la Ve République", "au dix-huitième siècle, la cinquième République"),
    ("Henri IV, François Ier", "Henri quatre, François premier"),
    ("Le chat, Ce soir, De là, Vers Xi", "Le chat, Ce soir, De là, Vers Xi"),
    # dates
    ("le 1 juin 2019", "le premier juin deux mille dix-neuf"),
    ("le 02/11/2003", "le deux novembre deux mille trois"),
    ("les 3-4-5 avril, le 8/5", "les trois quatre cinq avril, le huit mai"),
    ("5 sept. 1999", "cinq septembre mille neuf cent quatre-vingt-dix-neuf"),
    # times
    ("9h15, 7 h 05, 19:40", "neuf heures quinze, sept heures cinq, dix-neuf heures quarante"),
    ("9h30-18h, 8-12h", "neuf heures trente à dix-huit heures, huit à douze heures"),
    ("1 h 20 min 6 s, lun-ven", "une heure vingt minutes six secondes, lundi à vendredi"),
    ("24 h/24 et 7 j/7", "vingt-quatre heures sur vingt-quatre et sept jours sur sept"),
    ("1h, 0h10, 21h", "une heure, zéro heure dix, vingt et une heures"),
    # money, units, fractions, decimals
    ("3,20 €, 1 €", "trois euros et vingt centimes, un euro"),
    ("9 €/mois, 7 €/kg", "neuf euros par mois, sept euros par kilogramme"),
    ("4 M€, 2 milliards €", "quatre millions d'euros, deux milliards d'euros"),
    ("16 Go, 6 mg/l", "seize gigaoctets, six milligrammes par litre"),
    ("1,5 km, 2,5 km", "un virgule cinq kilomètre, deux virgule cinq kilomètres"),
    ("18,2 milliards", "dix-huit virgule deux milliards"),
    ("3 1/2 heures, 3/4 h", "trois heures et demie, trois quarts d'heure"),
    ("18/20, 6 l/100 km", "dix-huit sur vingt, six litres aux cent kilomètres"),
    ("la 81e, la 101e", "la quatre-vingt-unième, la cent unième"),
    ("2/7, 5/8", "deux septièmes, cinq huitièmes"),
    ("3,1416, 0,05", "trois virgule quatorze seize, zéro virgule zéro cinq"),
    ("04 56 78 90 12", "zéro quatre, cinquante-six, soixante-dix-huit, quatre-vingt-dix, douze"),
    # abbreviations
    ("M. Petit, Mme Roy et Mlle Roux", "Monsieur Petit, madame Roy et mademoiselle Roux"),
    ("un drôle de drap, p. 8, env. 5", "un drôle de drap, page huit, environ cinq"),
    ("en 52 av. J.-C. déjà", "en cinquante-deux avant Jésus-Christ déjà"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), SAID)
def test_it_is_said_as_the_french_say_it(written: str, said: str) -> None:
    assert normalise(written, "fr-FR").text == said


def test_no_sentence_is_cut_after_a_title() -> None:
    said = normalise("Le Dr. Blanc et M. Noir voient Mme Brun au 5e étage.", "fr").text
    assert len(split_chunks(said, "fr", 300, 0)) == 1


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("les années 1980", "les années mille neuf cent quatre-vingt"),
        ("les années 1980-1990", "les années mille neuf cent quatre-vingt à mille neuf cent "
         "quatre-vingt-dix"),
        ("dans les années 1900", "dans les années mille neuf cent"),
        ("les années 80", "les années quatre-vingts"),
        ("les années 80s", "les années quatre-vingts"),
        ("20 années 50 jours", "vingt années cinquante jours"),
    ],
)  # fmt: skip
def test_a_decade_that_is_written_with_its_century_is_said_with_it(written: str, said: str) -> None:
    assert normalise(written, "fr-FR").text == said
