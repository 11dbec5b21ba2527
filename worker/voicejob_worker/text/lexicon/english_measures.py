"""What English calls units and currencies."""

from typing import Final

from voicejob_worker.text.lexicon.schema import Currency, named_currencies
from voicejob_worker.text.lexicon.units import (
    Named,
    as_typed,
    metric_units,
    powers_of_lengths,
    units_by_sign,
)

_LENGTHS: Final[dict[str, Named]] = {
    "nm": ("nanometer", "nanometers"),
    "µm": ("micrometer", "micrometers"),
    "mm": ("millimeter", "millimeters"),
    "cm": ("centimeter", "centimeters"),
    "dm": ("decimeter", "decimeters"),
    "m": ("meter", "meters"),
    "km": ("kilometer", "kilometers"),
    "ft": ("foot", "feet"),
    "yd": ("yard", "yards"),
    "mi": ("mile", "miles"),
}
_BASES: Final[dict[str, Named]] = {
    "g": ("gram", "grams"),
    "L": ("liter", "liters"),
    "l": ("liter", "liters"),
    "W": ("watt", "watts"),
    "Wh": ("watt hour", "watt hours"),
    "Hz": ("hertz", "hertz"),
    "V": ("volt", "volts"),
    "A": ("amp", "amps"),
    "Ah": ("amp hour", "amp hours"),
    "J": ("joule", "joules"),
    "cal": ("calorie", "calories"),
    "eV": ("electronvolt", "electronvolts"),
    "Pa": ("pascal", "pascals"),
    "bar": ("bar", "bars"),
    "bit": ("bit", "bits"),
    "b": ("bit", "bits"),
    "B": ("byte", "bytes"),
    "s": ("second", "seconds"),
    "mol": ("mole", "moles"),
    "Sv": ("sievert", "sieverts"),
    "Bq": ("becquerel", "becquerels"),
    "Ω": ("ohm", "ohms"),
    "N": ("newton", "newtons"),
    "F": ("farad", "farads"),
}
_OTHERS: Final = """
    V volt volts; W watt watts; Wh watt hour|watt hours; g gram grams; l liter liters;
    L liter liters; Ω ohm ohms; Hz hertz hertz; Pa pascal pascals; eV electronvolt electronvolts;
    mol mole moles; cal calorie calories; mcg microgram micrograms; ug microgram micrograms;
    um micrometer micrometers; cc cubic centimeter|cubic centimeters; ha hectare hectares;
    sq ft=square foot|square feet; sq m=square meter|square meters;
    sq km=square kilometer|square kilometers; sq mi=square mile|square miles;
    sq yd=square yard|square yards; sq in=square inch|square inches; cu ft=cubic foot|cubic feet;
    fl oz=fluid ounce|fluid ounces; oz ounce ounces; lb pound pounds; lbs pound pounds;
    gal gallon gallons; qt quart quarts; qts quart quarts; yds yard yards;
    gals gallon gallons; tsp teaspoon teaspoons; tbsp tablespoon tablespoons;
    mph mile per hour|miles per hour; kph kilometer per hour|kilometers per hour;
    mpg mile per gallon|miles per gallon; nmi nautical mile|nautical miles; kn knot knots;
    kt knot knots; kts knot knots; ly light-year light-years; hp horsepower horsepower;
    dB decibel decibels; dBm decibel-milliwatt decibel-milliwatts; lm lumen lumens; lx lux lux;
    KiB kibibyte kibibytes; MiB mebibyte mebibytes; GiB gibibyte gibibytes; TiB tebibyte tebibytes;
    kbps kilobit per second|kilobits per second; Kbps kilobit per second|kilobits per second;
    Mbps megabit per second|megabits per second; mbps megabit per second|megabits per second;
    Gbps gigabit per second|gigabits per second; gbps gigabit per second|gigabits per second;
    Tbps terabit per second|terabits per second; mb megabyte megabytes; gb gigabyte gigabytes;
    rpm revolution per minute|revolutions per minute; bpm beat per minute|beats per minute;
    fps frame per second|frames per second; dpi dot per inch|dots per inch;
    ppi pixel per inch|pixels per inch; ppm part per million|parts per million;
    ppb part per billion|parts per billion; mmHg millimeter of mercury|millimeters of mercury;
    atm atmosphere atmospheres;
    psi pound per square inch|pounds per square inch; px pixel pixels; MP megapixel megapixels;
    kr krona kronor;
    pt point points; pts point points; sec second seconds; secs second seconds; min minute minutes;
    mins minute minutes; h hour hours; hr hour hours; hrs hour hours; wk week weeks;
    wks week weeks; mo month months; mos month months; yr year years; yrs year years;
    x times times; °C degree Celsius|degrees Celsius; °F degree Fahrenheit|degrees Fahrenheit;
    ° C=degree Celsius|degrees Celsius; ° F=degree Fahrenheit|degrees Fahrenheit;
    ºC degree Celsius|degrees Celsius; ºF degree Fahrenheit|degrees Fahrenheit;
    ° degree degrees; º degree degrees; km/h kilometer per hour|kilometers per hour;
    m/s meter per second|meters per second;
    m/s² meter per second squared|meters per second squared;
    m/s2 meter per second squared|meters per second squared
"""


