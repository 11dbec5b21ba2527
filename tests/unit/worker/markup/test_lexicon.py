"""A user's lexicon: words are said as it has them, and a bad one is refused by its entry."""

import json
import time

import pytest

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup import lexicon
from voicejob_worker.markup.lexicon import apply_lexicon
from voicejob_worker.markup.lexicon_source import MAX_ENTRIES, read_lexicon
from voicejob_worker.text.passages import Manner, Passage, Pronunciation, Script


def apply(entries, *passages, language="en-US", limit=100_000):
    """The passages with the lexicon ``entries`` (a source, or dicts) applied."""
    source = entries if isinstance(entries, str) else "\n".join(map(json.dumps, entries))
    made = tuple(one if isinstance(one, Passage) else Passage(one) for one in passages)
    return apply_lexicon(Script(made), read_lexicon(source), language, limit)


def said(entries, text, language="en-US"):
    return apply(entries, text, language=language).passages[0].text


@pytest.mark.parametrize(
    ("word", "text", "result"),
    [
        (
            "gif",
            "A gif, GIF and Gif; gifs, agif, gif_x, gif's",
            "A X, X and X; gifs, agif, X_x, X's",
        ),
        ("GIF", "gif GIF Gif", "gif X Gif"),
        ("Nguyen", "Nguyen, NGUYEN", "X, NGUYEN"),
        ("new york", "New\nYork, new  york, New York", "X, new  york, X"),
        ("c++", "C++ and c+++ or C++11", "X and X+ or X11"),
        (".net", "the .NET way, x.net", "the X way, xX"),
        ("o’neil", "O'Neil and o’neil", "X and X"),
        ("straße", "Straße, STRASSE", "X, STRASSE"),
        ("東京", "私は東京に住む", "私はXに住む"),
        ("서울", "서울에서", "X에서"),
        ("हि", "हि हिन्दी", "X हिन्दी"),
        ("café", "café cafés cafe", "X cafés cafe"),
        ("istanbul", "Istanbul İstanbul", "X İstanbul"),
        ("1k", "1k 11k 1kg", "X 11k 1kg"),
        ("a", "a" * 50, "a" * 50),
    ],
)
def test_words_are_whole_ones_and_capitals_count_where_the_entry_has_them(word, text, result):
    assert said([{"word": word, "say": "X"}], text) == result


def test_case_may_be_asked_for():
    assert said([{"word": "us", "say": "X", "caseSensitive": True}], "us US") == "X US"
    assert said([{"word": "US", "say": "X", "caseSensitive": False}], "us US") == "X X"


def test_the_longest_is_taken_and_none_sees_what_another_said():
    entries = [
        {"word": "york", "say": "new york"},
        {"word": "new york", "say": "york"},
        {"word": "new york city", "say": "NYC"},
        {"word": "new york", "say": "never"},
    ]
    assert said(entries, "new york city, new york, york") == "NYC, york, new york"


@pytest.mark.parametrize(
    ("pattern", "say", "text", "result"),
    [
        (r"(\d+)x", r"\1 times", "2x and 10x, 2xl", "2 times and 10 times, 2xl"),
        (r"v(\d)\.(\d)", r"version \1 point \2", "v1.2", "version 1 point 2"),
        (r"[A-Z]{2}\d+", r"\0!", "AB12 ab12", "AB12! ab12"),
        (r"[a-z]+ing", "ING", "Running, RUNNING, sing", "ING, ING, ING"),
        (r"\p{Greek}+", "Greek", "αβγ δ", "Greek Greek"),
        (r"(a)|(b)", r"<\2>", "a b", "<> <b>"),
        (r"\$", "dollars ", "$5", "dollars 5"),
    ],
)
def test_expressions_have_groups_and_match_whole_words(pattern, say, text, result):
    assert said([{"pattern": pattern, "say": say}], text) == result


def test_words_and_expressions_do_not_overlap():
    entries = [
        {"pattern": r"a b", "say": "P"},
        {"word": "b c", "say": "W"},
        {"word": "a", "say": "A"},
    ]
    assert said(entries, "a b c") == "P c"


def test_phonemes_stand_behind_a_sign_each_word_as_written():
    script = apply(
        [
            {"word": "tomato", "phonemes": "təˈmɑːtəʊ"},
            {"word": "nasa", "phonemes": '"n{s@', "alphabet": "x-sampa"},
        ],
        "Tomato, tomato, tomato NASA",
    )
    assert script.passages[0].text == "\ue000, \ue001, \ue001 \ue002"
    assert dict(script.pronunciations) == {
        "\ue000": Pronunciation("Tomato", "təˈmɑːtəʊ"),
        "\ue001": Pronunciation("tomato", "təˈmɑːtəʊ"),
        "\ue002": Pronunciation("NASA", "ˈnæsə"),
    }


