"""What Portuguese writes in more ways than its tables know: days, hours, counts, codes, ratios.

Each is brought into the form that the tables say, or said at once. Every quantifier is bounded or
possessive, and a look-behind keeps every pattern from starting inside a number or a word.
"""

import re
from typing import Final

from voicejob_worker.text.amounts import AMOUNT
from voicejob_worker.text.languages.forms import say_formulas, say_inches, say_spans_of_years
from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.numerals import Numerals
from voicejob_worker.text.wordlists import one_of

_DAYS: Final = {
    **{"seg": "segunda", "ter": "terça", "qua": "quarta", "qui": "quinta", "sex": "sexta"},
    **{"sáb": "sábado", "sab": "sábado", "dom": "domingo"},
    **{"segunda": "segunda", "terça": "terça", "quarta": "quarta", "quinta": "quinta"},
    **{"sexta": "sexta", "sábado": "sábado", "domingo": "domingo"},
}
_MONTHS: Final = {
    **{"jan": "janeiro", "fev": "fevereiro", "mar": "março", "abr": "abril", "mai": "maio"},
    **{"jun": "junho", "jul": "julho", "ago": "agosto", "set": "setembro", "out": "outubro"},
    **{"nov": "novembro", "dez": "dezembro"},
}
_DAY: Final = one_of(_DAYS)
_SHORT_DAY: Final = "seg|ter|qua|qui|sex|s[áa]b|dom"
_MONTH: Final = one_of({**_MONTHS, **{name: name for name in _MONTHS.values()}})
_HINT: Final = re.compile(
    r"[-–—/,] ?(?i:seg|ter|qua|qui|sex|s[áa]b|dom|jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez)"
)
"""Matches the joint of a span or list. It begins with a sign, so that it is found fast."""
_BEFORE_JOINT: Final = re.compile(rf"\b(?:{_DAY}|{_MONTH})(?:-feira)?\.? ?\Z", re.IGNORECASE)
_IN_WORDS: Final = (" a sex", " a sáb", " a sab", " a dom", " a qui", " a qua")
_SPAN_OF_DAYS: Final = re.compile(
    rf"\b({_DAY})\b(?:-feira)?\.? ?[-–—] ?({_DAY})\b(?!-[a-eg-z])(\.?)"
    rf"|\b({_SHORT_DAY})\b\.? (?:a|à|até|ao) ({_SHORT_DAY})\b(\.?)",
    re.IGNORECASE,
)
_LIST_OF_DAYS: Final = re.compile(
    rf"\b(?:{_SHORT_DAY})\b\.?(?:(?:, |/)(?:{_SHORT_DAY})\b\.?){{1,6}}"
    rf"(?: e (?:{_SHORT_DAY})\b\.?)?",
    re.IGNORECASE,
)
_SENTENCE_ENDS: Final = re.compile(r"[\"')\]]{0,3}(?:\s*\Z|\s+[\"'(]?[A-ZÀ-Þ]|\n)")
_IN_A_LIST: Final = re.compile(rf"({_SHORT_DAY})\b\.?(/?)", re.IGNORECASE)
_SPAN_OF_MONTHS: Final = re.compile(
    rf"\b({_MONTH})\b\.?(?: ?[-–—/] ?)({_MONTH})\b\.?(?![-/]|\w)", re.IGNORECASE
)
_SPAN_OF_HOURS: Final = re.compile(
    r"(?<![\w:.,])([0-9]{1,2}(?::[0-9]{2}| ?h ?(?:[0-9]{2})?)) ?[-–—] ?"
    r"(?=[0-9]{1,2} ?(?:h(?![a-z])|:[0-9]{2}))"
)
_HALF_OF_DAY: Final = re.compile(
    r"(?<![\w:.,])(1[3-9]|2[0-3])"
    r"(?=(?:h|:[0-9]{2}| h| horas)[0-9:]{0,6}(?: ?h| horas)? da (tarde|noite)\b)"
)
_COUNT: Final = re.compile(
    rf"(?<![\w.,$€£-])({AMOUNT}) ?([kKMB])\b(?![./'’%&-])(?=(?: (de )?([a-zà-ÿ]{{3,20}}))?)"
)
_A_RACE: Final = re.compile(r"\b(?:corrida|prova|treino|maratona)s? (?:de |dos )?\Z|\b[uU]m \Z")
_PEOPLE: Final = word_set(
    "pessoas usuários leitores leitoras seguidores seguidoras clientes assinantes visualizações "
    "visitas downloads curtidas inscritos habitantes alunos eleitores votos trabalhadores carros "
    "views likes fãs membros moradores casas empresas reais dólares euros passos páginas"
)
_METRES_NOT: Final = re.compile(
    rf"(?<![\w.,$€£-])({AMOUNT}) ?m (?:de )?(?=(?:{one_of(_PEOPLE)})\b)"
)
_RATIO: Final = re.compile(r"(?<![\w.,:])([0-9]{1,6}+):([0-9]{1,6}+)(?![\w:]|[.,][0-9])")
_TIME: Final = re.compile(r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]\Z")
_RATIO_BEFORE: Final = re.compile(
    r"\b(?:proporção|razão|escala|diluição|mistura)(?: (?:é|de|era))? \Z", re.IGNORECASE
)
_SPACED_THOUSANDS: Final = re.compile(
    r"(?<![\w.,])(?<![0-9] )([1-9][0-9]{0,2})((?: [0-9]{3}){1,4})(?![\w]|[.,:/-]?[0-9]| [0-9])"
)
_CODE: Final = re.compile(
    r"\b((?:ramal|extensão|código|senha|pin|token|protocolo|matrícula|cep|final|cupom)"
    r"(?: é| número| nº|:)? )([0-9]{2,12})(?![\w,.:/-]*[0-9]|%|º|ª)",
    re.IGNORECASE,
)
_A_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}\Z")
_LOCAL_CALL: Final = re.compile(
    r"(?<!páginas )(?<!pág )(?<!anos )(?<![\w.,+/-])([2-9][0-9]{2})-(?![0-9]{2}[05]0)([0-9]{4})"
    r"(?![\w-])"
)
_DAY_WITH_DOT: Final = re.compile(
    r"\b([Ss]eg|[Tt]er|[Qq]ua|[Qq]ui|[Ss]ex|[Ss][áa]b|[Dd]om)"
    r"(?:\.(?=,|,? [a-z0-9(])|(?=, [0-3]?[0-9](?:/| de )))"
)
_DAY_AND_MONTH: Final = re.compile(
    rf"(?<![\w.,:/-])([0-3]?[0-9])[º°]?(?: | de |/|-)({one_of(_MONTHS)})\b\.?"
    r"(?:(?: |/|-| de )([12][0-9]{3})(?![\w.,]*[0-9]))?(?![/-])",
    re.IGNORECASE,
)
_FULL_MONTH: Final = one_of(_MONTHS.values())
_DAY_SPAN: Final = re.compile(
    r"(?<![\w.,/-])([0-3]?[0-9]) ?[-–] ?([0-3]?[0-9]) de "
    rf"(?=(?:{one_of(_MONTHS)}|{_FULL_MONTH})\b)",
    re.IGNORECASE,
)
_DAY_BEFORE: Final = re.compile(
    rf"(?<![\w.,/-])([0-3]?[0-9]) (?=(?:{_FULL_MONTH})\b)", re.IGNORECASE
)
_MONTH_BEFORE_YEAR: Final = re.compile(
    rf"(?<![\w-])(?:({one_of(_MONTHS)})\.?|({_FULL_MONTH})) (?=[12][0-9]{{3}}(?![\w.,]*[0-9]))",
    re.IGNORECASE,
)
_MONTH_OF_YEAR: Final = re.compile(
    rf"\b({one_of(_MONTHS.values())})/([12][0-9]{{3}})(?![\w/-])", re.IGNORECASE
)
_MODEL: Final = re.compile(r"\b((?:Boeing|Airbus|Embraer) [A-Z]?[0-9]{3})-(?=[0-9]{1,4}\b)")
_QUARTER: Final = re.compile(r"\b([1-4])T ?([0-9]{4}|[0-9]{2})\b")
_PART_OF_YEAR: Final = re.compile(r"(?<=[0-9][º°ª] )(tri|sem|bim)\b\.?")
_PARTS_OF_YEAR: Final = {"tri": "trimestre", "sem": "semestre", "bim": "bimestre"}
_MINUTES_AND_SECONDS: Final = re.compile(r"(?<![\wh.,])([0-9]{1,3}) ?min ?([0-9]{1,2}) ?s\b")
_MARKED_THOUSANDS: Final = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:\.[0-9]{3}){1,4}(?=\.?[ºª°])")
_POINTED_TIME: Final = re.compile(r"\A(\s*)([01][0-9]|2[0-3])\.([0-5][0-9])(?=\s*\Z)")
"""14.30 where there is nothing else: no decimal, for those have a comma."""
_BARE_CENTS: Final = re.compile(r"(?<=\$ )[.,](?=[0-9])|(?<=\$)[.,](?=[0-9])")


