"""Short forms in letters, recipes and news: said in full, and no sentence ends within them."""

import pytest

from voicejob_worker.text.normalise import normalise

CASES = [
    (
        "de-DE",
        "rd. 5 € ggü. Vj., Dr. h. c. Weiß",
        "rund fünf Euro gegenüber Vorjahr, Doktor honoris causa Weiß",
    ),
    (
        "fr-FR",
        "2 c. à s. d'huile, 1 c. à c. de sel",
        "deux cuillères à soupe d'huile, une cuillère à café de sel",
    ),
    (
        "fr-FR",
        "Rens. : le 1er trim. 2025",
        "Renseignements : le premier trimestre deux mille vingt-cinq",
    ),
    (
        "es-ES",
        "el 12-X-1954 en Bs. As., info.: S. M. el Rey",
        "el doce de octubre de mil novecientos cincuenta y cuatro en Buenos Aires, info: S. "
        "M. el Rey",
    ),
    (
        "it-IT",
        "2h 15' 30\", art. 3, c. 2, D.Lgs. n. 81/2008",
        "due ore quindici minuti trenta secondi, articolo tre, comma due, Decreto "
        "legislativo numero ottantuno del duemilaotto",
    ),
    ("it-IT", "la S.S. Lazio a S. Pietro", "la S. S. Lazio a San Pietro"),
    (
        "ru-RU",
        "в IV кв. 2 ст. л. масла, 1 ч. л. соли",
        "в четвёртом квартале две столовые ложки масла, одна чайная ложка соли",
    ),
    ("ru-RU", "Ген. директор. Тел.: 8", "Генеральный директор. Телефон: восемь"),
    ("hi-IN", "₹307 लाख करोड़, नं. 7", "तीन सौ सात लाख करोड़ रुपए, नंबर सात"),
    (
        "sv-SE",
        "kv. 3, f. 1965, grundat 1987",
        "kvartal tre, född nittonhundrasextiofem, grundat nittonhundraåttiosju",
    ),
    (
        "hu-HU",
        "III. né.-ben, sz. 1965, 2 ek. olaj",
        "harmadik negyedévben, született ezerkilencszázhatvanöt, két evőkanál olaj",
    ),
    (
        "pt-BR",
        "2 col. (sopa) de óleo. Atend.: hoje",
        "duas colheres de sopa de óleo. Atendimento: hoje",
    ),
    ("en-US", "Wait... then etc., and so on", "Wait... then et cetera, and so on"),
]


@pytest.mark.parametrize(("language", "written", "spoken"), CASES)
def test_short_forms(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language).text == spoken
