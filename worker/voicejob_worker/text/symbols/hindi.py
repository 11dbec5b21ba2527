"""Signs in Hindi."""

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

HINDI: Final = Symbols(
    currencies=currencies("यूरो डॉलर पाउंड येन रूबल लीरा वॉन रुपया/रुपये ज़्लॉटी रियल"),
    signs=SignWords(
        plus="प्लस",
        equals="बराबर",
        times="गुणा",
        conjunction="और",
        at="ऐट",
        number="नंबर",
        percent=("प्रतिशत",),
        degrees=("डिग्री",),
        celsius=("डिग्री सेल्सियस",),
        scales=("हज़ार", "हजार", "लाख", "करोड़", "अरब"),
    ),
    reckoning=Reckoning(
        plus="प्लस",
        minus="माइनस",
        times="गुणा",
        divided="भाग",
        equals="बराबर",
        power="की घात",
        square="का वर्ग",
        cube="का घन",
        compared=(
            "{} या उससे ज़्यादा",
            "{} या उससे कम",
            "{} के बराबर नहीं",
            "लगभग {}",
            "{} से कम",
            "{} से ज़्यादा",
            "वर्गमूल {}",
        ),
    ),
    greek=greek(
        "अल्फा बीटा गामा डेल्टा एप्सिलॉन ज़ीटा ईटा थीटा आयोटा कप्पा लैम्डा म्यू न्यू ज़ाई "
        "ओमिक्रॉन पाई रो सिग्मा टाऊ उप्साइलन फाई काई साई ओमेगा",
        "योग समाकल आंशिक में गुणनफल",
    ),
    address=AddressWords("एट", "डॉट", "स्लैश", "हाइफ़न", "अंडरस्कोर", "कोलन", "प्रश्नचिह्न", "बराबर"),
    joins_thousands=True,
    is_latin=False,
    keeps_halves=True,
    worth=re.compile(rf"{DIGITS}|\."),
)
