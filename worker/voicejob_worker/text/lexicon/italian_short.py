"""What Italian abbreviates."""

import re
from typing import Final

from voicejob_worker.text.lexicon.italian_parts import ITALIAN_PARTS
from voicejob_worker.text.lexicon.patterns import ANYWHERE
from voicejob_worker.text.lexicon.schema import (
    Beside,
    Shortening,
    abbreviated,
    abbreviations,
    day_or_time,
    word_set,
)

_ANYWHERE: Final = {
    "cell": "cellulare",
    "sig": "signor",
    "sig.ra": "signora",
    "sig.na": "signorina",
    "sigg": "signori",
    "dott": "dottor",
    "dott.ssa": "dottoressa",
    "dr": "dottor",
    "prof": "professor",
    "prof.ssa": "professoressa",
    "avv": "avvocato",
    "geom": "geometra",
    "mons": "monsignor",
    "es": "esempio",
    "p.es": "per esempio",
    "ad es": "ad esempio",
    "tel": "telefono",
    "cfr": "confronta",
    "D.Lgs": "decreto legislativo",
    "d.lgs": "decreto legislativo",
    "ca": "circa",
    "ad.es": "ad esempio",
    "vs": "versus",
    "spett": "spettabile",
    "gent": "gentile",
    "egr": "egregio",
    "fatt": "fattura",
    "rif": "riferimento",
    "prov": "provincia",
    "approssim": "approssimativamente",
    "P.zza": "piazza",
    "V.le": "viale",
    "C.so": "corso",
    "mln": "milioni",
}
ITALIAN_WEEKDAYS: Final = {
    **{"lun": "lunedì", "mar": "martedì", "mer": "mercoledì", "gio": "giovedì"},
    **{"ven": "venerdì", "sab": "sabato", "dom": "domenica"},
}
_BEFORE_A_NUMBER: Final = {
    **ITALIAN_WEEKDAYS,
    "int": "interno",
    "c": "comma",
    "sec": "secolo",
    "tab": "tabella",
    "par": "paragrafo",
    "Cap": "capitolo",
    "cap": "capitolo",
    "capp": "capitoli",
    "pag": "pagina",
    "pagg": "pagine",
    "p": "pagina",
    "pp": "pagine",
    "art": "articolo",
    "artt": "articoli",
    "vol": "volume",
    "fig": "figura",
    "n": "numero",
    "nr": "numero",
    "max": "massimo",
    "min": "minimo",
}
_BEFORE_A_NAME: Final = {
    "S": "san",
    "v": "via",
    "St": "santo",
    "on": "onorevole",
    "sen": "senatore",
    "gen": "generale",
    "col": "colonnello",
    "cap": "capitano",
    "arch": "architetto",
    "rag": "ragionier",
    "ing": "ingegner",
    "Ing": "ingegner",
}
_MAY_END: Final = {
    "ecc": "eccetera",
    "etc": "eccetera",
    "a.C": "avanti Cristo",
    "d.C": "dopo Cristo",
}

ITALIAN_ABBREVIATIONS: Final = abbreviations(
    abbreviated(_BEFORE_A_NUMBER, before=Beside.NUMBER),
    abbreviated(_BEFORE_A_NAME, before=Beside.NAME),
    abbreviated(_MAY_END, may_end=True),
    abbreviated(_ANYWHERE),
)
ITALIAN_STARTERS: Final = word_set(
    "Il Lo La I Gli Le Un Uno Una Poi Dopo Allora Ma E O Quindi Anche Se In Per Con Come Quando "
    "Io Tu Lui Lei Noi Voi Loro Mi Ti Si Ci Non È Sono Era C'è Qui Là Oggi Ieri Domani Questo "
    "Questa Quello Quella Al Del Nel Tutto Tutti Nessuno Mai Sempre Di Da A Chi Che Dove Ogni "
    "Ecco"
)
"""Words that begin a sentence: before them the point of an abbreviation ends the one before."""
ITALIAN_POINTLESS: Final = {
    "sig.ra": "signora",
    "Sig.ra": "signora",
    "sig.na": "signorina",
    "Sig.na": "signorina",
    "dott.ssa": "dottoressa",
    "Dott.ssa": "dottoressa",
    "prof.ssa": "professoressa",
    "Prof.ssa": "professoressa",
    "p.zza": "piazza",
    "P.zza": "piazza",
    "c.so": "corso",
    "C.so": "corso",
    "v.le": "viale",
    "V.le": "viale",
}
ITALIAN_SAINTS: Final = word_set(
    "Maria Anna Lucia Chiara Croce Caterina Teresa Rita Monica Marta Barbara Margherita Giulia "
    "Cecilia Sofia Agata Elena Bernadette Giovanna Francesca Paola Severa Giustina Marinella"
)
"""Names before which S. is *santa*."""
_MONTH: Final = (
    "(?:gen(?:naio)?|feb(?:braio)?|mar(?:zo)?|apr(?:ile)?|mag(?:gio)?|giu(?:gno)?|lug(?:lio)?"
    r"|ago(?:sto)?|sett?(?:embre)?|ott(?:obre)?|nov(?:embre)?|dic(?:embre)?)(?!\w)"
)
_DAY: Final = day_or_time(_MONTH)
_PLACE: Final = re.compile(
    r" (?!(?:Figur|Tabell|Capitol|Allegat|Sezion|Paragraf|Articol|Not[ae]\b|Appendic|Pagin|Volum"
    r"|Grafic|Tavol|Part[ei]\b|Immagin|Schem|Riquadr|Esempi|Eserciz)|[A-Z][a-z]{1,4}\.)[A-ZÀ-Þ]"
    r"|(?=[A-ZÀ-Þ])"
)
ITALIAN_SHORTENING: Final = Shortening(
    parts=ITALIAN_PARTS,
    beside={
        "mar": (ANYWHERE, _DAY),
        "mer": (ANYWHERE, _DAY),
        "v": (re.compile(r"(?<!\()\Z"), _PLACE),
    },
)
