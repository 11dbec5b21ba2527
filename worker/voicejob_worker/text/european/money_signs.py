"""The signs and codes of money, and what CLDR knows them by."""

from __future__ import annotations

from typing import Final

from voicejob_worker.text.lexicon.schema import word_set

CODES: Final = word_set(
    "USD EUR GBP JPY CHF SEK NOK DKK ISK CZK PLN HUF RON BGN RSD RUB UAH TRY ILS INR CNY HKD "
    "TWD KRW SGD THB IDR MYR PHP VND AUD NZD CAD MXN BRL ARS CLP COP PEN UYU PYG BOB BOP VES "
    "CRC GTQ HNL NIO PAB DOP CUP JMD AWG ZAR EGP MAD TND DZD NGN KES SAR AED QAR KWD "
    "BHD OMR JOD IQD IRR LBP KZT GEL BYN LKR PKR NPR KHR GHS ETB UZS XAF XOF CVE MZN GYD HTG TTD "
    "SVC BZD BBD BSD BMD KYD XCD SRD FKP DJF ERN GMD GNF KMF LRD LSL LYD MGA MRU MUR MVR MWK NAD "
    "RWF SCR SDG SLE SSP SYP SZL TJS TMT TZS UGX VUV WST XPF YER ZMW AFN AOA AZN BDT BIF BND "
    "BTN BWP CDF FJD HRK KGS KPW LAK MDL MKD MMK PGK SBD SHP VEF MNT DEM FRF ITL ESP ATS"
)
"""Codes of ISO 4217, but for those that are words or names (ALL, TOP, MOP, GIP, SOS, AMD).

Those of ``money_codes.ACRONYMS`` are money behind an amount alone.
"""
_DOLLARS: Final = (
    *(("AU", "AUD"), ("NZ", "NZD"), ("CA", "CAD"), ("CAN", "CAD"), ("HK", "HKD"), ("NT", "TWD")),
    *(("SG", "SGD"), ("S", "SGD"), ("MX", "MXN"), ("MEX", "MXN"), ("AR", "ARS"), ("R", "BRL")),
    *(("USD", "USD"), ("RD", "DOP"), ("TT", "TTD"), ("CLP", "CLP"), ("COL", "COP"), ("J", "JMD")),
)
"""What stands before a dollar sign, and the code of the currency."""
_LOWER_CODES: Final = (
    *("USD", "EUR", "GBP", "CHF", "NOK", "DKK", "JPY", "CAD", "AUD", "NZD", "HKD", "CZK", "PLN"),
    *("HUF", "BRL", "MXN", "KRW", "CNY", "INR", "RUB", "SGD", "THB", "ILS", "BGN", "UAH", "AED"),
)
"""Typed in lower case, too; none of them is a word of these languages."""
CODE_OF: Final = {
    **dict.fromkeys(("US$", "us$", "US-$", "U$S", "u$s"), "$"),
    **{"A$": "AUD", "C$": "CAD", "a$": "AUD", "c$": "CAD"},
    **{"₽": "RUB", "₩": "KRW", "₹": "INR", "₺": "TRY", "₪": "ILS", "₴": "UAH", "₡": "CRC"},
    **{"₫": "VND", "₱": "PHP", "₦": "NGN", "₸": "KZT", "₾": "GEL", "₼": "AZN", "₵": "GHS"},
    **{"₭": "LAK", "₮": "MNT", "฿": "THB", "₲": "PYG", "zł": "PLN", "Kč": "CZK", "Ft": "HUF"},
    **{f"{sign}$": code for sign, code in _DOLLARS},
    **{f"{sign.lower()}$": code for sign, code in _DOLLARS},
    **{code.lower(): code for code in _LOWER_CODES},
}
"""What CLDR's code is for a sign; US dollars in most languages are called dollars."""
MONEY_SIGNS: Final = ("$", "€", "£", "¥", "¢", "₿", *CODE_OF, *CODES)
