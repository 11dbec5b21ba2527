"""Signs in Turkish."""

from typing import Final

from voicejob_worker.text.symbols.schema import Reckoning, SignWords, Symbols, currencies

TURKISH: Final = Symbols(
    currencies=currencies("avro dolar sterlin yen ruble lira won rupi zloti real"),
    signs=SignWords(
        plus="artı",
        equals="eşittir",
        times="çarpı",
        conjunction="ve",
        at="et",
        number="numara",
        percent=("yüzde",),
        degrees=("derece",),
        celsius=("santigrat derece",),
        scales=("bin", "milyon", "milyar"),
        percent_leads=True,
    ),
    reckoning=Reckoning(
        plus="artı",
        minus="eksi",
        times="çarpı",
        divided="bölü",
        equals="eşittir",
        power="üzeri",
        square="kare",
        cube="küp",
        compared=(
            "en az {}",
            "en fazla {}",
            "eşit değil {}",
            "yaklaşık {}",
            "{} altında",
            "{} üzerinde",
            "karekök {}",
        ),
    ),
)
