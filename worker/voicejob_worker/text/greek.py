"""Signs of formulas (∑, ∫, ∂, ∈, ∏), and Greek letters that stand by themselves (π, Δt), by name.

Words in Greek stay; so do the letters of a language whose names for them nothing here has.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.language import primary_subtag

_LETTERS: Final = "αβγδεζηθικλμνξοπρστυφχψω"
_NAMES: Final = {
    "en": "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "sigma tau upsilon phi chi psi omega",
    "de": "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda My Ny Xi Omikron Pi Rho "
    "Sigma Tau Ypsilon Phi Chi Psi Omega",
    "fr": "alpha bêta gamma delta epsilon zêta êta thêta iota kappa lambda mu nu xi omicron pi rhô "
    "sigma tau upsilon phi khi psi oméga",
    "es": "alfa beta gamma delta épsilon zeta eta theta iota kappa lambda mi ni xi ómicron pi ro "
    "sigma tau ípsilon fi ji psi omega",
    "it": "alfa beta gamma delta epsilon zeta eta theta iota kappa lambda mi ni xi omicron pi rho "
    "sigma tau ipsilon fi chi psi omega",
    "pt": "alfa beta gama delta épsilon zeta eta teta iota capa lambda mi ni csi ômicron pi rô "
    "sigma tau ípsilon fi qui psi ômega",
    "sv": "alfa beta gamma delta epsilon zeta eta teta jota kappa lambda my ny xi omikron pi rho "
    "sigma tau ypsilon fi chi psi omega",
    "hu": "alfa béta gamma delta epszilon zéta éta théta ióta kappa lambda mű nű kszí omikron pí "
    "ró szigma tau üpszilon fí khí pszí ómega",
    "ru": "альфа бета гамма дельта эпсилон дзета эта тета йота каппа лямбда мю ню кси омикрон пи "
    "ро сигма тау ипсилон фи хи пси омега",
    "hi": "अल्फा बीटा गामा डेल्टा एप्सिलॉन ज़ीटा ईटा थीटा आयोटा कप्पा लैम्डा म्यू न्यू "
    "ज़ाई ओमिक्रॉन पाई रो सिग्मा टाऊ उप्साइलन फाई काई साई ओमेगा",
    "ar": "ألفا بيتا غاما دلتا إبسيلون زيتا إيتا ثيتا يوتا كابا لامدا ميو نيو كساي أوميكرون باي رو "
    "سيغما تاو أبسيلون فاي كاي بساي أوميغا",
    "ja": "アルファ ベータ ガンマ デルタ イプシロン ゼータ イータ シータ イオタ カッパ ラムダ "
    "ミュー ニュー クサイ オミクロン パイ ロー シグマ タウ ウプシロン ファイ カイ プサイ オメガ",
    "zh": "阿尔法 贝塔 伽马 德尔塔 艾普西龙 泽塔 伊塔 西塔 约塔 卡帕 拉姆达 缪 纽 克西 "
    "奥密克戎 派 柔 西格玛 陶 宇普西龙 斐 希 普西 欧米伽",
}
_SYMBOLS: Final = "∑∫∂∈∏"
_SYMBOL_NAMES: Final = {
    "en": "sum integral partial in product",
    "de": "Summe Integral partiell in Produkt",
    "fr": "somme intégrale partielle dans produit",
    "es": "suma integral parcial en producto",
    "it": "somma integrale parziale in prodotto",
    "pt": "soma integral parcial em produto",
    "sv": "summa integral partiell i produkt",
    "hu": "szumma integrál parciális eleme szorzat",
    "ru": "сумма интеграл частная принадлежит произведение",
    "hi": "योग समाकल आंशिक में गुणनफल",
    "ar": "مجموع تكامل جزئي ينتمي حاصل",
    "ja": "総和 積分 偏 属する 総乗",
    "zh": "求和 积分 偏 属于 乘积",
}
_ANY: Final = re.compile("[α-ωΑ-Ω∑∫∂∈∏]")
_ALONE: Final = re.compile(r"(?<![Α-ώἀ-ῼ])([α-ωΑ-Ω∑∫∂∈∏])(?![Α-ώἀ-ῼ])")
_MICRO: Final = re.compile(r"[a-zA-Z]{1,2}(?![a-zA-Z])")
_JOINED: Final = frozenset({"zh", "ja"})


def say_greek(text: str, language: str) -> str:
    """Replace Greek letters that no other Greek letter is beside by their names."""
    if _ANY.search(text) is None:
        return text
    primary = primary_subtag(language)
    names = _names("zh" if primary in ("cmn", "yue") else primary)
    if not names:
        return text

    def spoken(found: re.Match[str]) -> str:
        name = names.get(found[1].lower(), "")
        if not name or (found[1] == "μ" and _MICRO.match(text, found.end())):
            return found.group()  # μm
        beside = (
            text[max(found.start() - 1, 0) : found.start()],
            text[found.end() : found.end() + 1],
        )
        if primary in _JOINED:
            return name
        before, after = (" " if sign.isalnum() else "" for sign in beside)
        return f"{before}{name}{after}"

    return _ALONE.sub(spoken, text)


@lru_cache(16)
def _names(primary: str) -> dict[str, str]:
    listed = _NAMES.get(primary, "").split()
    if not listed:
        return {}
    symbols = zip(_SYMBOLS, _SYMBOL_NAMES[primary].split(), strict=True)
    return dict(zip(_LETTERS, listed, strict=True)) | dict(symbols)
