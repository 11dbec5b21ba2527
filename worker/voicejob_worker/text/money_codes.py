"""Codes of currencies that are acronyms or words, too, and where they are money all the same."""

from __future__ import annotations

from typing import Final

from voicejob_worker.text.lexicon.schema import word_set

ACRONYMS: Final = word_set(
    "AMD ATS BIF BOB BSD CDF COP CUP CVE DEM ERN ESP GEL IRR LAK MAD MDL MGA NPR PAB PEN PHP RON "
    "SAR SCR SDG SHP SLE SSP TND TRY"
)
"""Codes that name other things before a number (SDG 13, COP 28) or before a noun (3 AMD chips)."""
SUMS_AHEAD: Final = frozenset({"PHP", "COP"})
"""Acronyms that are money before a number, too, if it has three digits at least: PHP 500."""
ENDS_PHRASE: Final = r"(?=[\"')\]]{0,2}(?:[.,;:!?](?!\w)|\s*\Z|\n)|[)\]])"
"""Looks for the end of a phrase."""
