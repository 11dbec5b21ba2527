"""Acronyms, words and letters beside numbers stay what they are; units and sums are still said."""

import pytest

from voicejob_worker.text.normalise import normalise

KEPT = {
    "currencies": [
        ("en-US", "3 AMD processors, 10 TND members", "three AMD processors, ten TND members"),
        ("en-US", "an IRR 12% above plan", "an IRR twelve percent above plan"),
        ("en-US", "PHP 8 and COP 28", "PHP eight and COP twenty-eight"),
        ("de-DE", "SDG 13, BSD 4.4", "SDG dreizehn, BSD vier Komma vier"),
        ("de-DE", "SSP 2, MGA 5, SCR 5", "SSP zwei, MGA fünf, SCR fünf"),
        ("de-DE", "10 PHP Entwickler", "zehn PHP Entwickler"),
        ("sv-SE", "SDG 13", "SDG tretton"),
        ("fr-FR", "SDG 13, ESP 32, COP 28", "SDG treize, ESP trente-deux, COP vingt-huit"),
        ("es-ES", "un ESP 32", "un ESP treinta y dos"),
        ("es-ES", "zar 3 años después, 2 pen drives", "zar tres años después, dos pen drives"),
    ],
    "units": [
        ("es-ES", "Recibimos 200 CV ayer.", "Recibimos doscientos CV ayer."),
        ("es-ES", "3 cd de música", "tres cd de música"),
        ("es-ES", "Vale 5 MM.", "Vale cinco millones."),
        ("es-ES", "5 MM de dólares", "cinco millones de dólares"),
        ("de-DE", "24 Mg", "vierundzwanzig Mg"),
        ("pt-BR", "bloco 5 N, artigo 3 J", "bloco cinco N, artigo três J"),
        ("pt-BR", "apartamento 3 B", "apartamento três B"),
    ],
    "inches": [
        (
            "en-US",
            "2 in high school and 3 in long-term care",
            "two in high school and three in long-term care",
        ),
        ("en-US", "sank 3 in deep water", "sank three in deep water"),
        ("en-US", "came 3 in\nthe whole race", "came three in the whole race"),
        ("en-US", "lines 1 and 2 in, say, May", "lines one and two in, say, May"),
    ],
    "English": [
        ("en-US", "10s of CPU time", "ten seconds of CPU time"),
        ("en-US", "noon – 20 people came", "noon, twenty people came"),
        ("en-US", "44 BC – 3 years later", "forty-four BC, three years later"),
        ("en-US", "a ratio of 1:10.5", "a ratio of one to ten point five"),
        ("en-US", "Route 1 miles from here", "Route one miles from here"),
        ("en-US", "Level 1 months ago", "Level one months ago"),
        ("en-US", "Compute 9 - 5.", "Compute nine minus five."),
    ],
    "points": [
        ("en-US", "Hello .how are you", "Hello .how are you"),
        ("fr-FR", "Bonjour .je suis", "Bonjour .je suis"),
    ],
    "times and scores": [
        ("de-DE", "x² ist 2x.", "x hoch zwei ist zwei x."),
        ("fr-FR", "x² est 2x.", "x au carré est deux x."),
        ("es-ES", "x² es 2x.", "x al cuadrado es dos x."),
        ("pt-BR", "A sala perdeu 3 x 2 metros", "A sala perdeu três por dois metros"),
        ("de-DE", "5 Euro 20 mal im Jahr", "fünf Euro zwanzig mal im Jahr"),
        ("de-DE", "50 Euro 12 neue Bücher", "fünfzig Euro zwölf neue Bücher"),
    ],
}
SAID = [
    ("en-US", "500 AMD, PHP 500", "five hundred drams, five hundred Philippine pesos"),
    ("en-US", "500 COP for it", "five hundred Colombian pesos for it"),
    ("de-DE", "500 PHP im Jahr", "fünfhundert philippinische Pesos im Jahr"),
    ("es-ES", "usd 50, 40 mxn", "cincuenta dólares estadounidenses, cuarenta pesos mexicanos"),
    ("es-PE", "50 PEN al mes", "cincuenta soles al mes"),
    ("es-ES", "un motor de 200 CV", "un motor de doscientos caballos"),
    ("pt-BR", "uma força de 5 N", "uma força de cinco newtons"),
    ("en-US", "2in of rain, 6 ft 2 in", "two inches of rain, six feet two inches"),
    ("en-US", "5 in wide and 3 in deep", "five inches wide and three inches deep"),
    ("en-US", "10s of thousands", "tens of thousands"),
    ("en-US", "noon – 5 pm, 44 BC – 12 AD", "noon to five PM, forty-four BC to twelve AD"),
    ("en-US", "It ran 3:26.1, 1 hours.", "It ran three minutes twenty-six point one seconds, "
     "one hour."),
    ("en-US", "Mon-Fri 9-5", "Monday to Friday nine to five"),
    ("en-US", "a .NET app, .env, x.ai", "a dot NET app, dot env, x dot ai"),
    ("de-DE", "Er ist 2x gefallen, nur 3x.", "Er ist zwei mal gefallen, nur drei mal."),
    ("de-DE", "5 Euro 20 und mehr", "fünf Euro zwanzig Cent und mehr"),
    ("pt-BR", "perdeu por 3 x 2", "perdeu por três a dois"),
]  # fmt: skip


@pytest.mark.parametrize("kind", KEPT)
def test_words_beside_numbers_stay_words(kind):
    spoken = [normalise(text, language).text for language, text, _ in KEPT[kind]]
    assert spoken == [expected for _, _, expected in KEPT[kind]]


@pytest.mark.parametrize(("language", "text", "expected"), SAID)
def test_units_and_sums_are_still_said(language, text, expected):
    assert normalise(text, language).text == expected
