"""Whatever is mixed with a language's words: nothing raises, and no digit is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicejob_worker.text.normalise import normalise

WORDS = {
    "zh": "年 月 日 号 点 分 第 百分之 万 亿 元 个 公元前 电话 室 到 美元 千克",
    "ja": "年 月 日 時 分 第 分の 万 億 円 〜 (月) （火・祝） 午前 から 〒 √ 勝",
    "ru": "г. гг. году год до в с по между и мая руб. коп. тыс. млн -й -я -е -х -ти XVI в. км/ч",
    "hi": "वां वीं ला री में से सन साल ई. पू. बजे लाख घंटे किलो अगस्त पिन कोड st डॉ.",
    "ar": "و ب ال لـ من إلى في عام الساعة ص م مايو د.ك ر.س aed كم ألف مليون درهم سيارات",
}
SIGNS = [*".,:;/-–%$€₹￥°½¼+=x() ٫٬，：．", "°C", " km", "m²"]
NUMBERS = st.one_of(
    st.integers(0, 99).map(str),
    st.integers(0, 10**18).map(str),
    st.integers(0, 99).map("{:02}".format),
    st.decimals(0, 9999, places=2).map(str),
)


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[str, str]:
    language = draw(st.sampled_from(sorted(WORDS)))
    pieces = st.one_of(NUMBERS, st.sampled_from(SIGNS), st.sampled_from(WORDS[language].split()))
    return "".join(draw(st.lists(pieces, max_size=16))), language


@given(mixtures())
def test_no_mixture_raises_or_keeps_a_digit(mixture: tuple[str, str]) -> None:
    said = normalise(*mixture).text
    assert not set("0123456789½¼") & set(said)
    assert "None" not in said
    assert "  " not in said


@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize(
    "number", ["7" * 300, "0" * 50, "1." * 40 + "1", "1/" * 40, ".½", "9" * 19]
)
def test_endless_numbers_are_said(language: str, number: str) -> None:
    said = normalise(f"a {number} b", language).text
    assert not any(character.isdigit() for character in said)
