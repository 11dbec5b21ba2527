r"""LaTeX formulas of a text in a form that is still readable: ``\frac{a}{b}`` is a / b."""

import re
from typing import Final

_SIGNS: Final = {
    "times": "×", "cdot": "×", "div": "÷", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "infty": "∞", "to": "→", "rightarrow": "→", "circ": "°",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "theta": "θ",
    "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "Omega": "Ω", "sum": "∑", "int": "∫", "sqrt": "√",
    "partial": "∂", "in": "∈", "quad": " ", "left": "", "right": "", "text": "", "mathrm": "",
    "mathbf": "", "operatorname": "", "displaystyle": "", "ldots": "…", "dots": "…",
}  # fmt: skip
_FRACTION: Final = re.compile(r"\\[dtc]?frac ?\{([^{}]{1,200})\} ?\{([^{}]{1,200})\}")
_ROOT: Final = re.compile(r"\\sqrt ?\{([^{}]{1,200})\}")
_NAMED: Final = re.compile(r"\\(?:text|mathrm|mathbf|mathit|operatorname)\*? ?\{([^{}]{1,200})\}")
_INDEX: Final = re.compile(r"_\{([^{}]{1,100})\}|_(?=[A-Za-z0-9])")
_LINE: Final = re.compile(r"\\\\(?![A-Za-z])")
_SIMPLE: Final = re.compile(r"[\w.]{1,20}")
_OTHER_POWER: Final = re.compile(r"\^\{([^{}]{1,60})\}")
_MINUS: Final = re.compile(r"(?<=[\w)}²³ⁿ]) ?- ?(?=[\w(\\√])")
_LEADING: Final = re.compile(r"(?<![\w)}²³ⁿ] )(?<![\w)}²³ⁿ^])(?<!\^\()- ?(?=[\w(\\√])")
_NESTED: Final = 6
"""Fractions and roots within one another that are read."""
_POWER: Final = re.compile(r"\^(?:\{([0-9n+-]{1,8})\}|([0-9n]))")
_RAISED: Final = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_COMMAND: Final = re.compile(r"\\([A-Za-z]{1,30})")
_REST: Final = re.compile(r"\\[,;:! ]|[{}]|\\(?=\\)")


def readable(formula: str) -> str:
    """The formula with signs instead of commands."""
    text = _INDEX.sub(r" \1", _LINE.sub(", ", formula))
    for _ in range(_NESTED):
        inner = _ROOT.sub(r"√ \1", _NAMED.sub(r"\1", text))
        inner = _FRACTION.sub(_fraction, inner)
        if inner == text:
            break
        text = inner
    text = _POWER.sub(lambda found: (found[1] or found[2]).translate(_RAISED), text)
    text = _LEADING.sub("−", _MINUS.sub(" − ", _OTHER_POWER.sub(r"^(\1)", text)))
    text = _COMMAND.sub(lambda found: f" {_SIGNS.get(found[1], found[1])} ", text)
    return " ".join(_REST.sub(" ", text).split())


def _fraction(found: re.Match[str]) -> str:
    if found[1].strip().isdigit() and found[2].strip().isdigit():
        return f" {found[1].strip()}/{found[2].strip()} "
    over, under = (
        part if _SIMPLE.fullmatch(part) else f"({part})" for part in (found[1], found[2])
    )
    return f"{over} / {under}"
