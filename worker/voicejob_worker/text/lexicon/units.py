"""Signs of units put together from a prefix and a base, for the languages that name both."""

from collections.abc import Iterator, Mapping
from typing import Final

Named = tuple[str, str]
"""A unit's name in the singular and the plural."""

_PREFIXES: Final = {
    "p": "pico", "n": "nano", "µ": "micro", "m": "milli", "c": "centi", "d": "deci", "": "",
    "h": "hecto", "k": "kilo", "K": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta",
}  # fmt: skip
"""SI's prefixes, and ``K``, which stands for a thousand of bytes."""
_METRIC: Final = {
    "g": "p n µ m k", "L": "n µ m c d h", "l": "µ m c d h", "W": "m k M G T", "Wh": "k M G T",
    "Hz": "k M G T", "V": "µ m k M", "A": "µ m k", "Ah": "m k", "J": "k M G", "cal": "k",
    "eV": "k M G T", "Pa": "h k M G", "bar": "m", "bit": "k M G T", "b": "M G", "B": "k K M G T P",
    "s": "n µ m", "mol": "n µ m", "Sv": "µ m", "Bq": "k M", "Ω": "k M", "N": "k", "F": "p n µ",
}  # fmt: skip
"""Prefixes that are written before each base; what may be another word is left out."""


def metric_units(
    bases: Mapping[str, Named], prefixes: Mapping[str, str] | None = None
) -> dict[str, Named]:
    """The units of ``bases`` with the prefixes that they take.

    Args:
        bases: Names by the base's sign.
        prefixes: What ``kilo`` and the like are called, where that differs from English.
    """
    return {
        f"{sign}{base}": (f"{prefix}{names[0]}", f"{prefix}{names[1]}")
        for base, names in bases.items()
        for sign in _METRIC[base].split()
        for prefix in ((prefixes or {}).get(_PREFIXES[sign], _PREFIXES[sign]),)
    }


def units_by_sign(table: str) -> dict[str, Named]:
    """Units of rows ``sign singular plural`` or ``sign one name|many names``, with semicolons.

    An equals sign ends a sign that holds a blank.
    """
    units: dict[str, Named] = {}
    for row in table.split(";"):
        sign, names = row.strip().split("=" if "=" in row else " ", 1)
        singular, _, plural = names.partition("|" if "|" in names else " ")
        units[sign] = (singular, plural)
    return units


_LOWER: Final = (
    *("kWh", "MWh", "GWh", "TWh", "kW", "GW", "TW", "Hz", "kHz", "MHz", "GHz", "THz"),
    *("dB", "TB", "hPa", "kPa", "MPa", "°C", "°F", "ºC", "ºF"),
)
"""Typed in lower case, too; none of them is a word or another unit then."""


def as_typed(units: Mapping[str, Named]) -> dict[str, Named]:
    """The units with what else their signs are typed as: 2 ghz, 5 μm with a Greek letter."""
    return {
        **{sign.replace("µ", "μ"): names for sign, names in units.items()},
        **{sign.lower(): units[sign] for sign in _LOWER if sign in units},
        **units,
    }


def powers_of_lengths(
    lengths: Mapping[str, Named], square: str, cubic: str
) -> Iterator[tuple[str, Named]]:
    """Areas and volumes by their signs: m², m2, m^2.

    ``square`` and ``cubic`` are templates of a name: ``square {}``, ``{} quadrado|{} quadrados``.
    """
    for sign, names in lengths.items():
        for template, powers in ((square, ("²", "2", "^2")), (cubic, ("³", "3", "^3"))):
            singular, _, plural = template.partition("|")
            said = (singular.format(names[0]), (plural or singular).format(names[1]))
            for power in powers:
                yield f"{sign}{power}", said
