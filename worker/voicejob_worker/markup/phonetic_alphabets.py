"""Phonemes as they are written in SSML and PLS: in IPA, or in X-SAMPA, its form in ASCII."""

import re
from typing import Final

MAX_PHONEMES: Final = 200
"""Characters of one word's phonemes."""

_X_SAMPA: Final = {
    # Wells, Computer-coding the IPA (1995), without its rarest signs; longest first in `to_ipa`.
    "b_<": "ɓ", "d`": "ɖ", "d_<": "ɗ", "g_<": "ɠ", "h\\": "ɦ", "j\\": "ʝ", "l`": "ɭ", "l\\": "ɺ",
    "n`": "ɳ", "p\\": "ɸ", "r`": "ɽ", "r\\": "ɹ", "r\\`": "ɻ", "s`": "ʂ", "s\\": "ɕ", "t`": "ʈ",
    "v\\": "ʋ", "x\\": "ɧ", "z`": "ʐ", "z\\": "ʑ", "A": "ɑ", "B": "β", "B\\": "ʙ", "C": "ç",
    "D": "ð", "E": "ɛ", "F": "ɱ", "G": "ɣ", "G\\": "ɢ", "H": "ɥ", "H\\": "ʜ", "I": "ɪ", "I\\": "ᵻ",
    "J": "ɲ", "J\\": "ɟ", "K": "ɬ", "K\\": "ɮ", "L": "ʎ", "L\\": "ʟ", "M": "ɯ", "M\\": "ɰ",
    "N": "ŋ", "N\\": "ɴ", "O": "ɔ", "O\\": "ʘ", "P": "ʋ", "Q": "ɒ", "R": "ʁ", "R\\": "ʀ", "S": "ʃ",
    "T": "θ", "U": "ʊ", "U\\": "ᵿ", "V": "ʌ", "W": "ʍ", "X": "χ", "X\\": "ħ", "Y": "ʏ", "Z": "ʒ",
    ".": ".", '"': "ˈ", "%": "ˌ", ":": "ː", ":\\": "ˑ", "@": "ə", "@\\": "ɘ", "{": "æ", "}": "ʉ",
    "1": "ɨ", "2": "ø", "3": "ɜ", "3\\": "ɞ", "4": "ɾ", "5": "ɫ", "6": "ɐ", "7": "ɤ", "8": "ɵ",
    "9": "œ", "&": "ɶ", "?": "ʔ", "?\\": "ʕ", "<\\": "ʢ", ">\\": "ʡ", "^": "ꜛ", "!": "ꜜ",
    "!\\": "ǃ", "|": "|", "|\\": "ǀ", "||": "‖", "|\\|\\": "ǁ", "=\\": "ǂ", "-\\": "‿", "_": "",
    "@`": "ɚ", "3`": "ɝ",
    '_"': "\u0308", "_+": "\u031f", "_-": "\u0320", "_0": "\u0325", "=": "\u0329", "_=": "\u0329",
    "_>": "ʼ", "_^": "\u032f", "_}": "\u031a", "~": "\u0303", "_~": "\u0303", "_a": "\u033a",
    "_c": "\u031c", "_d": "\u032a", "_e": "\u0334", "_h": "ʰ", "_j": "ʲ", "'": "ʲ", "_k": "\u0330",
    "_l": "ˡ", "_n": "ⁿ", "_o": "\u031e", "_O": "\u0339", "_q": "\u0319", "_r": "\u031d",
    "_t": "\u0324", "_v": "\u032c", "_w": "ʷ", "_x": "\u033d", "`": "˞",
}  # fmt: skip
_NO_PHONEME: Final = re.compile("[\\[\\]()\x00-\x1f\x7f-\x9f\ue000-\uf8ff\ud800-\udfff]")
"""Engines tell phonemes from text by brackets."""
_LONGEST: Final = max(map(len, _X_SAMPA))
X_SAMPA: Final = frozenset(("x-sampa", "x_sampa", "xsampa", "sampa"))
IPA: Final = frozenset(("", "ipa"))


def to_ipa(phonemes: str, alphabet: str) -> str | None:
    """The phonemes in IPA; None if the alphabet is neither IPA nor X-SAMPA.

    Raises:
        ValueError: There are none, or too many, or not in this alphabet.
    """
    phonemes = " ".join(phonemes.split())
    if phonemes[:1] + phonemes[-1:] in ("//", "[]") and len(phonemes) > 2:
        phonemes = phonemes[1:-1].strip()
    if _NO_PHONEME.search(phonemes):
        raise ValueError("no brackets, controls or signs of private use")
    if not phonemes or len(phonemes) > MAX_PHONEMES:
        raise ValueError(f"between 1 and {MAX_PHONEMES} characters")
    name = alphabet.strip().lower()
    if name in IPA:
        return phonemes
    return _from_x_sampa(phonemes) if name in X_SAMPA else None


def _from_x_sampa(phonemes: str) -> str:
    if not phonemes.isascii():
        raise ValueError("X-SAMPA is written in ASCII")
    said, at = [], 0
    while at < len(phonemes):
        for length in range(min(_LONGEST, len(phonemes) - at), 0, -1):
            sign = phonemes[at : at + length]
            if sign in _X_SAMPA:
                said.append(_X_SAMPA[sign])
                break
        else:
            length, sign = 1, phonemes[at]
            if not (sign.isalpha() or sign == " "):
                raise ValueError("X-SAMPA has no such sign")
            said.append(sign)
        at += length
    return "".join(said)
