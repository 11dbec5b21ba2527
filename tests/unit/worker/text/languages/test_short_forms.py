"""Short forms, addresses and counted nouns of Hindi, Arabic, Chinese and Japanese."""

import pytest

from voicejob_worker.text.normalise import normalise

KINDS = {
    "Hindi abbreviations": [
        ("hi-IN", "पृ. 12, सं. 7, रु. 500", "पृष्ठ बारह, संख्या सात, पाँच सौ रुपए"),
        ("hi-IN", "25 दिस. 2023, 5 कि.मी. दूर", "पच्चीस दिसंबर दो हज़ार तेईस, पाँच किलोमीटर दूर"),
        ("hi-IN", "100 किमी/घंटा, ₹50/किलो", "एक सौ किलोमीटर प्रति घंटा, पचास रुपए प्रति किलो"),
        ("hi-IN", "1वां, 2वीं, 5वां, -₹5", "पहला, दूसरी, पाँचवां, माइनस पाँच रुपए"),
    ],
    "Arabic abbreviations": [
        ("ar", "د. أحمد، ص. 12، إلخ. ثم", "الدكتور أحمد، صفحة اثنا عشر، إلى آخره. ثم"),
        ("ar", "44 ق.م", "أربعة وأربعون قبل الميلاد"),
        ("ar", "أحمد. محمد", "أحمد. محمد"),
        ("ar", "طوله 5 م. وصل أحمد", "طوله خمسة أمتار. وصل أحمد"),
    ],
    "Japanese days": [
        ("ja-JP", "会議は12/25です", "会議は十二月二十五日です"),
        ("ja-JP", "残りは3/4です", "残りは四分の三です"),
    ],
    "Arabic days and hours": [
        ("ar", "من 3 إلى 5 أكتوبر", "من الثالث إلى الخامس من أكتوبر"),
        ("ar", "9 صباحا", "الساعة التاسعة صباحا"),
    ],
    "Arabic one and two": [
        ("ar", "1 ريال، 2 كتاب، 2 سيارة، مع 2 ريال", "ريال واحد، كتابان، سيارتان، مع ريالين"),
    ],
    "addresses end at signs and letters of the Far East": [
        ("zh-CN", "访问www.a.com/b，然后", "访问a 点 com 斜杠 b，然后"),
        ("zh-CN", "联系我n@a.com吧", "联系我n 艾特 a 点 com吧"),
        ("ja-JP", "www.a.jp/b、次", "a ドット jp スラッシュ b、次"),
        ("ar", "www.a.com/b، ثم", "a نقطة com شرطة مائلة b، ثم"),
        ("hi-IN", "www.a.com/b। फिर", "a डॉट com स्लैश b। फिर"),
        ("ru-RU", "имя@пример.рф", "имя собака пример точка рф"),
    ],
}


@pytest.mark.parametrize(
    ("language", "written", "spoken"), [case for cases in KINDS.values() for case in cases]
)
def test_kinds(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language).text == spoken
