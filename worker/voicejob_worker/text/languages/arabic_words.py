"""Words of Arabic beside numbers: units, money, months, and what tells a number's case."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.lexicon.schema import DayWords, Numbered
from voicejob_worker.text.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Unit:
    """A unit after a number: متر واحد, متران, خمسة أمتار, عشرون مترا."""

    one: str
    two: str
    few: str
    """After 3 to 10."""
    many: str
    """After 11 to 99; after hundreds it is ``one``."""
    feminine: bool = False


def _units(listed: str) -> Mapping[str, Unit]:
    """``signs = one two few many [f]``, a line each; an underscore stands for a blank in a form."""
    found: dict[str, Unit] = {}
    for line in listed.strip().splitlines():
        signs, _, forms = line.partition(" = ")
        one, two, few, many, *gender = (form.replace("_", " ") for form in forms.split())
        unit = Unit(one, two, few, many, bool(gender))
        found.update(dict.fromkeys(signs.split(), unit))
    return MappingProxyType(found)


UNITS: Final = _units(
    """
م m متر = متر متران أمتار مترا
كم كلم km = كيلومتر كيلومتران كيلومترات كيلومترا
سم cm = سنتيمتر سنتيمتران سنتيمترات سنتيمترا
ملم مم mm = مليمتر مليمتران مليمترات مليمترا
هم = هكتومتر هكتومتران هكتومترات هكتومترا
م² m² m2 م2 = متر_مربع متران_مربعان أمتار_مربعة مترا_مربعا
كم² km² km2 كم2 = كيلومتر_مربع كيلومتران_مربعان كيلومترات_مربعة كيلومترا_مربعا
سم² cm² = سنتيمتر_مربع سنتيمتران_مربعان سنتيمترات_مربعة سنتيمترا_مربعا
مم² mm² = مليمتر_مربع مليمتران_مربعان مليمترات_مربعة مليمترا_مربعا
م³ m³ = متر_مكعب متران_مكعبان أمتار_مكعبة مترا_مكعبا
سم³ cm³ = سنتيمتر_مكعب سنتيمتران_مكعبان سنتيمترات_مكعبة سنتيمترا_مكعبا
غ جم g = غرام غرامان غرامات غراما
كغ كجم كلغ kg = كيلوغرام كيلوغرامان كيلوغرامات كيلوغراما
ملغ مجم mg = مليغرام مليغرامان مليغرامات مليغراما
ل l L = لتر لتران لترات لترا
مل ml mL = مليلتر مليلتران مليلترات مليلترا
كم/س كم/ساعة km/h = كيلومتر_في_الساعة كيلومتران_في_الساعة كيلومترات_في_الساعة كيلومترا_في_الساعة
م/ث m/s = متر_في_الثانية متران_في_الثانية أمتار_في_الثانية مترا_في_الثانية
°C °م = درجة_مئوية درجتان_مئويتان درجات_مئوية درجة_مئوية f
°F °ف = درجة_فهرنهايت درجتا_فهرنهايت درجات_فهرنهايت درجة_فهرنهايت f
° = درجة درجتان درجات درجة f
ft = قدم قدمان أقدام قدما f
in = بوصة بوصتان بوصات بوصة f
mi = ميل ميلان أميال ميلا
lb = رطل رطلان أرطال رطلا
oz = أونصة أونصتان أونصات أونصة f
ha = هكتار هكتاران هكتارات هكتارا
h = ساعة ساعتان ساعات ساعة f
min = دقيقة دقيقتان دقائق دقيقة f
s = ثانية ثانيتان ثوان ثانية f
W = واط واطان واطات واطا
kW = كيلوواط كيلوواطان كيلوواطات كيلوواطا
MW = ميغاواط ميغاواطان ميغاواطات ميغاواطا
V = فولت فولتان فولتات فولتا
Hz = هرتز هرتزان هرتزات هرتزا
MHz = ميغاهرتز ميغاهرتزان ميغاهرتزات ميغاهرتزا
GHz = غيغاهرتز غيغاهرتزان غيغاهرتزات غيغاهرتزا
KB kB = كيلوبايت كيلوبايت كيلوبايت كيلوبايت
MB = ميغابايت ميغابايت ميغابايت ميغابايت
GB = غيغابايت غيغابايت غيغابايت غيغابايت
TB = تيرابايت تيرابايت تيرابايت تيرابايت
kcal = سعرة_حرارية سعرتان_حراريتان سعرات_حرارية سعرة_حرارية f
"""
)


@dataclass(frozen=True)
class Coin:
    """Money: its name, which stays as it is after any number, and its small coin's."""

    name: str
    small: str
    few: str
    """The small coin after 3 to 10."""
    parts: int = 100
    feminine: bool = False
    """Whether the small coin is feminine."""


