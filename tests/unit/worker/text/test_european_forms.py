"""What people type in the languages of ``european``: short forms, rates, money, units, regions."""

import pytest

from voicejob_worker.text.normalise import normalise

KINDS = {
    "short names that end no sentence": [
        ("de-DE",
         "Kd.-Nr. 5, zw. 3 und 4, S. 12 ff.",
         "Kundennummer fünf, zwischen drei und vier, Seite zwölf folgende."),
        ("de-DE", "Sa. 10 Uhr", "Samstag zehn Uhr"),
        ("fr-FR",
         "476 ap. J.-C. et 44 av. J.-C., c.-à-d. tard",
         "quatre cent soixante-seize après Jésus-Christ et quarante-quatre avant "
         "Jésus-Christ, c'est-à-dire tard"),
        ("fr-FR", "sam. 10h, mar. 5 déc.", "samedi dix heures, mardi cinq décembre"),
        ("fr-FR", "St-Malo, Ste Anne, RDV", "Saint-Malo, Sainte Anne, rendez-vous"),
        ("it-IT",
         "p.es. oggi, ca. 5, sec. XIX",
         "per esempio oggi, circa cinque, secolo diciannovesimo"),
        ("it-IT", "S. Maria, S. Pietro, v. Roma", "Santa Maria, San Pietro, via Roma"),
        ("hu-HU",
         "i. e. 44, III. em. 2, 12. sz.",
         "időszámításunk előtt negyvennégy, harmadik emelet kettő, tizenkettedik számú."),
        ("hu-HU", "isk.-t, tv.-t, fn.-et, isk.-val", "iskolát, törvényt, főnevet, iskolával"),
    ],
    "a letter after a point is no Roman number": [
        ("fr-FR",
         "article L. 121-1, chapitre IV",
         "article L. cent vingt et un un, chapitre quatre"),
    ],
    "spans of months": [
        ("de-DE",
         "Jan.–März, März–Mai 2024",
         "Januar bis März, März bis Mai zweitausendvierundzwanzig"),
        ("fr-FR", "janv.-mars", "janvier à mars"),
        ("sv-SE", "jan.–mars", "januari till mars"),
    ],
    "what lasts": [
        ("de-DE",
         "3:45 min, 1:30 Std.",
         "drei Minuten fünfundvierzig Sekunden, eine Stunde dreißig Minuten"),
        ("de-DE", "nach 2:15 Stunden", "nach zwei Stunden fünfzehn Minuten"),
        ("fr-FR", "3:45 min", "trois minutes quarante-cinq secondes"),
        ("hu-HU", "1:30 óra alatt", "egy óra harminc perc alatt"),
        ("hu-HU", "14:30 órakor", "tizennégy óra harminc perckor"),
    ],
    "how often": [
        ("de-DE", "3x täglich, y = 2x.", "drei mal täglich, y gleich zwei x."),
        ("fr-FR", "2x par jour", "deux fois par jour"),
        ("it-IT", "1x al mese", "una volta al mese"),
    ],
    "one and a half": [
        ("es-ES", "1½ horas, 2½ horas", "una hora y media, dos horas y media"),
        ("it-IT", "1½ ore", "un'ora e mezza"),
        ("de-DE", "½ kg, 1/2 Stunde", "ein halbes Kilogramm, eine halbe Stunde"),
    ],
    "money by sign and code": [
        ("de-DE",
         "₿ 2, 5 ₫, 100 Mio. US-$",
         "zwei Bitcoin, fünf vietnamesische Dong, einhundert Millionen Dollar"),
        ("de-DE", "PHP 8.3, 100 PHP", "PHP acht Komma drei, einhundert philippinische Pesos"),
        ("de-DE",
         "5 Euro 50, für 3 € 20 Äpfel",
         "fünf Euro fünfzig Cent, für drei Euro zwanzig Äpfel"),
        ("es-ES", "1 ZAR, u$s 3, Bs 20", "un rand sudafricano, tres dólares, veinte bolivianos"),
    ],
    "units": [
        ("de-DE",
         "9,81 m/s², 100 Mbps, 5 Wh, 2 Kg, 1 K",
         "neun Komma acht eins Meter pro Quadratsekunde, einhundert Megabit pro Sekunde, fünf "
         "Wattstunden, zwei Kilogramm, ein Kelvin"),
        ("it-IT", "2 hg", "due etti"),
        ("sv-SE", "2 msk, Storgatan 12 A, 16 A", "två matskedar, Storgatan tolv A, sexton ampere"),
    ],
    "regions": [
        ("es-MX",
         "$100, $1.50, 12,500 personas, 3.5 %",
         "cien pesos, un peso cincuenta centavos, doce mil quinientas personas, tres punto "
         "cinco por ciento"),
        ("es-ES", "$100, 3,5 %", "cien dólares, tres coma cinco por ciento"),
        ("de-CH", "CHF 1'234.50", "eintausendzweihundertvierunddreißig Franken fünfzig Rappen"),
    ],
    "ordinals of a list": [
        ("de-DE",
         "5. und 6. Klasse, 1.–3. Klasse",
         "fünfte und sechste Klasse, erste bis dritte Klasse"),
        ("de-DE", "2er-Pack, die 1000ste Frau", "zweier-Pack, die eintausendste Frau"),
    ],
    "numbers of many digits": [
        ("it-IT", "123.456", "centoventitremilaquattrocentocinquantasei"),
        ("it-IT", "800-123456", "otto zero zero, uno due tre quattro cinque sei"),
        ("fr-FR", "3/5/24, 50/50", "trois mai deux mille vingt-quatre, cinquante cinquante"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "written", "spoken"), [case for cases in KINDS.values() for case in cases]
)
def test_kinds(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language).text == spoken


DATES = [
    (
        "fr-FR",
        "3-5 mai, 14/07, déc. 2020",
        "trois à cinq mai, quatorze juillet, décembre deux mille vingt",
    ),
    ("fr-FR", "les 17-18-19 juin, 1/10", "les dix-sept dix-huit dix-neuf juin, un dixième"),
    ("es-ES", "3-5 mayo, dic. 2020", "tres al cinco de mayo, diciembre dos mil veinte"),
    ("de-DE", "14/07", "vierzehnter Juli"),
    ("hu-HU", "máj. 3-5.", "május harmadikától május ötödikéig"),
    (
        "pt-BR",
        "25 dez. 2023, dez. 2020, 3-5 de maio",
        "vinte e cinco de dezembro de dois mil e vinte e três, dezembro de dois mil e vinte, "
        "três a cinco de maio",
    ),
    ("pt-BR", "1 oz, 2 gal, força de 5 N", "uma onça, dois galões, força de cinco newtons"),
    (
        "ru-RU",
        "21.03.85, 750 мм рт. ст.",
        "двадцать первого марта тысяча девятьсот восемьдесят пятого, семьсот пятьдесят "
        "миллиметров ртутного столба",
    ),
]


@pytest.mark.parametrize(("language", "written", "spoken"), DATES)
def test_dates_as_they_are_typed(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language).text == spoken