def write_portuguese_out(text: str, numerals: Numerals, counts: bool) -> str:
    """Bring what is not in the tables' forms into them.

    Args:
        text: Cleaned, with its abbreviations said.
        numerals: Those of the text's kind of Portuguese.
        counts: Whether it holds a digit.
    """
    if _has_days(text):
        text = _say_days(text)
    if not counts:
        return text
    text = _POINTED_TIME.sub(r"\1\2:\3", text)
    text = say_inches(text, "polegada", "polegadas", lambda *_: False)
    text = _DAY_WITH_DOT.sub(_day, text)
    text = _DAY_SPAN.sub(r"\1 a \2 de ", text)
    text = _MONTH_BEFORE_YEAR.sub(
        lambda found: f"{found[2] or _MONTHS[found[1].lower()]} de ", text
    )
    text = _DAY_BEFORE.sub(r"\1 de ", text)
    text = _say_dates(say_spans_of_years(text, "a"), numerals)
    text = _MINUTES_AND_SECONDS.sub(r"\1 minutos e \2 segundos", text)
    text = _MARKED_THOUSANDS.sub(lambda found: found.group().replace(".", ""), text)
    text = _SPACED_THOUSANDS.sub(lambda found: found[1] + found[2].replace(" ", ""), text)
    text = _SPAN_OF_HOURS.sub(r"\1 às ", text)
    text = _HALF_OF_DAY.sub(_in_halves, text)
    text = _LOCAL_CALL.sub(lambda found: _digits(found[1], found[2], numerals), text)
    text = _CODE.sub(lambda found: _say_code(found, numerals), text)
    text = _METRES_NOT.sub(r"\1 mi de ", _COUNT.sub(_say_count, text))
    if ":" in text:
        text = _RATIO.sub(_say_ratio, text)
    text = say_formulas(text, "menos", "vezes", "dividido por")
    return _BARE_CENTS.sub("0,", text)


