"""Who waits hears the first clause; no word is lost, and no part is too long or too short."""

from itertools import accumulate

import pytest

from voicejob_worker.text.chunks import Sentence
from voicejob_worker.text.opening import PAUSE, in_clauses
from voicejob_worker.text.passages import Passage
from voicejob_worker.text.plan import Lengths, plan_chunks

TRAIN = (
    "When the last train had left the station, the porter locked the gates, put out the lamps one "
    "by one, and walked slowly home along the river with his old brown dog."
)


def parts(text: str) -> list[str]:
    return [one.text for one in in_clauses([Sentence(text, 0.3)])]


def test_the_first_clause_comes_by_itself_and_then_growing_parts() -> None:
    assert parts(TRAIN) == [
        "When the last train had left the station,",
        "the porter locked the gates,",
        "put out the lamps one by one,",
        "and walked slowly home along the river with his old brown dog.",
    ]


def test_the_pauses_within_are_a_clauses_and_the_last_is_the_sentences() -> None:
    sentences = [Sentence(TRAIN, 0.6, is_exact=True), Sentence("It was late.", 0.25)]
    cut = in_clauses(sentences)

    assert [one.pause_after for one in cut] == [*[PAUSE] * 3, 0.6, 0.25]
    assert cut[3].is_exact
    assert cut[-1] == sentences[1]


@pytest.mark.parametrize(
    "text",
    [
        "The kettle is on, and the tea is in the pot, and that is all.",
        "Nobody in the village had ever seen the owner of the house that stood behind the church.",
        "The road goes ever on and on down from the door where it began and far ahead, it is gone.",
        "Yes, no, and that is all that anybody in this house has been heard to say of the thing.",
        "It costs 1,000,000 and something more than anybody who comes by here has had with him.",
    ],
)
def test_what_is_short_or_has_no_clause_early_stays_whole(text: str) -> None:
    assert parts(text) == [text]


def test_one_too_short_to_stand_alone_goes_with_the_next() -> None:
    text = f"However, nobody came, {TRAIN[0].lower()}{TRAIN[1:]}"

    assert parts(text)[0] == "However, nobody came,"


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("“", "”"), ('"', '"'), ("«", "»")])
def test_no_part_ends_in_a_quotation_or_in_brackets(opening: str, closing: str) -> None:
    text = (
        f"She said to him {opening}not today, not tomorrow, not at all{closing} and went away, "
        "and he stood there for a long time, looking at the door that she had closed behind her."
    )

    assert parts(text)[0].endswith(("and went away,", ")"))


def test_wide_signs_count_for_what_is_heard() -> None:
    text = "昨天晚上我们一起去看电影，然后在河边走了很久，最后大家都很高兴地回家了，谁也没有说话。"

    assert parts(text)[0] == "昨天晚上我们一起去看电影，"
    assert "".join(parts(text)) == text


@pytest.mark.parametrize("text", [TRAIN, f"{TRAIN[:-1]}, {TRAIN.lower()}", TRAIN.replace(",", ";")])
def test_no_part_is_longer_than_all_before_it_where_its_clauses_allow_it(text: str) -> None:
    cut = parts(text)
    heard = [0, *accumulate(map(len, cut))]

    assert " ".join(cut) == text
    assert all(len(one) >= 20 for one in cut)
    for number, part in enumerate(cut[1:], start=1):
        clauses = part.rstrip(".").count(",") + part.count(";")
        assert len(part) <= heard[number] or clauses <= 1


@pytest.mark.parametrize(("preferred", "first"), [(0, parts(TRAIN)[0]), (240, TRAIN)])
def test_only_what_speaks_sentence_by_sentence_begins_with_a_clause(
    preferred: int, first: str
) -> None:
    def chunks(starts_short: bool) -> list[str]:
        passages = [Passage(f"{TRAIN} {TRAIN}")]
        lengths = Lengths(300, preferred)
        found = plan_chunks(passages, "en", lambda _: lengths, starts_short=starts_short)
        return [chunk.text for chunk in found]

    assert chunks(True)[0] == first
    assert chunks(True)[-1].endswith(TRAIN)
    assert chunks(False)[0].startswith(TRAIN)
