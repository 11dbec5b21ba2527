"""Words for signs of money and reckoning in the languages that the engines speak.

A noun has as many forms as its language asks for after a number: one for all, one and others, or
one, few, many and part (1 рубль, 3 рубля, 5 рублей, 2,5 рубля).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Forms = tuple[str, ...]

CURRENCY_SIGNS: Final = ("€", "$", "£", "¥", "₽", "₺", "₩", "₹", "zł", "R$")


def _currencies(words: str) -> Mapping[str, Forms]:
    """The currencies of ``CURRENCY_SIGNS`` in their order, with a slash between forms."""
    named = (tuple(one.split("/")) for one in words.split())
    return MappingProxyType(dict(zip(CURRENCY_SIGNS, named, strict=True)))


CURRENCIES: Final[Mapping[str, Mapping[str, Forms]]] = MappingProxyType(
    {
        "en": _currencies(
            "euro/euros dollar/dollars pound/pounds yen ruble/rubles lira won rupee/rupees "
            "zloty/zlotys real/reais"
        ),
        "de": _currencies("Euro Dollar Pfund Yen Rubel Lira Won Rupie/Rupien Zloty Real"),
        "fr": _currencies(
            "euro/euros dollar/dollars livre/livres yen/yens rouble/roubles livre/livres won/wons "
            "roupie/roupies zloty/zlotys réal/réaux"
        ),
        "es": _currencies(
            "euro/euros dólar/dólares libra/libras yen/yenes rublo/rublos lira/liras won/wones "
            "rupia/rupias zloty/zlotys real/reales"
        ),
        "it": _currencies(
            "euro dollaro/dollari sterlina/sterline yen rublo/rubli lira/lire won rupia/rupie "
            "zloty real"
        ),
        "pt": _currencies(
            "euro/euros dólar/dólares libra/libras iene/ienes rublo/rublos lira/liras won/wons "
            "rúpia/rúpias zloty/zlotys real/reais"
        ),
        "nl": _currencies("euro dollar pond yen roebel lira won roepie zloty real"),
        "pl": _currencies(
            "euro dolar/dolary/dolarów/dolara funt/funty/funtów/funta jen/jeny/jenów/jena "
            "rubel/ruble/rubli/rubla lira/liry/lir/liry won/wony/wonów/wona "
            "rupia/rupie/rupii/rupii złoty/złote/złotych/złotego real/reale/reali/reala"
        ),
        "ru": _currencies(
            "евро доллар/доллара/долларов/доллара фунт/фунта/фунтов/фунта иена/иены/иен/иены "
            "рубль/рубля/рублей/рубля лира/лиры/лир/лиры вона/воны/вон/воны "
            "рупия/рупии/рупий/рупии злотый/злотых/злотых/злотого реал/реала/реалов/реала"
        ),
        "cs": _currencies(
            "euro/eura/eur/eura dolar/dolary/dolarů/dolaru libra/libry/liber/libry "
            "jen/jeny/jenů/jenu rubl/rubly/rublů/rublu lira/liry/lir/liry won/wony/wonů/wonu "
            "rupie/rupie/rupií/rupie zlotý/zloté/zlotých/zlotého real/realy/realů/realu"
        ),
        "hu": _currencies("euró dollár font jen rubel líra von rúpia zloty reál"),
        "tr": _currencies("avro dolar sterlin yen ruble lira won rupi zloti real"),
        "ar": _currencies("يورو دولار جنيه ين روبل ليرة وون روبية زلوتي ريال"),
        "ko": _currencies("유로 달러 파운드 엔 루블 리라 원 루피 즈워티 헤알"),
        "zh": _currencies("欧元 美元 英镑 元 卢布 里拉 韩元 卢比 兹罗提 雷亚尔"),
        "ja": _currencies("ユーロ ドル ポンド 円 ルーブル リラ ウォン ルピー ズウォティ レアル"),
        "hi": _currencies("यूरो डॉलर पाउंड येन रूबल लीरा वॉन रुपया/रुपये ज़्लॉटी रियल"),
    }
)
"""Names of currencies by primary subtag."""


@dataclass(frozen=True)
class SignWords:
    """What other signs are called."""

    plus: str
    equals: str
    times: str
    conjunction: str
    at: str
    number: str
    """What # before a number says."""
    percent: Forms
    degrees: Forms
    celsius: Forms
    """What °C says, degrees and all."""
    scales: Forms = ()
    """Words and signs between an amount and its currency."""
    percent_leads: bool = False
    """Whether the word for per cent stands before its number."""


