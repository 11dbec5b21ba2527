"""Merge patches, against what the API server makes of them."""

from fake_api_objects import merged
from hypothesis import given
from hypothesis import strategies as st

from voicejob_operator.voicejobs.merge_patch import merge_patch

LEAVES = st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8
).filter(lambda found: isinstance(found, dict))


@given(DOCUMENTS, DOCUMENTS)
def test_it_turns_one_document_into_the_other(before, after):
    assert merged(before, merge_patch(before, after)) == after


@given(DOCUMENTS)
def test_of_what_is_the_same_nothing_is_sent(document):
    assert merge_patch(document, document) == {}


def test_what_only_the_api_server_knows_stays():
    patch = merge_patch({"a": 1, "gone": 2}, {"a": 3})
    assert patch == {"a": 3, "gone": None}
    assert merged({"a": 1, "gone": 2, "newer": 4}, patch) == {"a": 3, "newer": 4}
