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
_FRACTION: Final = re.compile(r"\\[dt]?frac\{([^{}]{1,200})\}\{([^{}]{1,200})\}")
_POWER: Final = re.compile(r"\^(?:\{([0-9n+-]{1,8})\}|([0-9n]))")
_RAISED: Final = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_COMMAND: Final = re.compile(r"\\([A-Za-z]{1,30})")
_REST: Final = re.compile(r"\\[,;:! ]|[{}]|\\(?=\\)")


def readable(formula: str) -> str:
    """The formula with signs instead of commands."""
    text = _FRACTION.sub(r"\1 / \2", formula)
    text = _POWER.sub(lambda found: (found[1] or found[2]).translate(_RAISED), text)
    text = _COMMAND.sub(lambda found: f" {_SIGNS.get(found[1], found[1])} ", text)
    return " ".join(_REST.sub(" ", text).split())