_CENT: Final = ("سنت", "سنتات")
_FILS: Final = ("فلس", "فلوس")
_QIRSH: Final = ("قرش", "قروش")
_ORE: Final = ("أوره", "أوره")
_DIRHAM: Final = ("درهم", "دراهم")


def _coins() -> Mapping[str, Coin]:
    listed = (
        ("$", Coin("دولار", *_CENT)),
        ("US$ USD", Coin("دولار أمريكي", *_CENT)),
        ("€ EUR", Coin("يورو", *_CENT)),
        ("£ GBP", Coin("جنيه استرليني", "بنس", "بنسات")),
        ("¥ JPY", Coin("ين ياباني", "سن", "سنات")),
        ("CNY", Coin("يوان صيني", "فن", "فنات")),
        ("₹ INR", Coin("روبية هندية", "بيسة", "بيسات", feminine=True)),
        ("PKR", Coin("روبية باكستانية", "بيسة", "بيسات", feminine=True)),
        ("₺ TRY", Coin("ليرة تركية", *_QIRSH)),
        ("₽ RUB", Coin("روبل", "كوبيك", "كوبيكات")),
        ("₩ KRW", Coin("وون", "جون", "جونات")),
        ("CHF", Coin("فرنك سويسري", "سنتيم", "سنتيمات")),
        ("CAD", Coin("دولار كندي", *_CENT)),
        ("AUD", Coin("دولار أسترالي", *_CENT)),
        ("AED د.إ", Coin("درهم إماراتي", *_FILS)),
        ("SAR ر.س", Coin("ريال سعودي", "هللة", "هللات", feminine=True)),
        ("QAR ر.ق", Coin("ريال قطري", *_DIRHAM)),
        ("OMR ر.ع", Coin("ريال عماني", "بيسة", "بيسات", 1000, feminine=True)),
        ("YER ر.ي", Coin("ريال يمني", *_FILS)),
        ("KWD د.ك", Coin("دينار كويتي", *_FILS, 1000)),
        ("BHD د.ب", Coin("دينار بحريني", *_FILS, 1000)),
        ("JOD د.أ د.ا", Coin("دينار أردني", *_FILS, 1000)),
        ("IQD د.ع", Coin("دينار عراقي", *_FILS, 1000)),
        ("LYD د.ل", Coin("دينار ليبي", *_DIRHAM, 1000)),
        ("TND د.ت", Coin("دينار تونسي", "مليم", "مليمات", 1000)),
        ("DZD د.ج", Coin("دينار جزائري", "سنتيم", "سنتيمات")),
        ("MAD د.م", Coin("درهم مغربي", "سنتيم", "سنتيمات")),
        ("EGP ج.م", Coin("جنيه مصري", *_QIRSH)),
        ("SDG ج.س", Coin("جنيه سوداني", *_QIRSH)),
        ("LBP ل.ل", Coin("ليرة لبنانية", *_QIRSH)),
        ("SYP ل.س", Coin("ليرة سورية", *_QIRSH)),
        ("MRU MRO أ.م", Coin("أوقية موريتانية", "خمس", "أخماس", 5)),
        ("DJF ف.ج", Coin("فرنك جيبوتي", "سنتيم", "سنتيمات")),
        ("ش.ص", Coin("شلن صومالي", *_CENT)),
        ("DH Dh", Coin("درهم", "سنتيم", "سنتيمات")),
        ("Dhs Dhs.", Coin("درهم", *_FILS)),
        ("Rs Rs. rs", Coin("روبية", "بيسة", "بيسات", feminine=True)),
        ("NPR", Coin("روبية نيبالية", "بيسة", "بيسات", feminine=True)),
        ("฿ THB", Coin("بات تايلندي", "ستانغ", "ستانغات")),
        ("NZD NZ$", Coin("دولار نيوزيلندي", *_CENT)),
        ("HKD HK$ hk$", Coin("دولار هونغ كونغ", *_CENT)),
        ("DKK", Coin("كرونة دنماركية", *_ORE)),
        ("SEK", Coin("كرونة سويدية", *_ORE)),
        ("NOK", Coin("كرونة نرويجية", *_ORE)),
    )
    found = {sign: coin for signs, coin in listed for sign in signs.split()}
    lower = {sign.lower(): coin for sign, coin in found.items() if sign.isalpha()}
    return MappingProxyType(lower | found)


