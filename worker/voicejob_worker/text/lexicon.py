"""The words that digits, signs and addresses become, by language.

One table per language. A language without a table keeps its signs, for the engine to read, and
its addresses are read with English words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voicejob_worker.text.language import primary_subtag


@dataclass(frozen=True)
class Currency:
    """Names of a currency: ``one`` is the number one before it, in its gender."""

    one: str
    singular: str
    plural: str
    cent: str
    cents: str


@dataclass(frozen=True)
class AddressWords:
    """How the signs of a web or e-mail address are called."""

    at: str
    dot: str
    slash: str
    dash: str
    underscore: str
    colon: str
    question_mark: str
    equals: str


@dataclass(frozen=True)
class Lexicon:
    """Everything that is said differently in another language.

    ``date``, ``time``, ``full_hour`` are templates; ``hours`` holds hours whose gender differs from
    the plain number's; ``fraction_as_number`` says whether 3.14 ends in "fourteen" or "one four".
    """

    language: str
    address: AddressWords
    decimal: str
    point: str
    fraction_as_number: bool
    one_before_noun: str
    minus: str
    plus: str
    equals: str
    times: str
    power: str
    less: str
    greater: str
    by: str
    over: str
    conjunction: str
    at: str
    percent: str
    per_mille: str
    number: str
    hashtag: str
    copyright: str
    trademark: str
    until: str
    of: str
    cents_joint: str
    currencies: Mapping[str, Currency]
    scales: tuple[str, ...]
    scale_signs: Mapping[str, str]
    units: Mapping[str, tuple[str, str]]
    fractions: Mapping[tuple[int, int], str]
    months: tuple[str, ...]
    date: str
    date_day: str
    first_of_month: str
    time: str
    full_hour: str
    full_hour_one: str
    seconds: str
    hours: Mapping[int, str] = field(default_factory=dict)
    month_first: bool = False


_SIMPLE_FRACTIONS: Final = ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4))


def _fractions(*words: str) -> dict[tuple[int, int], str]:
    return dict(zip(_SIMPLE_FRACTIONS, words, strict=True))


_UNIT_SIGNS: Final = (
    "km/h",
    "m/s",
    "km²",
    "m²",
    "m³",
    "km",
    "cm",
    "mm",
    "m",
    "kg",
    "mg",
    "g",
    "ml",
    "l",
    "°C",
    "°F",
    "°",
    "kHz",
    "MHz",
    "GHz",
    "Hz",
    "kWh",
    "kW",
    "GB",
    "MB",
    "TB",
    "min",
    "h",
)


def _units(*words: str) -> dict[str, tuple[str, str]]:
    """Pair the unit signs with ``singular|plural``, or one word that serves for both."""
    pairs = (word.partition("|") for word in words)
    both = ((one, many or one) for one, _, many in pairs)
    return dict(zip(_UNIT_SIGNS, both, strict=True))


def _currencies(**words: str) -> dict[str, Currency]:
    return {code: Currency(*names.split("|")) for code, names in words.items()}


ENGLISH: Final = Lexicon(
    language="en",
    address=AddressWords(
        "at", "dot", "slash", "dash", "underscore", "colon", "question mark", "equals"
    ),
    decimal=".",
    point="point",
    fraction_as_number=False,
    one_before_noun="one",
    minus="minus",
    plus="plus",
    equals="equals",
    times="times",
    power="to the power of",
    less="is less than",
    greater="is greater than",
    by="by",
    over="over",
    conjunction="and",
    at="at",
    percent="percent",
    per_mille="per mille",
    number="number",
    hashtag="hashtag",
    copyright="copyright",
    trademark="trademark",
    until="to",
    of="",
    cents_joint="and",
    currencies=_currencies(
        USD="one|dollar|dollars|cent|cents",
        EUR="one|euro|euros|cent|cents",
        GBP="one|pound|pounds|penny|pence",
        JPY="one|yen|yen|sen|sen",
        BRL="one|real|reais|centavo|centavos",
        INR="one|rupee|rupees|paisa|paise",
    ),
    scales=("thousand", "million", "billion", "trillion"),
    scale_signs={
        "k": "thousand",
        "K": "thousand",
        "M": "million",
        "m": "million",
        "mn": "million",
        "bn": "billion",
        "B": "billion",
        "tn": "trillion",
        "T": "trillion",
    },
    units=_units(
        "kilometre per hour|kilometres per hour",
        "metre per second|metres per second",
        "square kilometre|square kilometres",
        "square metre|square metres",
        "cubic metre|cubic metres",
        "kilometre|kilometres",
        "centimetre|centimetres",
        "millimetre|millimetres",
        "metre|metres",
        "kilogram|kilograms",
        "milligram|milligrams",
        "gram|grams",
        "millilitre|millilitres",
        "litre|litres",
        "degree Celsius|degrees Celsius",
        "degree Fahrenheit|degrees Fahrenheit",
        "degree|degrees",
        "kilohertz",
        "megahertz",
        "gigahertz",
        "hertz",
        "kilowatt hour|kilowatt hours",
        "kilowatt|kilowatts",
        "gigabyte|gigabytes",
        "megabyte|megabytes",
        "terabyte|terabytes",
        "minute|minutes",
        "hour|hours",
    ),
    fractions=_fractions("one half", "one third", "two thirds", "one quarter", "three quarters"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    date="{month} {day}, {year}",
    date_day="ordinal",
    first_of_month="first",
    time="{hour} {minute}",
    full_hour="{hour} o'clock",
    full_hour_one="{hour} o'clock",
    seconds="and {seconds} seconds",
    month_first=True,
)

PORTUGUESE: Final = Lexicon(
    language="pt",
    address=AddressWords(
        "arroba",
        "ponto",
        "barra",
        "hífen",
        "sublinhado",
        "dois pontos",
        "ponto de interrogação",
        "igual a",
    ),
    decimal=",",
    point="vírgula",
    fraction_as_number=True,
    one_before_noun="um",
    minus="menos",
    plus="mais",
    equals="é igual a",
    times="vezes",
    power="elevado a",
    less="é menor que",
    greater="é maior que",
    by="por",
    over="sobre",
    conjunction="e",
    at="arroba",
    percent="por cento",
    per_mille="por mil",
    number="número",
    hashtag="hashtag",
    copyright="copyright",
    trademark="marca registrada",
    until="a",
    of="de",
    cents_joint="e",
    currencies=_currencies(
        USD="um|dólar|dólares|centavo|centavos",
        EUR="um|euro|euros|centavo|centavos",
        GBP="uma|libra|libras|pence|pence",
        JPY="um|iene|ienes|sen|sen",
        BRL="um|real|reais|centavo|centavos",
        INR="uma|rúpia|rúpias|paisa|paisas",
    ),
    scales=(
        "mil",
        "milhão",
        "milhões",
        "bilhão",
        "bilhões",
        "bilião",
        "biliões",
        "trilhão",
        "trilhões",
    ),
    scale_signs={"mi": "milhões", "bi": "bilhões", "k": "mil"},
    units=_units(
        "quilômetro por hora|quilômetros por hora",
        "metro por segundo|metros por segundo",
        "quilômetro quadrado|quilômetros quadrados",
        "metro quadrado|metros quadrados",
        "metro cúbico|metros cúbicos",
        "quilômetro|quilômetros",
        "centímetro|centímetros",
        "milímetro|milímetros",
        "metro|metros",
        "quilo|quilos",
        "miligrama|miligramas",
        "grama|gramas",
        "mililitro|mililitros",
        "litro|litros",
        "grau Celsius|graus Celsius",
        "grau Fahrenheit|graus Fahrenheit",
        "grau|graus",
        "quilohertz",
        "megahertz",
        "gigahertz",
        "hertz",
        "quilowatt-hora|quilowatts-hora",
        "quilowatt|quilowatts",
        "gigabyte|gigabytes",
        "megabyte|megabytes",
        "terabyte|terabytes",
        "minuto|minutos",
        "hora|horas",
    ),
    fractions=_fractions("meio", "um terço", "dois terços", "um quarto", "três quartos"),
    months=(
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ),
    date="{day} de {month} de {year}",
    date_day="cardinal",
    first_of_month="primeiro",
    time="{hour} e {minute}",
    full_hour="{hour} horas",
    full_hour_one="{hour} hora",
    seconds="e {seconds} segundos",
    hours={1: "uma", 2: "duas", 21: "vinte e uma", 22: "vinte e duas"},
)

SPANISH: Final = Lexicon(
    language="es",
    address=AddressWords(
        "arroba",
        "punto",
        "barra",
        "guion",
        "guion bajo",
        "dos puntos",
        "signo de interrogación",
        "igual a",
    ),
    decimal=",",
    point="coma",
    fraction_as_number=True,
    one_before_noun="un",
    minus="menos",
    plus="más",
    equals="es igual a",
    times="por",
    power="elevado a",
    less="es menor que",
    greater="es mayor que",
    by="por",
    over="sobre",
    conjunction="y",
    at="arroba",
    percent="por ciento",
    per_mille="por mil",
    number="número",
    hashtag="etiqueta",
    copyright="copyright",
    trademark="marca registrada",
    until="a",
    of="de",
    cents_joint="con",
    currencies=_currencies(
        USD="un|dólar|dólares|centavo|centavos",
        EUR="un|euro|euros|céntimo|céntimos",
        GBP="una|libra|libras|penique|peniques",
        JPY="un|yen|yenes|sen|sen",
        BRL="un|real|reales|centavo|centavos",
        INR="una|rupia|rupias|paisa|paisas",
    ),
    scales=("mil", "millón", "millones", "billón", "billones"),
    scale_signs={"M": "millones", "mill.": "millones"},
    units=_units(
        "kilómetro por hora|kilómetros por hora",
        "metro por segundo|metros por segundo",
        "kilómetro cuadrado|kilómetros cuadrados",
        "metro cuadrado|metros cuadrados",
        "metro cúbico|metros cúbicos",
        "kilómetro|kilómetros",
        "centímetro|centímetros",
        "milímetro|milímetros",
        "metro|metros",
        "kilo|kilos",
        "miligramo|miligramos",
        "gramo|gramos",
        "mililitro|mililitros",
        "litro|litros",
        "grado Celsius|grados Celsius",
        "grado Fahrenheit|grados Fahrenheit",
        "grado|grados",
        "kilohercio|kilohercios",
        "megahercio|megahercios",
        "gigahercio|gigahercios",
        "hercio|hercios",
        "kilovatio hora|kilovatios hora",
        "kilovatio|kilovatios",
        "gigabyte|gigabytes",
        "megabyte|megabytes",
        "terabyte|terabytes",
        "minuto|minutos",
        "hora|horas",
    ),
    fractions=_fractions("un medio", "un tercio", "dos tercios", "un cuarto", "tres cuartos"),
    months=(
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
    date="{day} de {month} de {year}",
    date_day="cardinal",
    first_of_month="primero",
    time="{hour} y {minute}",
    full_hour="{hour} en punto",
    full_hour_one="{hour} en punto",
    seconds="y {seconds} segundos",
    hours={1: "una", 21: "veintiuna"},
)

FRENCH: Final = Lexicon(
    language="fr",
    address=AddressWords(
        "arobase",
        "point",
        "barre oblique",
        "tiret",
        "tiret bas",
        "deux points",
        "point d'interrogation",
        "égale",
    ),
    decimal=",",
    point="virgule",
    fraction_as_number=True,
    one_before_noun="un",
    minus="moins",
    plus="plus",
    equals="égale",
    times="fois",
    power="puissance",
    less="est inférieur à",
    greater="est supérieur à",
    by="par",
    over="sur",
    conjunction="et",
    at="arobase",
    percent="pour cent",
    per_mille="pour mille",
    number="numéro",
    hashtag="hashtag",
    copyright="copyright",
    trademark="marque déposée",
    until="à",
    of="de",
    cents_joint="et",
    currencies=_currencies(
        USD="un|dollar|dollars|cent|cents",
        EUR="un|euro|euros|centime|centimes",
        GBP="une|livre|livres|penny|pence",
        JPY="un|yen|yens|sen|sen",
        BRL="un|réal|réaux|centavo|centavos",
        INR="une|roupie|roupies|paisa|paisas",
    ),
    scales=("mille", "million", "millions", "milliard", "milliards"),
    scale_signs={"k": "mille", "M": "millions", "Md": "milliards"},
    units=_units(
        "kilomètre par heure|kilomètres par heure",
        "mètre par seconde|mètres par seconde",
        "kilomètre carré|kilomètres carrés",
        "mètre carré|mètres carrés",
        "mètre cube|mètres cubes",
        "kilomètre|kilomètres",
        "centimètre|centimètres",
        "millimètre|millimètres",
        "mètre|mètres",
        "kilo|kilos",
        "milligramme|milligrammes",
        "gramme|grammes",
        "millilitre|millilitres",
        "litre|litres",
        "degré Celsius|degrés Celsius",
        "degré Fahrenheit|degrés Fahrenheit",
        "degré|degrés",
        "kilohertz",
        "mégahertz",
        "gigahertz",
        "hertz",
        "kilowatt-heure|kilowatts-heure",
        "kilowatt|kilowatts",
        "gigaoctet|gigaoctets",
        "mégaoctet|mégaoctets",
        "téraoctet|téraoctets",
        "minute|minutes",
        "heure|heures",
    ),
    fractions=_fractions("un demi", "un tiers", "deux tiers", "un quart", "trois quarts"),
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    date="{day} {month} {year}",
    date_day="cardinal",
    first_of_month="premier",
    time="{hour} heures {minute}",
    full_hour="{hour} heures",
    full_hour_one="{hour} heure",
    seconds="et {seconds} secondes",
    hours={1: "une", 21: "vingt et une"},
)

GERMAN: Final = Lexicon(
    language="de",
    address=AddressWords(
        "at",
        "Punkt",
        "Schrägstrich",
        "Bindestrich",
        "Unterstrich",
        "Doppelpunkt",
        "Fragezeichen",
        "gleich",
    ),
    decimal=",",
    point="Komma",
    fraction_as_number=False,
    one_before_noun="ein",
    minus="minus",
    plus="plus",
    equals="gleich",
    times="mal",
    power="hoch",
    less="ist kleiner als",
    greater="ist größer als",
    by="mal",
    over="durch",
    conjunction="und",
    at="at",
    percent="Prozent",
    per_mille="Promille",
    number="Nummer",
    hashtag="Hashtag",
    copyright="Copyright",
    trademark="Marke",
    until="bis",
    of="",
    cents_joint="und",
    currencies=_currencies(
        USD="ein|Dollar|Dollar|Cent|Cent",
        EUR="ein|Euro|Euro|Cent|Cent",
        GBP="ein|Pfund|Pfund|Penny|Pence",
        JPY="ein|Yen|Yen|Sen|Sen",
        BRL="ein|Real|Real|Centavo|Centavos",
        INR="eine|Rupie|Rupien|Paisa|Paisa",
    ),
    scales=("Tausend", "Million", "Millionen", "Milliarde", "Milliarden"),
    scale_signs={
        "Mio.": "Millionen",
        "Mio": "Millionen",
        "Mrd.": "Milliarden",
        "Mrd": "Milliarden",
    },
    units=_units(
        "Kilometer pro Stunde",
        "Meter pro Sekunde",
        "Quadratkilometer",
        "Quadratmeter",
        "Kubikmeter",
        "Kilometer",
        "Zentimeter",
        "Millimeter",
        "Meter",
        "Kilogramm",
        "Milligramm",
        "Gramm",
        "Milliliter",
        "Liter",
        "Grad Celsius",
        "Grad Fahrenheit",
        "Grad",
        "Kilohertz",
        "Megahertz",
        "Gigahertz",
        "Hertz",
        "Kilowattstunde|Kilowattstunden",
        "Kilowatt",
        "Gigabyte",
        "Megabyte",
        "Terabyte",
        "Minute|Minuten",
        "Stunde|Stunden",
    ),
    fractions=_fractions("ein halb", "ein Drittel", "zwei Drittel", "ein Viertel", "drei Viertel"),
    months=(
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    date="{day}r {month} {year}",
    date_day="ordinal",
    first_of_month="erste",
    time="{hour} Uhr {minute}",
    full_hour="{hour} Uhr",
    full_hour_one="{hour} Uhr",
    seconds="und {seconds} Sekunden",
    hours={1: "ein"},
)

ITALIAN: Final = Lexicon(
    language="it",
    address=AddressWords(
        "chiocciola",
        "punto",
        "barra",
        "trattino",
        "trattino basso",
        "due punti",
        "punto interrogativo",
        "uguale a",
    ),
    decimal=",",
    point="virgola",
    fraction_as_number=True,
    one_before_noun="un",
    minus="meno",
    plus="più",
    equals="è uguale a",
    times="per",
    power="alla",
    less="è minore di",
    greater="è maggiore di",
    by="per",
    over="su",
    conjunction="e",
    at="chiocciola",
    percent="per cento",
    per_mille="per mille",
    number="numero",
    hashtag="hashtag",
    copyright="copyright",
    trademark="marchio registrato",
    until="a",
    of="di",
    cents_joint="e",
    currencies=_currencies(
        USD="un|dollaro|dollari|centesimo|centesimi",
        EUR="un|euro|euro|centesimo|centesimi",
        GBP="una|sterlina|sterline|penny|pence",
        JPY="uno|yen|yen|sen|sen",
        BRL="un|real|real|centavo|centavos",
        INR="una|rupia|rupie|paisa|paise",
    ),
    scales=("mila", "milione", "milioni", "miliardo", "miliardi"),
    scale_signs={"mln": "milioni", "mld": "miliardi"},
    units=_units(
        "chilometro orario|chilometri orari",
        "metro al secondo|metri al secondo",
        "chilometro quadrato|chilometri quadrati",
        "metro quadrato|metri quadrati",
        "metro cubo|metri cubi",
        "chilometro|chilometri",
        "centimetro|centimetri",
        "millimetro|millimetri",
        "metro|metri",
        "chilo|chili",
        "milligrammo|milligrammi",
        "grammo|grammi",
        "millilitro|millilitri",
        "litro|litri",
        "grado Celsius|gradi Celsius",
        "grado Fahrenheit|gradi Fahrenheit",
        "grado|gradi",
        "chilohertz",
        "megahertz",
        "gigahertz",
        "hertz",
        "chilowattora",
        "chilowatt",
        "gigabyte",
        "megabyte",
        "terabyte",
        "minuto|minuti",
        "ora|ore",
    ),
    fractions=_fractions("un mezzo", "un terzo", "due terzi", "un quarto", "tre quarti"),
    months=(
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ),
    date="{day} {month} {year}",
    date_day="cardinal",
    first_of_month="primo",
    time="{hour} e {minute}",
    full_hour="{hour} in punto",
    full_hour_one="{hour} in punto",
    seconds="e {seconds} secondi",
    hours={1: "una"},
)

_BY_LANGUAGE: Final = {
    lexicon.language: lexicon for lexicon in (ENGLISH, PORTUGUESE, SPANISH, FRENCH, GERMAN, ITALIAN)
}


def lexicon_for(language: str) -> Lexicon | None:
    """The table of a BCP 47 tag's primary language, or None where there is none."""
    return _BY_LANGUAGE.get(primary_subtag(language))
