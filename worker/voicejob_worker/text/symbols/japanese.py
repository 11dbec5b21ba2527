"""Signs in Japanese."""

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

JAPANESE: Final = Symbols(
    currencies=currencies("ユーロ ドル ポンド 円 ルーブル リラ ウォン ルピー ズウォティ レアル"),
    signs=SignWords(
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
    reckoning=Reckoning(
        plus="プラス",
        minus="マイナス",
        times="かける",
        divided="割る",
        equals="イコール",
        power="の{}乗",
        square="の二乗",
        cube="の三乗",
        compared=(
            "{}以上",
            "{}以下",
            "ノットイコール{}",
            "約{}",
            "{}未満",
            "{}超",
            "",
        ),
        between="",
    ),
    greek=greek(
        "アルファ ベータ ガンマ デルタ イプシロン ゼータ イータ シータ イオタ カッパ ラムダ "
        "ミュー ニュー クサイ オミクロン パイ ロー シグマ タウ ウプシロン ファイ カイ プサイ "
        "オメガ",
        "総和 積分 偏 属する 総乗",
    ),
    address=AddressWords(
        "アットマーク",
        "ドット",
        "スラッシュ",
        "ハイフン",
        "アンダーバー",
        "コロン",
        "クエスチョンマーク",
        "イコール",
    ),
    has_blanks=False,
    runs_on=True,
    is_latin=False,
    worth=re.compile(rf"{DIGITS}|[(（][月火水木金土日]"),
)
