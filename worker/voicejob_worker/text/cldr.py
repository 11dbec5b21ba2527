"""Names of units and currencies from Unicode's CLDR, which Babel brings.

Loaded where a text has an amount: it takes some 60 ms, and 2 to 40 ms a language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from voicejob_worker.text.language import primary_subtag

LOCALES: Final = frozenset(
    {"de", "es", "fr", "hu", "it", "sv"}  # those of ``european``: units, currencies, dates
    | {"ar", "cs", "hi", "ja", "ko", "nl", "pl", "ru", "tr", "uk", "zh"}  # the months of a date
)
"""Languages whose data the images hold, too (``docker/prune.py``): Babel has 35 MB of others."""
_LENGTHS: Final = {
    "km": "kilometer",
    "m": "meter",
    "dm": "decimeter",
    "cm": "centimeter",
    "mm": "millimeter",
    "µm": "micrometer",
    "nm": "nanometer",
    "ft": "foot",
    "yd": "yard",
    "mi": "mile",
}
_AREAS: Final = {
    "km²": "square-kilometer",
    "m²": "square-meter",
    "cm²": "square-centimeter",
    "ha": "hectare",
}
_VOLUMES: Final = {
    "m³": "cubic-meter",
    "cm³": "cubic-centimeter",
    "km³": "cubic-kilometer",
    "hl": "hectoliter",
    "l": "liter",
    "L": "liter",
    "dl": "deciliter",
    "cl": "centiliter",
    "ml": "milliliter",
    "mL": "milliliter",
    "dL": "deciliter",
    "cL": "centiliter",
    "hL": "hectoliter",
    "gal": "gallon",
}
_MASSES: Final = {
    "t": "tonne",
    "kg": "kilogram",
    "g": "gram",
    "mg": "milligram",
    "µg": "microgram",
    "lb": "pound",
    "lbs": "pound",
    "oz": "ounce",
}
_POWERS: Final = {"GW": "gigawatt", "MW": "megawatt", "kW": "kilowatt", "W": "watt"}
_ENERGIES: Final = {
    "kWh": "kilowatt-hour",
    "kJ": "kilojoule",
    "J": "joule",
    "kcal": "kilocalorie",
    "cal": "calorie",
    "eV": "electronvolt",
}
_DIGITAL: Final = {
    "PB": "petabyte",
    "TB": "terabyte",
    "GB": "gigabyte",
    "MB": "megabyte",
    "kB": "kilobyte",
    "KB": "kilobyte",
    "Gbit": "gigabit",
    "Mbit": "megabit",
    "kbit": "kilobit",
    "bit": "bit",
}
_FREQUENCIES: Final = {"GHz": "gigahertz", "MHz": "megahertz", "kHz": "kilohertz", "Hz": "hertz"}
_ELECTRIC: Final = {"V": "volt", "A": "ampere", "mA": "milliampere", "Ω": "ohm"}
_PRESSURES: Final = {
    "bar": "bar",
    "mbar": "millibar",
    "hPa": "hectopascal",
    "kPa": "kilopascal",
    "Pa": "pascal",
    "atm": "atmosphere",
}
_DURATIONS: Final = {
    "h": "hour",
    "min": "minute",
    "s": "second",
    "ms": "millisecond",
    "µs": "microsecond",
    "ns": "nanosecond",
}
_SPEEDS: Final = {
    "km/h": "kilometer-per-hour",
    "m/s": "meter-per-second",
    "mph": "mile-per-hour",
}
_CONSUMPTIONS: Final = {
    "l/100 km": "liter-per-100-kilometer",
    "l/100km": "liter-per-100-kilometer",
}
_TEMPERATURES: Final = {"°C": "celsius", "°F": "fahrenheit", "K": "kelvin"}
_UNIT_OF: Final = {
    sign: f"{kind}-{name}"
    for kind, names in {
        "length": _LENGTHS,
        "area": _AREAS,
        "volume": _VOLUMES,
        "mass": _MASSES,
        "power": _POWERS,
        "energy": _ENERGIES,
        "digital": _DIGITAL,
        "frequency": _FREQUENCIES,
        "electric": _ELECTRIC,
        "pressure": _PRESSURES,
        "duration": _DURATIONS,
        "speed": _SPEEDS,
        "consumption": _CONSUMPTIONS,
        "temperature": _TEMPERATURES,
    }.items()
    for sign, name in names.items()
} | {
    "°": "angle-degree",
    "px": "graphics-pixel",
    "N": "force-newton",
    "T": "magnetic-tesla",
    "F": "electric-farad",
    "Sv": "energy-sievert",
    "mol": "concentr-mole",
    "lx": "light-lux",
    "lm": "light-lumen",
    "MPa": "pressure-megapascal",
    "MP": "graphics-megapixel",
    "m/s²": "acceleration-meter-per-square-second",
    "kn": "speed-knot",
    "hp": "power-horsepower",
    "Nm": "torque-newton-meter",
    "dpi": "graphics-dot-per-inch",
    "ac": "area-acre",
}
_PREFIXED: Final = {
    "mV": ("10p-3", "V"),
    "kV": ("10p3", "V"),
    "mW": ("10p-3", "W"),
    "Wh": ("", "kWh"),
    "MWh": ("10p6", "kWh"),
    "GWh": ("10p9", "kWh"),
    "TWh": ("10p12", "kWh"),
    "kN": ("10p3", "N"),
    "kΩ": ("10p3", "Ω"),
    "MΩ": ("10p6", "Ω"),
    "TW": ("10p12", "W"),
    "MJ": ("10p6", "J"),
    "GJ": ("10p9", "J"),
    "nF": ("10p-9", "F"),
    "µF": ("10p-6", "F"),
    "mN": ("10p-3", "N"),
    "µl": ("10p-6", "l"),
    "µL": ("10p-6", "l"),
    "ng": ("10p-9", "g"),
    "pm": ("10p-12", "m"),
    "mSv": ("10p-3", "Sv"),
    "mmol": ("10p-3", "mol"),
}
"""Units that CLDR has no name for: a prefix, and the unit it stands before."""
_RAISED: Final = {
    "mm²": ("cm²", "cm", "mm"),
    "dm²": ("cm²", "cm", "dm"),
    "mm³": ("cm³", "cm", "mm"),
    "dm³": ("cm³", "cm", "dm"),
}
"""Powers that CLDR has no name for: one that it has, its unit, and the unit in its place."""
_FLAT: Final = {
    sign[:-1] + ("2" if sign.endswith("²") else "3"): sign
    for sign in (*_UNIT_OF, *_RAISED)
    if sign.endswith(("²", "³"))
}
"""Powers as they are typed: m2."""
UNIT_SIGNS: Final = (*_UNIT_OF, *_PREFIXED, *_RAISED, *_FLAT)
"""As they are written, capitals and all."""


@lru_cache(1024)
def unit_name(language: str, sign: str) -> tuple[str, str] | None:
    """What a unit is called: one of it, and many; None if CLDR has no name for it."""
    sign = _FLAT.get(sign, sign)
    if sign in _RAISED:
        return _in_place(language, *_RAISED[sign])
    patterns = _data(language)["unit_patterns"]
    prefix = ""
    if sign in _PREFIXED:
        power, base = _PREFIXED[sign]
        compound = _data(language)["compound_unit_patterns"]
        prefix = compound[power]["long"]["prefix"].replace("{0}", "") if power else ""
        sign = base
        if sign == "kWh":
            return _watt_hours(prefix, unit_name(language, sign), compound)
    forms = dict(patterns.get(_UNIT_OF[sign], {})).get("long")
    if not forms:
        return None
    many = _bare(forms["other"])
    names = _bare(forms["one"]) if "one" in forms else many, many
    if not prefix:
        return names
    one, many = (prefix + name.lower() for name in names)
    return one, many


def per_unit(language: str, sign: str) -> str:
    """``per hour``: a unit as it stands after a slash; "" if CLDR has no such words."""
    forms = dict(_data(language)["unit_patterns"].get(_UNIT_OF.get(sign, ""), {})).get("long", {})
    return _bare(forms["per"]) if "per" in forms else ""


@lru_cache(1024)
def currency_name(language: str, code: str) -> tuple[str, str] | None:
    """What the currency of an ISO 4217 code is called: one of it, and many."""
    data = _data(language)
    forms = data["currency_names_plural"].get(code)
    if forms:
        return forms.get("one", forms["other"]), forms["other"]
    name = data["currency_names"].get(code)
    return (name, name) if name else None


def _in_place(language: str, like: str, unit: str, other: str) -> tuple[str, str] | None:
    """``square millimetre`` of ``square centimetre``."""
    names, old, new = (
        unit_name(language, like),
        unit_name(language, unit),
        unit_name(language, other),
    )
    if names is None or old is None or new is None:
        return None
    one, many = (
        re.sub(re.escape(was), is_now.lower(), name, flags=re.IGNORECASE)
        for name, was, is_now in zip(names, old, new, strict=True)
    )
    return one, many


def _watt_hours(prefix: str, kilo: tuple[str, str] | None, compound: Any) -> tuple[str, str] | None:
    if kilo is None:
        return None
    own = compound["10p3"]["long"]["prefix"].replace("{0}", "")
    one, many = (prefix + name.removeprefix(own) for name in kilo)
    if not prefix and kilo[0][0].isupper():
        return one.capitalize(), many.capitalize()
    return one, many


def _bare(pattern: str) -> str:
    return " ".join(pattern.replace("{0}", "").split())


@lru_cache(32)
def _data(language: str) -> Any:
    from babel import localedata

    data: Any = localedata.load(primary_subtag(language))
    return localedata.LocaleDataDict(data)
