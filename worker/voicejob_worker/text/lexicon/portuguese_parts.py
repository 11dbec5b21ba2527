"""What Portuguese writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    may_end,
    open_years,
    verses,
)

_PLACES: Final = {"Pça": "Praça", "Pç": "Praça", "Trav": "Travessa", "Rod": "Rodovia"}
_LAWSUIT: Final = re.compile(
    r"(?<![\w.-])([0-9]{7})-([0-9]{2})\.([0-9]{4})\.([0-9])\.([0-9]{2})\.([0-9]{4})(?![\w-])"
)


def _place(found: re.Match[str]) -> str:
    return _PLACES[found[1]]


def _lawsuit(found: re.Match[str]) -> str:
    return ", ".join(" ".join(group) for group in found.groups())


PORTUGUESE_PARTS: Final[tuple[Rewriting, ...]] = (
    (
        re.compile(r"(?<![\w.,])([12]) (?=da (?:manhã|tarde|noite|madrugada)(?!\w))"),
        lambda found: "uma " if found[1] == "1" else "duas ",
    ),
    may_end(r"(?<=%) a\.a\.(?!\w)", " ao ano"),
    (re.compile(r"(?<!\w)N\. ?Sra?\.ª? (?=d|[A-Z])"), "Nossa Senhora "),
    verses("Jo|Mt|Mc|Lc|Sl|Rm|Gn|Cor", "a"),
    (re.compile(r"(?<=[(\[])s/n(?=[)\]])"), "sim ou não"),
    (_LAWSUIT, _lawsuit),
    (re.compile(r"(?<!\w)(Pça|Pç|Trav|Rod)\.(?= d[aeo]s? [A-ZÀ-Þ])"), _place),
    (re.compile(r"(?<![\w/])c/c(?![\w/])"), "conta corrente"),
    called_digits("Ag\\.", "[Aa]gência"),
    (re.compile(r"(?<!\w)Ag\. (?=[0-9])"), "Agência "),
    (re.compile(r"(?m)^Att\.?(?=,?$)"), "Atenciosamente"),
    (re.compile(r"(?<!\w)([Aa]rts?\. ?[0-9]{1,3}º?,) (?=[IVXL]{1,7}[,;.) ])"), r"\1 inciso "),
    (
        re.compile(r"(?<![\w.,])([0-9]{1,3})x (?=de R\$|R\$|mais |menos |maior|menor|por |ao )"),
        r"\1 vezes ",
    ),
    (re.compile(r"(?<![\w.,])([0-9]{1,3})x/(?=(?:dia|semana|mês|ano)(?!\w))"), r"\1 vezes por "),
    (re.compile(r"(?<![\w.])v\. ?(?=[0-9]{1,2}\.[0-9])"), "versão "),
    counted_steps(
        "tentativa|passo|etapa|página|parte|pergunta|capítulo|rodada", "de", "d[aeo]s?|dia"
    ),
    open_years("atual(?:mente)?|hoje|presente|o momento", "até"),
)