SIGNS: Final[Mapping[str, SignWords]] = MappingProxyType(
    {
        "nl": SignWords(
            plus="plus",
            equals="is",
            times="keer",
            conjunction="en",
            at="at",
            number="nummer",
            percent=("procent",),
            degrees=("graad", "graden"),
            celsius=("graad Celsius", "graden Celsius"),
            scales=("duizend", "miljoen", "miljard", "mln", "mld"),
        ),
        "pl": SignWords(
            plus="plus",
            equals="równa się",
            times="razy",
            conjunction="i",
            at="małpa",
            number="numer",
            percent=("procent",),
            degrees=("stopień", "stopnie", "stopni", "stopnia"),
            celsius=(
                "stopień Celsjusza",
                "stopnie Celsjusza",
                "stopni Celsjusza",
                "stopnia Celsjusza",
            ),
            scales=("tys", "tysięcy", "mln", "milion", "miliony", "milionów", "mld", "miliardów"),
        ),
        "ru": SignWords(
            plus="плюс",
            equals="равно",
            times="умножить на",
            conjunction="и",
            at="собака",
            number="номер",
            percent=("процент", "процента", "процентов", "процента"),
            degrees=("градус", "градуса", "градусов", "градуса"),
            celsius=(
                "градус Цельсия",
                "градуса Цельсия",
                "градусов Цельсия",
                "градуса Цельсия",
            ),
            scales=("тыс", "тысяч", "тысячи", "млн", "миллион", "миллионов", "млрд", "миллиардов"),
        ),
        "cs": SignWords(
            plus="plus",
            equals="rovná se",
            times="krát",
            conjunction="a",
            at="zavináč",
            number="číslo",
            percent=("procento", "procenta", "procent", "procenta"),
            degrees=("stupeň", "stupně", "stupňů", "stupně"),
            celsius=("stupeň Celsia", "stupně Celsia", "stupňů Celsia", "stupně Celsia"),
            scales=("tisíc", "milion", "miliony", "milionů", "mil", "miliard", "mld"),
        ),
        "hu": SignWords(
            plus="plusz",
            equals="egyenlő",
            times="szorozva",
            conjunction="és",
            at="kukac",
            number="szám",
            percent=("százalék",),
            degrees=("fok",),
            celsius=("Celsius-fok",),
            scales=("ezer", "millió", "milliárd"),
        ),
        "tr": SignWords(
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
        "ar": SignWords(
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
        "ko": SignWords(
            plus="더하기",
            equals="는",
            times="곱하기",
            conjunction="앤드",
            at="골뱅이",
            number="번호",
            percent=("퍼센트",),
            degrees=("도",),
            celsius=("도",),
            scales=("천", "만", "백만", "천만", "억", "조"),
        ),
        "zh": SignWords(
            plus="加",
            equals="等于",
            times="乘",
            conjunction="和",
            at="艾特",
            number="号码",
            percent=("百分之",),
            degrees=("度",),
            celsius=("摄氏度",),
            scales=("百", "千", "万", "萬", "百万", "千万", "亿", "億", "万亿"),
            percent_leads=True,
        ),
        "ja": SignWords(
            plus="プラス",
            equals="イコール",
            times="かける",
            conjunction="アンド",
            at="アットマーク",
            number="ナンバー",
            percent=("パーセント",),
            degrees=("度",),
            celsius=("度",),
            scales=("百", "千", "万", "百万", "千万", "億", "兆"),
        ),
        "hi": SignWords(
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
    }
)
"""Words for signs by primary subtag: languages without a lexicon, whose signs nothing else says."""