MONEY: Final = _coins()
MONTHS: Final = words("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر")
LEVANTINE_MONTHS: Final = tuple(
    month.replace("_", " ")
    for month in words(
        "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني "
        "كانون_الأول "
    )
)
MAGHREBI_MONTHS: Final = words(
    "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر"
)
MONTH_NAMES: Final = (
    *MONTHS,
    *LEVANTINE_MONTHS,
    *MAGHREBI_MONTHS,
    *words("ابريل إبريل اغسطس اكتوبر محرم صفر رجب شعبان رمضان شوال غشت يوليوز شتنبر نونبر دجنبر"),
)
OBLIQUE_AFTER: Final = frozenset(
    words(
        "في من إلى الى على عن حتى منذ خلال بعد قبل بين عام سنة العام نحو حوالي مقابل بمبلغ "
        "بسعر بنسبة "
        "بقيمة مع ضمن تحت فوق لمدة طوال بعمر سن عمر كل لكل بحوالي بنحو عند لدى سوى قرابة زهاء لعام"
    )
)
"""Words after which a number stands in the genitive or accusative, which sound alike."""
FEMININE_PLURALS: Final = frozenset(
    words(
        "دقائق ثوان ثواني ليال ليالي سنين نساء بنات مدن دول صور قصص غرف لغات أمم قرى مدارس "
        "جرائد صحف "
        "رسائل مسائل وسائل طرق فرق نقاط نقط سفن كليات حلقات نسخ جمل كلمات أسر عيون أياد طائرات أراض"
    )
)
MASCULINE_IN_AT: Final = words(
    "قرارات مطارات حيوانات مستشفيات خطابات مجلدات حسابات دولارات سنتات مليارات قطارات رهانات "
    "خلافات "
    "بيانات كيلومترات سنتيمترات مليمترات كيلوغرامات غرامات لترات خيارات إنجازات إجراءات مسلسلات"
)
"""Plurals of masculine nouns that end as those of feminine ones do."""
FRACTIONS: Final = MappingProxyType(
    {
        2: ("نصف", "نصفين", "أنصاف"),
        3: ("ثلث", "ثلثين", "أثلاث"),
        4: ("ربع", "ربعين", "أرباع"),
        5: ("خمس", "خمسين", "أخماس"),
        6: ("سدس", "سدسين", "أسداس"),
        7: ("سبع", "سبعين", "أسباع"),
        8: ("ثمن", "ثمنين", "أثمان"),
        9: ("تسع", "تسعين", "أتساع"),
        10: ("عشر", "عشرين", "أعشار"),
    }
)
"""A part, two of them, and three to ten of them, by the whole's number of parts."""
HOURS: Final = words(
    "الثانية_عشرة الواحدة الثانية الثالثة الرابعة الخامسة السادسة السابعة الثامنة التاسعة العاشرة "
    "الحادية_عشرة الثانية_عشرة الثالثة_عشرة الرابعة_عشرة الخامسة_عشرة السادسة_عشرة السابعة_عشرة "
    "الثامنة_عشرة التاسعة_عشرة العشرين الحادية_والعشرين الثانية_والعشرين الثالثة_والعشرين"
)
DAYS: Final = words(
    "الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر الحادي_عشر الثاني_عشر "
    "الثالث_عشر الرابع_عشر الخامس_عشر السادس_عشر السابع_عشر الثامن_عشر التاسع_عشر العشرين "
    "الحادي_والعشرين الثاني_والعشرين الثالث_والعشرين الرابع_والعشرين الخامس_والعشرين "
    "السادس_والعشرين السابع_والعشرين الثامن_والعشرين التاسع_والعشرين الثلاثين الحادي_والثلاثين"
)
NUMBERED: Final = Numbered(
    things="[وبلف]?(?:ال|لل)?(?:قانون|مرسوم|قرار|لائحة|مادة|قضية|دعوى|تعميم|نظام|عدد)",
    between="تشريعي|التشريعي|وزاري|الوزاري|ملكي|الملكي|سلطاني|اتحادي|الاتحادي",
    number="رقم",
    joint="لسنة",
    joints=("و",),
)
"""What has a number of its year."""
DAYS_TOLD: Final = DayWords(
    labels="(?:[وبلف]?(?:ال)?(?:تاريخ|موعد|استحقاق|اجتماع|صلاحية))(?: [ء-ي]{1,14}){0,3}",
    weekdays="يوم|(?:يوم )?(?:الأحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت)",
    ahead="حتى|من|إلى|قبل|بعد|بتاريخ|في|منذ",
    times="الساعة [0-9]",
    counted="(?!الساعة)ال|من |ثاني|ثواني|دقيقة|دقائق|ساعة|ساعات|يوم|أيام|أسبوع|شهر|سنة|سنوات|شخص",
)
"""What tells a day that is written as a fraction is."""