@pytest.mark.parametrize("written", ["/kæt/", "[kæt]", " kæt ", "/ kæt /"])
def test_brackets_about_phonemes_are_none_of_them(written):
    assert read_lexicon(f"- {{word: cat, phonemes: '{written}'}}")[0].phonemes == "kæt"


def test_signs_of_the_script_are_kept():
    known = {"\ue000": Pronunciation("x", "y")}
    script = Script((Passage("\ue000 b"),), pronunciations=known)
    result = apply_lexicon(script, read_lexicon("- {word: b, phonemes: z}"), "en", 100)
    assert result.passages[0].text == "\ue000 \ue001"
    assert result.pronunciations == {**known, "\ue001": Pronunciation("b", "z")}


@pytest.mark.parametrize(
    ("entry", "language", "passage", "applies"),
    [
        ("pt", "pt-BR", "", True),
        ("pt-BR", "pt", "", False),
        ("pt-BR", "pt-PT", "", False),
        ("en", "pt-BR", "en-GB", True),
        ("pt", "pt-BR", "en", False),
        ("", "pt-BR", "en", True),
        ("EN_us", "en-US", "", True),
    ],
)
def test_an_entry_is_for_texts_of_its_language(entry, language, passage, applies):
    entries = [{"word": "a", "say": "X", "language": entry}]
    script = apply(entries, Passage("a", Manner(language=passage)), language=language)
    assert script.passages[0].text == ("X" if applies else "a")


def test_yaml_json_and_lines_are_the_same():
    wanted = read_lexicon(
        "- word: GIF\n  say: jif\n- {pattern: '(\\d)x', say: '\\1 times', language: en}\n"
    )
    assert [(one.word, one.pattern, one.say, one.place) for one in wanted] == [
        ("GIF", "", "jif", "entry 1 (line 1)"),
        ("", r"(\d)x", r"\1 times", "entry 2 (line 3)"),
    ]
    listed = [
        {"word": "GIF", "say": "jif"},
        {"pattern": r"(\d)x", "say": r"\1 times", "language": "en"},
    ]
    for source in (json.dumps(listed, indent=1), "\n\n".join(map(json.dumps, listed)).encode()):
        read = read_lexicon(source)
        assert [(one.word, one.say, one.pattern, one.language) for one in read] == [
            (one.word, one.say, one.pattern, one.language) for one in wanted
        ]
    assert read_lexicon("") == read_lexicon("# nothing\n") == read_lexicon("[]") == ()


PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa"
  xml:lang="en-US"><meta name="x"/>
  <lexeme role="x"><grapheme>tomato</grapheme><grapheme>tomatoe</grapheme>
    <phoneme>təmeiɾou</phoneme><phoneme prefer="true">təmɑːtou</phoneme>
    <example>a tomato</example></lexeme>
  <lexeme><grapheme>W3C</grapheme><alias>World Wide Web Consortium</alias></lexeme>
  <lexeme><grapheme>x</grapheme><phoneme alphabet="x-sampa">Eks</phoneme></lexeme>
