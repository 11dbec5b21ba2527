"""Italian: what is written and what is said."""

import pytest

from voicejob_worker.text.normalise import normalise

SAID = [
    # one before its noun
    ("1 strada, 1 ora, 1 sedia", "una strada, un'ora, una sedia"),
    ("1 studente, 1 zero, 1 gatto", "uno studente, uno zero, un gatto"),
    ("2 000 000", "due milioni"),
    ("31 giorni, 21 persone, 1 su 3", "trentuno giorni, ventuno persone, uno su tre"),
    # ordinals and Roman digits
    ("il 4° giorno, la 5° fila, l'8ª", "il quarto giorno, la quinta fila, l'ottava"),
    ("la 10000ª, il 23º", "la diecimillesima, il ventitreesimo"),
    ("fuori 30°, 20 °C", "fuori trenta gradi, venti gradi Celsius"),
    ("Vittorio Emanuele II, XIX secolo", "Vittorio Emanuele secondo, diciannovesimo secolo"),
    # dates
    ("1° giugno 1946", "primo giugno millenovecentoquarantasei"),
    ("il 25/4, 02/06/2011", "il venticinque aprile, due giugno duemilaundici"),
    # times
    ("alle 18:00, ore 9.20", "alle diciotto, ore nove e venti"),
    ("8:15, 10:30, 22:30", "otto e un quarto, dieci e mezza, ventidue e trenta minuti"),
    ("alle 1:00, dalle 1:30, gli anni '70", "all'una, dall'una e mezza, gli anni settanta"),
    ("lun-ven, cap. 6", "lunedì a venerdì, capitolo sei"),
    ("alle 0:30", "alle zero e trenta minuti"),
    ("12:45, 3:38:00", "dodici e quarantacinque minuti, tre e trentotto minuti e zero secondi"),
    ("cell. 333 12345", "cellulare tre tre tre, uno due tre quattro cinque"),
    ("9:00-13:00", "nove a tredici"),
    # money, units, fractions, decimals
    ("7,40 €, 1 €", "sette euro quaranta centesimi, un euro"),
    ("9 €/mese, 90 km/h", "nove euro al mese, novanta chilometri per ora"),
    ("3 mln €, 1 miliardo", "tre milioni di euro, un miliardo"),
    ("1 t, 80 mq, 1 mA", "una tonnellata, ottanta metri quadrati, un milliampere"),
    ("3 1/2 ore, 1/2 litro, 2/5", "tre ore e mezza, mezzo litro, due quinti"),
    ("2,718, 0,05", "due virgola settecentodiciotto, zero virgola zero cinque"),
    ("3,1415, 1,010", "tre virgola quattordici quindici, uno virgola zero uno zero"),
    ("5 m/s, 3 l/min", "cinque metri per secondo, tre litri per minuto"),
    # abbreviations
    ("la sig.ra Neri, il dott. Verdi", "la signora Neri, il dottor Verdi"),
    ("ad es. oggi, pag. 4", "ad esempio oggi, pagina quattro"),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_it_is_said_as_italians_say_it(written: str, said: str) -> None:
    assert normalise(written, "it-IT").text == said
