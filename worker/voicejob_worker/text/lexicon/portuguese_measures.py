"""What Portuguese calls units and currencies."""

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
    "nm": ("nanômetro", "nanômetros"),
    "µm": ("micrômetro", "micrômetros"),
    "mm": ("milímetro", "milímetros"),
    "cm": ("centímetro", "centímetros"),
    "dm": ("decímetro", "decímetros"),
    "m": ("metro", "metros"),
    "km": ("quilômetro", "quilômetros"),
}
_BASES: Final[dict[str, Named]] = {
    "g": ("grama", "gramas"),
    "L": ("litro", "litros"),
    "l": ("litro", "litros"),
    "W": ("watt", "watts"),
    "Wh": ("watt-hora", "watts-hora"),
    "Hz": ("hertz", "hertz"),
    "V": ("volt", "volts"),
    "A": ("ampère", "ampères"),
    "Ah": ("ampère-hora", "ampères-hora"),
    "J": ("joule", "joules"),
    "cal": ("caloria", "calorias"),
    "eV": ("elétron-volt", "elétron-volts"),
    "Pa": ("pascal", "pascals"),
    "bar": ("bar", "bars"),
    "bit": ("bit", "bits"),
    "b": ("bit", "bits"),
    "B": ("byte", "bytes"),
    "s": ("segundo", "segundos"),
    "mol": ("mol", "mols"),
    "Sv": ("sievert", "sieverts"),
    "Bq": ("becquerel", "becquerels"),
    "Ω": ("ohm", "ohms"),
    "N": ("newton", "newtons"),
    "F": ("farad", "farads"),
}
_PREFIXES: Final = {"kilo": "quilo", "milli": "mili"}
_OTHERS: Final = """
    kg quilo quilos; Kg quilo quilos; KG quilo quilos; Km quilômetro quilômetros;
    KM quilômetro quilômetros; g grama gramas; l litro litros; L litro litros; V volt volts;
    W watt watts; Ω ohm ohms;
    Hz hertz hertz; mol mol mols; cal caloria calorias; t tonelada toneladas;
    ton tonelada toneladas; mcg micrograma microgramas; ha hectare hectares;
    hPa hectopascal hectopascais; kPa quilopascal quilopascais; MPa megapascal megapascais;
    km/h quilômetro por hora|quilômetros por hora; kmh quilômetro por hora|quilômetros por hora;
    kph quilômetro por hora|quilômetros por hora; mph milha por hora|milhas por hora;
    m/s metro por segundo|metros por segundo;
    m/s² metro por segundo ao quadrado|metros por segundo ao quadrado;
    m/s2 metro por segundo ao quadrado|metros por segundo ao quadrado;
    km/l quilômetro por litro|quilômetros por litro;
    kbps quilobit por segundo|quilobits por segundo; Mbps megabit por segundo|megabits por segundo;
    mbps megabit por segundo|megabits por segundo; Gbps gigabit por segundo|gigabits por segundo;
    rpm rotação por minuto|rotações por minuto; bpm batimento por minuto|batimentos por minuto;
    fps quadro por segundo|quadros por segundo; ppm parte por milhão|partes por milhão;
    mmHg milímetro de mercúrio|milímetros de mercúrio; psi psi psi; cv cavalo cavalos;
    hp cavalo cavalos; px pixel pixels; pol polegada polegadas; dB decibel decibéis;
    pts ponto pontos; xíc. xícara xícaras; xíc xícara xícaras;
    lm lúmen lúmens; lx lux lux; oz onça onças; gal galão galões; atm atmosfera atmosferas;
    N newton newtons; J joule joules; lb libra libras; lbs libra libras;
    mi milhão milhões; bi bilhão bilhões; min minuto minutos; h hora horas; s segundo segundos;
    seg segundo segundos; x vez vezes; p.p. ponto percentual|pontos percentuais;
    °C grau Celsius|graus Celsius; °F grau Fahrenheit|graus Fahrenheit; ° grau graus;
    ºC grau Celsius|graus Celsius; ºF grau Fahrenheit|graus Fahrenheit;
    ° C=grau Celsius|graus Celsius; º C=grau Celsius|graus Celsius;
    ° F=grau Fahrenheit|graus Fahrenheit
"""

