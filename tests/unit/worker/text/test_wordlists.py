"""Lists of words, and the pattern of any of them."""

import re

from voicejob_worker.text.wordlists import one_of, table, words


def test_the_longest_word_is_met_first_whatever_signs_it_has():
    assert re.findall(one_of(words("m m² m.b km")), "5 m², 3 km 2 m.b mxb") == [
        *("m²", "km", "m.b", "m"),
    ]


def test_no_word_at_all_is_met_nowhere():
    assert re.search(f"(?:{one_of(())})", "words") is None


def test_a_table_names_signs_and_may_have_blanks_in_a_name():
    assert dict(table("m=metre km=thousand_metres")) == {"m": "metre", "km": "thousand metres"}