def _has_days(text: str) -> bool:
    """Whether there is a span or a list of days or months."""
    return any(words in text for words in _IN_WORDS) or any(
        _BEFORE_JOINT.search(text[max(found.start() - 16, 0) : found.start()])
        for found in _HINT.finditer(text)
    )


def _say_days(text: str) -> str:
    def days(found: re.Match[str]) -> str:
        first, last, dot = (found[1], found[2], found[3]) if found[1] else found.group(4, 5, 6)
        ends = dot and _SENTENCE_ENDS.match(found.string, found.end())
        return f"{_DAYS[first.lower()]} a {_DAYS[last.lower()]}{'.' if ends else ''}"

    def listed(found: re.Match[str]) -> str:
        return _DAYS[found[1].lower()] + (" e " if found[2] else "")

    def months(found: re.Match[str]) -> str:
        first, last = found[1].lower(), found[2].lower()
        return f"{_MONTHS.get(first, first)} a {_MONTHS.get(last, last)}"

    text = _SPAN_OF_DAYS.sub(days, text)
    text = _LIST_OF_DAYS.sub(lambda found: _IN_A_LIST.sub(listed, found.group()), text)
    return _SPAN_OF_MONTHS.sub(months, text)


def _day(found: re.Match[str]) -> str:
    name = _DAYS[found[1].lower()]
    return name.capitalize() if found[1][0].isupper() else name


def _say_dates(text: str, numerals: Numerals) -> str:
    """``25 jul 2012``, ``25/jul``, ``3T23`` and ``1º tri``."""

    def date(found: re.Match[str]) -> str:
        day, month, year = found.groups()
        if not 1 <= int(day) <= 31:
            return found.group()
        said = f"{day} de {_MONTHS[month.lower()]}"
        return f"{said} de {year}" if year else said

    def quarter(found: re.Match[str]) -> str:
        return f"{numerals.ordinal(found[1])} trimestre de {numerals.cardinal(found[2])}"

    text = _MODEL.sub(r"\1, ", _MONTH_OF_YEAR.sub(r"\1 de \2", text))
    text = _QUARTER.sub(quarter, _DAY_AND_MONTH.sub(date, text))
    return _PART_OF_YEAR.sub(lambda found: _PARTS_OF_YEAR[found[1]], text)


def _in_halves(found: re.Match[str]) -> str:
    """``15h da tarde`` is three, ``21h da noite`` nine; ``23h da tarde`` stays what it is."""
    hour = int(found[1])
    is_within = hour <= 18 if found[2] == "tarde" else hour >= 18
    return str(hour - 12) if is_within else found[1]


def _digits(first: str, second: str, numerals: Numerals) -> str:
    return f"{numerals.digits(first)}, {numerals.digits(second)}"


def _say_count(found: re.Match[str]) -> str:
    """``1k pessoas``, ``2M de views``; but ``uma corrida de 5k``, ``4K``."""
    written, sign, of, noun = found.groups()
    is_counted = noun in _PEOPLE or of is not None
    before = found.string[max(found.start() - 14, 0) : found.start()]
    if sign in "kK":
        is_name = _A_RACE.search(before) or (written in "248" and sign == "K" and not is_counted)
        said = "mil" if written == "1" else f"{written} mil"
        return found.group() if is_name else said
    if sign == "B" and not is_counted:
        return found.group()
    scale = "bi" if sign == "B" else "mi"
    return f"{written} {scale}{' de' if noun in _PEOPLE and not of else ''}"


def _say_code(found: re.Match[str], numerals: Numerals) -> str:
    """Digit by digit; but a final in 2022 is a match, and not the end of a card's number."""
    is_year = found[1].lower() == "final " and _A_YEAR.match(found[2])
    return found.group() if is_year else f"{found[1]}{numerals.digits(found[2])}"


def _say_ratio(found: re.Match[str]) -> str:
    before = found.string[max(found.start() - 20, 0) : found.start()]
    if _TIME.match(found.group()) and not _RATIO_BEFORE.search(before):
        return found.group()
    return f"{found[1]} para {found[2]}"
