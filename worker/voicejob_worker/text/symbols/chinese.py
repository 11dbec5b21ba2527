"""Signs in Chinese."""

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

CHINESE: Final = Symbols(
    currencies=currencies("欧元 美元 英镑 元 卢布 里拉 韩元 卢比 兹罗提 雷亚尔"),
    signs=SignWords(
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
    reckoning=Reckoning(
        plus="加",
        minus="减",
        times="乘",
        divided="除以",
        equals="等于",
        power="的{}次方",
        square="的平方",
        cube="的立方",
        compared=(
            "大于等于{}",
            "小于等于{}",
            "不等于{}",
            "约等于{}",
            "小于{}",
            "大于{}",
            "根号{}",
        ),
        between="",
    ),
    greek=greek(
        "阿尔法 贝塔 伽马 德尔塔 艾普西龙 泽塔 伊塔 西塔 约塔 卡帕 拉姆达 缪 纽 克西 奥密克戎 "
        "派 柔 西格玛 陶 宇普西龙 斐 希 普西 欧米伽",
        "求和 积分 偏 属于 乘积",
    ),
    address=AddressWords("艾特", "点", "斜杠", "横杠", "下划线", "冒号", "问号", "等于"),
    has_blanks=False,
    runs_on=True,
    joins_thousands=True,
    is_latin=False,
    keeps_halves=True,
    worth=re.compile(rf"{DIGITS}|[A-Z]{{3}}"),
)
