"""What Italian writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    inches,
    may_end,
    open_years,
    pointed_times,
    short_weekdays,
    verses,
)

_DAYS: Final = {
    **{"lun": "lunedì", "mar": "martedì", "mer": "mercoledì", "gio": "giovedì"},
    **{"ven": "venerdì", "sab": "sabato", "dom": "domenica"},
}
ITALIAN_PARTS: Final[tuple[Rewriting, ...]] = (
    verses("Gv|Mt|Mc|Lc|Sal|Rm|Gen|Cor", "a"),
    *short_weekdays(_DAYS, "al?|e|o"),
    (re.compile(r"(?<![\w.])co\. (?=[0-9])"), "comma "),
    may_end(r"(?<![\w.])q\.b\.(?!\w)", "quanto basta"),
    may_end(r"(?<!\w)([IVX]{1,5}) sec\.(?= |\Z|[,;)])", r"\1 secolo"),
    (re.compile(r"(?<!\w)((?:al|dal|del|nel) )([0-9]{1,3})['′](?![\w'′\"])"), r"\1\2º"),
    (re.compile(r"(?<!\w)ca\.(?= [A-ZÀ-Þ])"), "circa."),
    (re.compile(r"(?<![\w.])v\. ?(?=[0-9]{1,2}\.[0-9])"), "versione "),
    counted_steps(
        "tentativo|passo|pagina|parte|domanda|capitolo|passaggio",
        "di",
        "d(?:[ai]|e[il]|egli|ell[aeo])",
    ),
    open_years("oggi|presente|attuale|ora", "a"),
    inches("pollici"),
    *pointed_times("partenz[ae]|arriv[oi]|parte|arriva", "ed?", "euro"),
    called_digits("PIN|P\\. ?IVA", "interno|int"),
)
