"""Signs in Arabic."""

import re
from typing import Final

from voicejob_worker.text.lexicon.schema import AddressWords
from voicejob_worker.text.symbols.schema import (
    DIGITS,
    Reckoning,
    SignWords,
    Symbols,
    currencies,
    greek,
)

ARABIC: Final = Symbols(
    currencies=currencies("يورو دولار جنيه ين روبل ليرة وون روبية زلوتي ريال"),
    signs=SignWords(
        plus="زائد",
        equals="يساوي",
        times="ضرب",
        conjunction="و",
        at="آت",
        number="رقم",
        percent=("في المئة",),
        degrees=("درجة",),
        celsius=("درجة مئوية",),
        scales=("ألف", "آلاف", "مليون", "ملايين", "مليار"),
    ),
    reckoning=Reckoning(
        plus="زائد",
        minus="ناقص",
        times="ضرب",
        divided="تقسيم",
        equals="يساوي",
        power="أس",
        square="تربيع",
        cube="تكعيب",
        compared=(
            "أكبر من أو يساوي {}",
            "أصغر من أو يساوي {}",
            "لا يساوي {}",
            "حوالي {}",
            "أقل من {}",
            "أكثر من {}",
            "الجذر التربيعي {}",
        ),
    ),
    greek=greek(
        "ألفا بيتا غاما دلتا إبسيلون زيتا إيتا ثيتا يوتا كابا لامدا ميو نيو كساي أوميكرون باي "
        "رو سيغما تاو أبسيلون فاي كاي بساي أوميغا",
        "مجموع تكامل جزئي ينتمي حاصل",
    ),
    address=AddressWords(
        "آت", "نقطة", "شرطة مائلة", "شرطة", "شرطة سفلية", "نقطتان", "علامة استفهام", "يساوي"
    ),
    is_latin=False,
    keeps_halves=True,
    worth=re.compile(rf"{DIGITS}|(?<![\u0621-\u064a])(?:[دأما]\.|د/|ق\.|و?إلخ|و?الخ)"),
)
