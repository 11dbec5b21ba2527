"""What Portuguese does with its amounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.lexicon.amounts import Amounts, NounGender
from voicejob_worker.text.lexicon.portuguese_gender import in_feminine, is_feminine
from voicejob_worker.text.lexicon.schema import word_set

if TYPE_CHECKING:
    from voicejob_worker.text.lexicon.amounts import Words

_SCORE: Final = re.compile(
    rf"(?<=[^\W\d_]{BLANK})([0-9]{{1,2}}){BLANK}?[x×]{BLANK}?([0-9]{{1,2}})(?={BLANK}[A-ZÀ-Þ])"
)
_SCORE_BEHIND: Final = re.compile(
    r"((?:placar|resultado|marcador|venc\w{1,6}|ganh\w{1,6}|perd\w{1,6}|derrot\w{1,6}|bat\w{1,4}"
    rf"|empat\w{{1,6}}|gole\w{{1,6}})\b[^.!?\n0-9]{{0,40}}?)([0-9]{{1,2}}){BLANK}?[x×]{BLANK}?"
    r"([0-9]{1,2})(?!\w|,[0-9]"
    r"| ?(?:[mck]?m|px|pol|(?:cent[ií]|mil[ií]|quil[ôo])?metros?|polegadas?|p[ée]s|pixels)\b)",
    re.I,
)
_DECADE_WITH_S: Final = re.compile(r"(?<![\w.,])((?:1[89]|20)[0-9]0)s\b")
_DEGREE_ORDINAL: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,3})°(?= (?:lugar|andar|ano|dia|turno|grau|colocado|semestre|trimestre|"
    r"bimestre|tempo|set|lote|batalhão|distrito|capítulo|artigo|período|ciclo|passo|round|de "
    r"[a-zç]{4,9})\b)"
)
_LETTERED: Final = re.compile(
    r"\b(?:bloco|artigo|art\.?|apartamento|apto\.?|apt\.?|casa|sala|lote|quadra|turma|classe"
    r"|linha|inciso|portão|setor|ala|andar|número|n[º°.]|rua[^,\n]{1,24},) \Z",
    re.IGNORECASE,
)
"""Matches what stands, in Portuguese, before a number whose letter is no unit: bloco 5 N."""
_MECHANICS: Final = re.compile(
    r"\b(?:força|energia|trabalho|peso|carga|tração|calor|atrito|empuxo|normal|resultante)\b"
    r"[^.!?\n]{0,30}\Z",
    re.IGNORECASE,
)
_TELEPHONES: Final = re.compile(
    r"(?<![\w.,+/-])(?:"
    r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"  # CPF
    r"|[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}"  # CNPJ
    r"|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9]"  # RG
    r"|[0-9]{2}\.?[0-9]{3}-[0-9]{3}"  # CEP
    r"|0[3589]00(?:[ -][0-9]{3}[ -]?[0-9]{4}|[ -][0-9]{3}[ -][0-9]{3})"
    r"|\(?0?[0-9]{2}\)? ?(?:9[ .]?)?[0-9]{4}[ .-][0-9]{4}"
    r"|9[0-9]{4}-[0-9]{4}|(?!(?:1[0-9]|20)[0-9]{2}-(?:1[0-9]|20)[0-9]{2})[0-9]{4}-[0-9]{4}"
    r")(?![\w-])"
)
_CALLS: Final = re.compile(
    r"\b((?:ligue|ligou|ligar|disque|discar|telefone)(?: para)?(?: o)? )([0-9]{3})"
    r"(?![\w.,]*[0-9])",
    re.IGNORECASE,
)
_NEUTRAL_ADJECTIVES: Final = (
    "grandes|maiores|melhores|piores|menores|principais|possíveis|diferentes|jovens|importantes"
)
_COUNTING: Final = re.compile(
    rf"(?<![\w.,])({AMOUNT})(?!\w)(?=( das [0-9])|(?: (?:a|e|ou|até) {AMOUNT})?(?:( mil)?"
    rf"(?: (?:{_NEUTRAL_ADJECTIVES}))? ([a-zà-ÿ]{{3,30}})))?"
)
_FEMININE_BEFORE: Final = re.compile(
    r"(?:^|[\s\"'(])(?:às?|as|das|nas|pelas|umas|estas|essas|aquelas|destas|dessas|nestas|nessas|"
    r"suas|minhas|nossas|outras|primeiras|últimas|próximas)\s\Z",
    re.IGNORECASE,
)


def _is_letter(found: re.Match[str], sign: str) -> bool:
    """Whether a capital behind a number is a letter: of a house, or no newton and no joule."""
    before = found.string[max(found.start() - 48, 0) : found.start()]
    return (
        len(sign) == 1
        and sign.isupper()
        and (
            _LETTERED.search(before) is not None
            or (sign in "NJ" and _MECHANICS.search(before) is None)
        )
    )


def _say_parts(over: int, under: int, cardinal: Words, ordinal: Words) -> str:
    """``três oitavos``, ``cinco doze avos``."""
    part = {2: "meio", 3: "terço"}.get(under) or (
        ordinal(under) if under <= 10 or under in (100, 1000) else f"{cardinal(under)} avo"
    )
    ending = "" if over == 1 and not str(part).endswith(" avo") else "s"
    return f"{cardinal(over)} {part}{ending}"


PORTUGUESE_AMOUNTS: Final = Amounts(
    gender=NounGender(is_feminine, in_feminine, "meia", _COUNTING, _FEMININE_BEFORE),
    mends=(
        (_DECADE_WITH_S, r"\1"),
        (_DEGREE_ORDINAL, r"\1º"),
        (_SCORE, r"\1 a \2"),
        (_SCORE_BEHIND, r"\1\2 a \3"),
    ),
    ordinal_marks=r"(?:\.?([ºª°]s?)(?! ?[CF]\b)|((?<![0-9]{3})[oa]s?)\b(?!/))",
    is_letter=_is_letter,
    parted=word_set(
        "xícara colher copo litro quilo hora dia ano mês página tablete dente maço lata garrafa "
        "pacote"
    ),
    say_parts=_say_parts,
    pairs={(24, 7): " por "},
    rating_ahead=re.compile(r"(?:nota|avaliação)(?: de)? \Z", re.IGNORECASE),
    rating_behind=re.compile(r" (?:estrelas?|pontos?)\b"),
    telephones=_TELEPHONES,
    calls=_CALLS,
    toll_free=re.compile("0[3589]00"),
    port="porta",
)