def _british(name: str) -> str:
    return name.replace("meter", "metre").replace("liter", "litre")


ENGLISH_UNITS: Final[dict[str, Named]] = as_typed(
    {
        **metric_units(_BASES),
        **_LENGTHS,
        **dict(powers_of_lengths(_LENGTHS, "square {}", "cubic {}")),
        **units_by_sign(_OTHERS),
    }
)
BRITISH_UNITS: Final[dict[str, Named]] = {
    sign: (_british(names[0]), _british(names[1])) for sign, names in ENGLISH_UNITS.items()
}
PER_UNITS: Final = {
    "s": "second",
    "d": "day",
    "day": "day",
    "wk": "week",
    "mo": "month",
    "mth": "month",
    "yr": "year",
    "y": "year",
    "a": "year",
    "pp": "person",
    "sf": "square foot",
}
"""Units that are only read as such behind a slash, in the singular."""

ENGLISH_CURRENCIES: Final[dict[str, Currency]] = named_currencies(
    USD="one|dollar|dollars|cent|cents",
    EUR="one|euro|euros|cent|cents",
    GBP="one|pound|pounds|penny|pence",
    JPY="one|yen|yen|sen|sen",
    BRL="one|real|reais|centavo|centavos",
    INR="one|rupee|rupees|paisa|paise",
    AED="one|dirham|dirhams|fils|fils",
    AOA="one|kwanza|kwanzas|centimo|centimos",
    ARS="one|Argentine peso|Argentine pesos|centavo|centavos",
    AUD="one|Australian dollar|Australian dollars|cent|cents",
    BGN="one|lev|leva|stotinka|stotinki",
    BTC="one|bitcoin|bitcoins|hundredth|hundredths",
    CAD="one|Canadian dollar|Canadian dollars|cent|cents",
    CHF="one|Swiss franc|Swiss francs|centime|centimes",
    CLP="one|Chilean peso|Chilean pesos|centavo|centavos",
    CNY="one|yuan|yuan|fen|fen",
    COP="one|Colombian peso|Colombian pesos|centavo|centavos",
    CRC="one|colón|colones|céntimo|céntimos",
    CZK="one|Czech koruna|Czech korunas|haler|halers",
    DKK="one|Danish krone|Danish kroner|øre|øre",
    EGP="one|Egyptian pound|Egyptian pounds|piastre|piastres",
    GEL="one|lari|lari|tetri|tetri",
    GHS="one|cedi|cedis|pesewa|pesewas",
    HKD="one|Hong Kong dollar|Hong Kong dollars|cent|cents",
    HUF="one|forint|forints|fillér|fillér",
    IDR="one|rupiah|rupiahs|sen|sen",
    ILS="one|shekel|shekels|agora|agorot",
    ISK="one|Icelandic krona|Icelandic kronur|eyrir|aurar",
    KES="one|Kenyan shilling|Kenyan shillings|cent|cents",
    KRW="one|won|won|jeon|jeon",
    KWD="one|Kuwaiti dinar|Kuwaiti dinars|fils|fils",
    KZT="one|tenge|tenge|tiyn|tiyn",
    MXN="one|Mexican peso|Mexican pesos|centavo|centavos",
    MYR="one|ringgit|ringgits|sen|sen",
    MZN="one|metical|meticais|centavo|centavos",
    NGN="one|naira|naira|kobo|kobo",
    NOK="one|Norwegian krone|Norwegian kroner|øre|øre",
    NZD="one|New Zealand dollar|New Zealand dollars|cent|cents",
    PHP="one|Philippine peso|Philippine pesos|centavo|centavos",
    PKR="one|Pakistani rupee|Pakistani rupees|paisa|paise",
    PLN="one|zloty|zlotys|grosz|groszy",
    PYG="one|guarani|guaranis|centimo|centimos",
    QAR="one|Qatari riyal|Qatari riyals|dirham|dirhams",
    RON="one|leu|lei|ban|bani",
    RSD="one|Serbian dinar|Serbian dinars|para|para",
    RUB="one|ruble|rubles|kopek|kopeks",
    SAR="one|Saudi riyal|Saudi riyals|halala|halalas",
    SEK="one|Swedish krona|Swedish kronor|öre|öre",
    SGD="one|Singapore dollar|Singapore dollars|cent|cents",
    THB="one|baht|baht|satang|satang",
    TRY="one|lira|lira|kuruş|kuruş",
    TWD="one|New Taiwan dollar|New Taiwan dollars|cent|cents",
    UAH="one|hryvnia|hryvnias|kopiyka|kopiykas",
    UYU="one|Uruguayan peso|Uruguayan pesos|centésimo|centésimos",
    VND="one|dong|dong|xu|xu",
    AMD="one|dram|drams|luma|luma",
    AZN="one|manat|manats|qepik|qepiks",
    BDT="one|taka|taka|poisha|poisha",
    BHD="one|Bahraini dinar|Bahraini dinars|fils|fils",
    BOB="one|boliviano|bolivianos|centavo|centavos",
    BYN="one|Belarusian ruble|Belarusian rubles|kopek|kopeks",
    CUP="one|Cuban peso|Cuban pesos|centavo|centavos",
    DOP="one|Dominican peso|Dominican pesos|centavo|centavos",
    DZD="one|Algerian dinar|Algerian dinars|centime|centimes",
    ETB="one|birr|birr|santim|santims",
    GTQ="one|quetzal|quetzales|centavo|centavos",
    HNL="one|lempira|lempiras|centavo|centavos",
    IQD="one|Iraqi dinar|Iraqi dinars|fils|fils",
    IRR="one|Iranian rial|Iranian rials|dinar|dinars",
    JMD="one|Jamaican dollar|Jamaican dollars|cent|cents",
    JOD="one|Jordanian dinar|Jordanian dinars|fils|fils",
    LAK="one|kip|kip|att|att",
    LBP="one|Lebanese pound|Lebanese pounds|piastre|piastres",
    LKR="one|Sri Lankan rupee|Sri Lankan rupees|cent|cents",
    MAD="one|Moroccan dirham|Moroccan dirhams|centime|centimes",
    MNT="one|tugrik|tugriks|möngö|möngö",
    NIO="one|córdoba|córdobas|centavo|centavos",
    NPR="one|Nepalese rupee|Nepalese rupees|paisa|paise",
    OMR="one|Omani rial|Omani rials|baisa|baisa",
    PAB="one|balboa|balboas|centésimo|centésimos",
    PEN="one|sol|soles|céntimo|céntimos",
    TND="one|Tunisian dinar|Tunisian dinars|millime|millimes",
    TTD="one|Trinidad and Tobago dollar|Trinidad and Tobago dollars|cent|cents",
    TZS="one|Tanzanian shilling|Tanzanian shillings|cent|cents",
    UGX="one|Ugandan shilling|Ugandan shillings|cent|cents",
    UZS="one|som|som|tiyin|tiyin",
    XAF="one|Central African franc|Central African francs|centime|centimes",
    XOF="one|West African franc|West African francs|centime|centimes",
    ZAR="one|rand|rand|cent|cents",
)
