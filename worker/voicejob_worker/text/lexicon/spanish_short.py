"""What Spanish abbreviates."""

from typing import Final

from voicejob_worker.text.lexicon.schema import Beside, abbreviated, abbreviations, word_set

_ANYWHERE: Final = {
    "Excmo": "excelentísimo",
    "Excma": "excelentísima",
    "Ilmo": "ilustrísimo",
    "Admón": "administración",
    "Cía": "compañía",
    "cía": "compañía",
    "Hnos": "hermanos",
    "Vda": "viuda",
    "tít": "título",
    "párr": "párrafo",
    "fdo": "firmado",
    "Fdo": "firmado",
    "pdte": "presidente",
    "uds": "unidades",
    "Sgto": "sargento",
    "Apdo": "apartado",
    "hab": "habitantes",
    "aprox": "aproximadamente",
    "p.ej": "por ejemplo",
    "p.e": "por ejemplo",
    "Sr": "señor",
    "Sra": "señora",
    "Sres": "señores",
    "Sras": "señoras",
    "Srta": "señorita",
    "Dr": "doctor",
    "Dra": "doctora",
    "Dres": "doctores",
    "sr": "señor",
    "sra": "señora",
    "dr": "doctor",
    "dra": "doctora",
    "D.ª": "doña",
    "Prof": "profesor",
    "Profa": "profesora",
    "Ud": "usted",
    "Uds": "ustedes",
    "Vd": "usted",
    "Vds": "ustedes",
    "Lic": "licenciado",
    "Licda": "licenciada",
    "Ing": "ingeniero",
    "Arq": "arquitecto",
    "Gral": "general",
    "Cnel": "coronel",
    "Sto": "santo",
    "Sta": "santa",
    "tel": "teléfono",
    "teléf": "teléfono",
    "tfno": "teléfono",
    "avda": "avenida",
    "av": "avenida",
    "pza": "plaza",
    "plza": "plaza",
    "esq": "esquina",
    "ctra": "carretera",
    "depto": "departamento",
    "dpto": "departamento",
    "izq": "izquierda",
    "izda": "izquierda",
    "dcha": "derecha",
    "núm": "número",
    "vs": "versus",
    "cf": "confróntese",
    "íd": "ídem",
    "dto": "descuento",
    "prov": "provincia",
    "gob": "gobierno",
    "adm": "administración",
    "atte": "atentamente",
    "máx": "máximo",
    "mín": "mínimo",
    "ej": "ejemplo",
    "ss": "siguientes",
}
_SHORT_WEEKDAYS: Final = {
    **{"lun": "lunes", "mar": "martes", "mié": "miércoles", "jue": "jueves"},
    **{"vie": "viernes", "sáb": "sábado", "dom": "domingo"},
}
SPANISH_WEEKDAYS: Final = {
    **dict(zip("LMXJVSD", _SHORT_WEEKDAYS.values(), strict=True)),
    **_SHORT_WEEKDAYS,
}
_BEFORE_A_NUMBER: Final = {
    **{short: day for short, day in _SHORT_WEEKDAYS.items() if short != "mar"},  # the sea
    "vier": "viernes",
    "ext": "extensión",
    "Cap": "capítulo",
    "s": "siglo",
    "pág": "página",
    "págs": "páginas",
    "p": "página",
    "pp": "páginas",
    "art": "artículo",
    "arts": "artículos",
    "cap": "capítulo",
    "caps": "capítulos",
    "vol": "volumen",
    "fig": "figura",
    "nro": "número",
    "ed": "edición",
}
_BEFORE_A_NAME: Final = {
    "D": "don",
    "Dña": "doña",
    "S": "san",
    "Fr": "fray",
    "Mons": "monseñor",
    "P": "padre",
    "Cap": "capitán",
}
_MAY_END: Final = {
    "ptos": "puntos",
    "Bs.As": "Buenos Aires",
    "ed": "edición",
    "etc": "etcétera",
    "EE.UU": "Estados Unidos",
    "ee.uu": "Estados Unidos",
    "RR.HH": "recursos humanos",
    "a.C": "antes de Cristo",
    "d.C": "después de Cristo",
    "a.c": "antes de Cristo",
    "d.c": "después de Cristo",
    "c/u": "cada uno",
}

SPANISH_ABBREVIATIONS: Final = abbreviations(
    abbreviated(_BEFORE_A_NUMBER, before=Beside.NUMBER),
    abbreviated(_BEFORE_A_NAME, before=Beside.NAME),
    abbreviated(_MAY_END, may_end=True),
    abbreviated(_ANYWHERE),
)
SPANISH_STARTERS: Final = word_set(
    "El La Los Las Lo Un Una Unos Unas Luego Después Entonces Pero Y Se No Es Son Era Hay Ya "
    "Así También Si En Por Para Con Como Cuando Yo Él Ella Ellos Ellas Me Te Le Les Su Sus Mi "
    "Este Esta Esto Ese Esa Aquí Allí Hoy Ayer Mañana Al De Del Todo Todos Nadie Nunca Siempre "
    "Aunque Además Quien Qué Cómo Dónde Cuesta Fue"
)
"""Words that begin a sentence: before them the point of an abbreviation ends the one before."""
SPANISH_POINTLESS: Final = {"C/": "calle", "c/": "calle", "Avda": "avenida"}