</lexicon>"""


@pytest.mark.parametrize("source", [PLS, PLS.encode()])
def test_pls_is_read(source):
    read = read_lexicon(source)
    assert [(one.word, one.phonemes, one.say, one.language) for one in read] == [
        ("tomato", "təmɑːtou", "", "en-US"),
        ("tomatoe", "təmɑːtou", "", "en-US"),
        ("W3C", "", "World Wide Web Consortium", "en-US"),
        ("x", "ɛks", "", "en-US"),
    ]
    assert read[0].place == "entry 1 (line 4)"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "- {word: a, say: b}\n- {word: c}",
            "entry 2 (line 2): write exactly one of say and phonemes",
        ),
        ("- say: b", "entry 1 (line 1): write exactly one of word and pattern"),
        ("- {word: a, pattern: b, say: c}", "write exactly one of word and pattern"),
        ("- {word: a, say: ''}", "write exactly one of say and phonemes"),
        ("- {word: a, says: b}", "a field that is not known; word, pattern"),
        ("- {word: a, say: b, say: c}", "line 1: a field is written twice"),
        ("- {word: a, say: [b]}", "line 1: a list within the list"),
        ("- {word: a, say: {b: c}}", "an entry is flat"),
        ("- a\n", "line 1: a lexicon is a list of entries"),
        ("word: a\nsay: b", "a lexicon is a list of entries"),
        ("hello", "a lexicon is a list of entries"),
        ("- &x {word: a, say: b}\n- *x", "anchors and aliases are not read"),
        ("- {word: a, say: b", "the lexicon is no YAML at line 2"),
        ("- {word: a, say: 'b}\n", "the lexicon is no YAML at line"),
        ("- {word: a, say: \x01}", "the lexicon is no YAML"),
        ('{"word": "a", "say": "b"}\n{"word"', "entry 2 (line 2): not an object of JSON"),
        ('{"word": "a", "say": ["b"]}', "an object of plain texts"),
        ("- {word: '!?', say: b}", "a word has a letter or a digit"),
        ("- {word: a, say: b, language: not a tag}", "language is a tag"),
        ("- {word: a, say: b, caseSensitive: maybe}", "caseSensitive is true or false"),
        ("- {word: a, phonemes: b, alphabet: arpabet}", "ipa or x-sampa"),
        ("- {word: a, phonemes: 'a]] b [[c'}", "the phonemes are not right: no brackets"),
        ('{"word": "a", "phonemes": "a\\ue000"}', "the phonemes are not right: no brackets"),
        (
            "- {pattern: '(?=a)', say: b}",
            "entry 1 (line 1): the pattern is not read (invalid perl operator)",
        ),
        ("- {pattern: '(a)\\1', say: b}", "not read (invalid escape sequence)"),
        ("- {pattern: '(SECRET', say: b}", "not read (missing ))"),
        ("- {pattern: 'a*', say: b}", "matches nothing at all"),
        ("- {pattern: '\\b', say: b}", "matches nothing at all"),
        ("- {pattern: 'a', say: '\\1'}", "names a group that the pattern, with 0, has not"),
        ("- {pattern: '\\p{L}{900}', say: b}", "not read (pattern too large"),
        ("- {pattern: '(((a{50}){50}){50})', say: b}", "not read"),
        (f"- {{word: {'a' * 101}, say: b}}", "too long"),
        ("- {word: a, say: b}\n" * (MAX_ENTRIES + 1), "over 5000 entries"),
        ("- {pattern: a, say: b}\n" * 201, "over 200 patterns"),
        ("#" * 1_048_577, "1048577 bytes"),
        (b"- {word: \xff, say: b}", "not UTF-8 at offset 9"),
        (
            "<lexicon><lexeme><alias>b</alias></lexeme></lexicon>",
            "entry 1 (line 1): a lexeme has a grapheme",
        ),
        ("<a/>", "XML, and not PLS"),
        ("<lexicon><lexeme>", "broken at line 1, column 18"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><lexicon/>", "declares a document type of its own"),
    ],
)
def test_a_bad_lexicon_is_refused_by_entry_and_line(source, told):
    with pytest.raises(InvalidInputError) as refused:
        read_lexicon(source)
    assert told in str(refused.value)
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("start", ["[", "- ", "{a: ", "? ", "- [", "[a, ", '{"a":'])
def test_deep_lexicons_end_at_once(start):
    begun = time.process_time()
    with pytest.raises(InvalidInputError):
        read_lexicon((start * 300_000)[:1_000_000])
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "a.*?a.*?a.*?ab|a", r"(\w+\s?)*!", "(x+x+)+y"]
)
def test_no_expression_is_catastrophic(pattern):
    """Python's own engine would take years for the first."""
    begun = time.process_time()
    for text in ("a" * 50_000, "a " * 25_000, "x" * 50_000):
        apply([{"pattern": pattern, "say": "b"}], text, limit=1_000_000)
    assert time.process_time() - begun < 6


def test_an_expression_that_matches_all_over_is_refused(monkeypatch):
    monkeypatch.setattr(lexicon, "MAX_MATCHES", 1000)
    with pytest.raises(InvalidInputError, match=r"entry 2 .* over 1000 matches"):
        said([{"word": "a", "say": "b"}, {"pattern": ".", "say": "b"}], "a b c " * 1000)


def test_a_text_that_grows_over_the_limit_is_refused():
    with pytest.raises(InvalidInputError, match="with the lexicon the text has more than 1000"):
        apply([{"word": "a", "say": "long " * 100}], "a " * 20, limit=1000)


def test_five_thousand_entries_over_a_book_take_seconds():
    entries = [{"word": f"word{number} two", "say": "x"} for number in range(4900)]
    entries += [{"pattern": rf"(\w+)y{number}", "say": "x"} for number in range(100)]
    sentence = "The quick word17 two jumped over word18 one and said nothing of it. "
    passages = [Passage(sentence * 8)] * 900
    begun = time.process_time()
    script = apply(entries, *passages, limit=1_000_000)
    assert time.process_time() - begun < 8
    assert script.passages[0].text.startswith("The quick x jumped over word18 one")


def test_words_that_nearly_match_take_linear_time():
    entries = [{"word": "あ" * length + "い", "say": "x"} for length in range(1, 99)]
    begun = time.process_time()
    said(entries, "あ" * 30_000)
    assert time.process_time() - begun < 8