PORTUGUESE_UNITS: Final[dict[str, Named]] = as_typed(
    {
        **metric_units(_BASES, _PREFIXES),
        **_LENGTHS,
        **dict(powers_of_lengths(_LENGTHS, "{} quadrado|{} quadrados", "{} cúbico|{} cúbicos")),
        **units_by_sign(_OTHERS),
    }
)
PER_UNITS: Final = {"s": "segundo", "d": "dia", "dia": "dia", "mês": "mês", "a": "ano"}
"""Units that are only read as such behind a slash, in the singular."""

PORTUGUESE_CURRENCIES: Final[dict[str, Currency]] = named_currencies(
    USD="um|dólar|dólares|centavo|centavos",
    EUR="um|euro|euros|centavo|centavos",
    GBP="uma|libra|libras|pence|pence",
    JPY="um|iene|ienes|sen|sen",
    BRL="um|real|reais|centavo|centavos",
    INR="uma|rúpia|rúpias|paisa|paisas",
    AED="um|dirham|dirhams|fils|fils",
    AOA="um|kwanza|kwanzas|cêntimo|cêntimos",
    ARS="um|peso argentino|pesos argentinos|centavo|centavos",
    AUD="um|dólar australiano|dólares australianos|centavo|centavos",
    BOB="um|boliviano|bolivianos|centavo|centavos",
    BTC="um|bitcoin|bitcoins|centésimo|centésimos",
    CAD="um|dólar canadense|dólares canadenses|centavo|centavos",
    CHF="um|franco suíço|francos suíços|cêntimo|cêntimos",
    CLP="um|peso chileno|pesos chilenos|centavo|centavos",
    CNY="um|yuan|yuans|fen|fens",
    COP="um|peso colombiano|pesos colombianos|centavo|centavos",
    CRC="um|colón|colones|cêntimo|cêntimos",
    CVE="um|escudo|escudos|centavo|centavos",
    CZK="uma|coroa tcheca|coroas tchecas|haléř|haléřů",
    DKK="uma|coroa dinamarquesa|coroas dinamarquesas|øre|øre",
    HKD="um|dólar de Hong Kong|dólares de Hong Kong|centavo|centavos",
    HUF="um|forint|forints|fillér|fillér",
    ILS="um|shekel|shekels|agora|agorot",
    KRW="um|won|wons|jeon|jeon",
    MXN="um|peso mexicano|pesos mexicanos|centavo|centavos",
    MZN="um|metical|meticais|centavo|centavos",
    NGN="uma|naira|nairas|kobo|kobo",
    NOK="uma|coroa norueguesa|coroas norueguesas|øre|øre",
    NZD="um|dólar neozelandês|dólares neozelandeses|centavo|centavos",
    PHP="um|peso filipino|pesos filipinos|centavo|centavos",
    PLN="um|zloty|zlotys|grosz|groszy",
    PYG="um|guarani|guaranis|cêntimo|cêntimos",
    RUB="um|rublo|rublos|copeque|copeques",
    SAR="um|rial saudita|riais sauditas|halala|halalas",
    SEK="uma|coroa sueca|coroas suecas|öre|öre",
    SGD="um|dólar de Singapura|dólares de Singapura|centavo|centavos",
    THB="um|baht|bahts|satang|satang",
    TRY="uma|lira|liras|kuruş|kuruş",
    UAH="uma|hryvnia|hryvnias|copeque|copeques",
    UYU="um|peso uruguaio|pesos uruguaios|centésimo|centésimos",
    VND="um|dong|dongs|xu|xu",
    ZAR="um|rand|rands|centavo|centavos",
)
