"""Signs in Korean."""

from typing import Final

from voicejob_worker.text.symbols.schema import Reckoning, SignWords, Symbols, currencies

KOREAN: Final = Symbols(
    currencies=currencies("유로 달러 파운드 엔 루블 리라 원 루피 즈워티 헤알"),
    signs=SignWords(
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
    reckoning=Reckoning(
        plus="더하기",
        minus="빼기",
        times="곱하기",
        divided="나누기",
        equals="는",
        power="의 {}제곱",
        square="의 제곱",
        cube="의 세제곱",
        compared=(
            "{} 이상",
            "{} 이하",
            "같지 않다 {}",
            "약 {}",
            "{} 미만",
            "{} 초과",
            "루트 {}",
        ),
    ),
    runs_on=True,
    is_latin=False,
)
