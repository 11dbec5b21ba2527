"""Spanish words."""

from typing import Final

from voicejob_worker.text.lexicon.schema import (
    AddressWords,
    DayWords,
    Lexicon,
    Numbered,
    Shortening,
)
from voicejob_worker.text.lexicon.spanish_parts import SPANISH_PARTS
from voicejob_worker.text.lexicon.spanish_short import (
    SPANISH_ABBREVIATIONS,
    SPANISH_POINTLESS,
    SPANISH_STARTERS,
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
    point="coma",
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
    section="sección",
    relations={
        "is": "es",
        "≥": "es mayor o igual que",
        "≤": "es menor o igual que",
        "≠": "es distinto de",
        "≈": "es aproximadamente",
        "±": "más menos",
        "÷": "dividido entre",
        "√": "raíz cuadrada de",
        "∞": "infinito",
        "²": "al cuadrado",
        "³": "al cubo",
        "<": "menos de",
        ">": "más de",
        "~": "unos",
        "∼": "unos",
    },
    abbreviations=SPANISH_ABBREVIATIONS,
    pointless=SPANISH_POINTLESS,
    starters=SPANISH_STARTERS,
    shortening=Shortening(parts=SPANISH_PARTS),
    days=DayWords(
        labels="(?:fechas?|(?:próxima )?(?:reunión|cita|sesión)|vencimiento|caducidad|plazos?"
        "|cumpleaños|estreno|entrega)"
        "(?: [a-zà-ÿ]{1,12}){0,3}",
        weekdays="lunes|martes|miércoles|jueves|viernes|sábado|domingo",
        ahead="hasta|desde|antes de|a partir de",
        times="a las? [0-9]",
        counted=r"(?:del?|segundos|minutos|horas|días|semanas|meses|años|personas)\b",
    ),
    numbered=Numbered(
        laws="ley(?:es)?|decretos?|decretos?-ley(?:es)?|orden|reglamentos?|directivas?"
        "|circular(?:es)?|instrucci(?:ón|ones)|ordenanzas?|acuerdos?|estatuto",
        short=r"R\.? ?D\.?(?: ?L\.?)?|LO|STC|STS|SAN",
        things="resoluci(?:ón|ones)|artículos?|autos?|sentencias?|expedientes?|recursos?|casos?|asuntos?|causas?"
        "|procedimientos?|dictamen|informes?|actas?|proyectos?|proposici(?:ón|ones)|consultas?"
        "|convocatorias?|licitaci(?:ón|ones)|contratos?|boletín|edici(?:ón|ones)|providencias?",
        between="orgánic[ao]s?|legislativ[ao]s?|ley|autonómic[ao]|foral|general|ministerial"
        "|municipal|administrativ[ao]|de (?:amparo|casación|ley|inconstitucionalidad)",
        number="n[uú]meros?|n|núm|nro|no|nr",
        joint="de",
        joints=("y", "e", "o"),
    ),
)
