"""No text makes normalising or splitting take more than linear time."""

import time

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise

SECONDS = 3.0
"""For 50,000 characters; on one core it takes 0.01 to 0.5 s, quadratic time takes a minute."""

PROSE = (
    "In 1999 Dr. Smith paid $1,234.56 for 21 apples; “that's 50% off!” he said. "
    "See https://example.com/a?x=1 or mail a.b@c.org at 10:30. "
)
PORTUGUESE_PROSE = (
    "Em 1999 o Dr. Silva pagou R$ 1.234,56 por 21 maçãs; “50% de desconto!”, disse ele no dia "
    "25/12/2025 às 14h30, em 3º lugar, a 10 km da Av. Paulista. Veja a pág. 9 do séc. XX. "
)
NASTY = [
    "7", "(", ".", "@", "http://", "x\u0301\u0316", "\u0301", "a.", "1-", "1.", "1 ", "123 ",
    "123\u00a0", "'\"", "'", "\u00ab", "[ ", "[", "\n", " \n", " ", "- ", "-", "$", "$1", "1%",
    "1:", "a@", "a@b.", "+1", "a", "\ud83d\ude00", "\ud83d\udc68\u200d", "\u200d", "\u6f22",
    "1/2", "#a", "+1(2)", "1 - ", "!?", "www.", "mailto:", "555-123-", "12h", "\u2764\ufe0f",
    "\u200c", "\u0915\u094d", "\u00aba\u00bb ", "a&", "1x", "\u00bd", "1\u00ba", "R$", "_",
    "\u0000", "\ud83c\udde7", "-a", "a-", "/", "a/", "%20", "http://a?", "A. ", "\"a", "\ud800",
    "Sr. ", "St. ", "R. A", "Av. ", "D. A", "a. ", "p. ", "V. Ex", "etc.", "etc. A", "a.b",
    "\u00a7", "I ", "X", "XX e ", "IV, ", "Henry I ", "s\u00e9culo V", "das 2 ", "\u00e0s ", "2 a ",
    "2 mil ", "12/10 ", "0800 ", "123.", "(11) ", "9 9", "May 5", "1 de ", "10% - ", "R$ 1-",
    "1 1/", "km ", " por ", "A. B", "2 x", "2 cm", "1/1/", "3 a 3 ",
    "1，", "2年", "8:", "5~", "第1", "1月", "電話0", "公元1", "3/", "2024-", "A1",
    "1 км ", "5-", "в 5 ", "1 мая ", "2 г. ", "XX в. ", "1-й ", "₹1.", "1 लाख ", "1.5 ", "1 ई. ",
    "و5", "1 من ", "الساعة 5:", "1,5", "%5", "1 руб. 5 ",
]  # fmt: skip


@pytest.mark.parametrize("piece", [*NASTY, PROSE])
def test_fifty_thousand_characters_take_seconds_at_most(piece: str) -> None:
    text = (piece * (50_000 // len(piece) + 1))[:50_000]
    start = time.process_time()
    split_chunks(normalise(text, "en-US").text, "en-US", 300, 0)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("piece", [*NASTY, PORTUGUESE_PROSE])
def test_portuguese_is_no_slower(piece: str) -> None:
    text = (piece * (25_000 // len(piece) + 1))[:25_000]
    start = time.process_time()
    split_chunks(normalise(text, "pt-BR").text, "pt-BR", 300, 0)
    assert time.process_time() - start < SECONDS / 2


@pytest.mark.parametrize(
    "language", ["pt-BR", "de", "es", "fr", "hu", "it", "sv", "ru", "zh", "ja", "hi", "ar"]
)
def test_other_languages_are_no_slower(language: str) -> None:
    text = "".join(piece * 400 for piece in NASTY)
    start = time.process_time()
    split_chunks(normalise(text, language).text, language, 300, 0)
    assert time.process_time() - start < 2 * SECONDS


def test_quotes_without_end_do_not_stop_the_segmenter() -> None:
    """At once they would take sentencex a minute."""
    start = time.process_time()
    split_chunks("«" * 400_000 + "a", "en", 300, 0)
    assert time.process_time() - start < 2 * SECONDS


@pytest.mark.parametrize("piece", ["Oh. ", "好。", "A b c d e f. \n\n", "a", "a ", "a, "])
def test_filling_chunks_is_no_slower(piece: str) -> None:
    """256 KiB, the longest text of a VoiceJob, where every sentence is as short as it may be."""
    text = (piece * (262_144 // len(piece) + 1))[:262_144]
    start = time.process_time()
    split_chunks(text, "en-US", 280, 240, starts_short=True)
    assert time.process_time() - start < 2 * SECONDS


def test_a_million_characters_of_prose() -> None:
    text = (PROSE * 8000)[:1_000_000]
    start = time.process_time()
    chunks = split_chunks(normalise(text, "en-US").text, "en-US", 300, 0)
    assert time.process_time() - start < 15
    assert len(chunks) > 10_000
