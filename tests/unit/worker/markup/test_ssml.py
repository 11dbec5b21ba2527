"""SSML: what can be had is had; the rest is refused by name with its line, without a word."""

from contextlib import suppress

import pytest
from markup_reading import OPTIONS, pauses, read, texts

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.say_as import KINDS, NoWordsError, say_as
from voicejob_worker.markup.xml_reader import read_xml
from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.passages import Manner


def said(body, language="en-US"):
    script = read(f"<speak>{body}</speak>", "SSML", language=language)
    return [(one.text, one.manner) for one in script.passages]


def test_a_document_as_it_is_written():
    script = read(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE speak PUBLIC "-//W3C//DTD SYNTHESIS 1.0//EN" "http://x.org/synthesis.dtd">\n'
        '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-GB">\n'
        "<metadata><dc:t xmlns:dc='u'>no</dc:t></metadata><!-- no -->\n"
        "<p><s>One</s><s>Two.</s>\n  Three &amp; <![CDATA[four]]></p>\n"
        "<p>Five</p> <mark name='x'/>six\n</speak>\n"
    )
    assert [(one.text, one.line) for one in script.passages] == [
        ("One. Two. Three & four", 5),
        ("Five", 7),
        ("six", 7),
    ]
    assert script.language == "en-GB"
    assert all(one.ends_paragraph for one in script.passages)


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [
        ("", 0.5),
        ("strength='none'", 0.0),
        ("strength='x-weak'", 0.1),
        ("strength='weak'", 0.25),
        ("strength='medium'", 0.5),
        ("strength='strong'", 0.8),
        ("strength='x-strong'", 1.2),
        ("time='1.5s'", 1.5),
        ("time='250ms' strength='strong'", 0.25),
        ("time='60s'", 10.0),
    ],
)
def test_breaks(attributes, seconds):
    assert pauses(f"<speak>a<break {attributes}/>b</speak>") == [("a", seconds), ("b", None)]


@pytest.mark.parametrize(
    ("attributes", "manner"),
    [
        ("rate='120%'", Manner(rate=1.2)),
        ("rate='+20%'", Manner(rate=1.2)),
        ("rate='-50%'", Manner(rate=0.5)),
        ("rate='0.8'", Manner(rate=0.8)),
        ("rate='x-slow'", Manner(rate=0.5)),
        ("rate='fast'", Manner(rate=1.25)),
        ("rate='default'", Manner()),
        ("rate='9000%'", Manner(rate=4.0)),
        ("pitch='+2st'", Manner(pitch=2.0)),
        ("pitch='-1.5ST'", Manner(pitch=-1.5)),
        ("pitch='+100%'", Manner(pitch=12.0)),
        ("pitch='low'", Manner(pitch=-3.0)),
        ("pitch='200Hz'", Manner()),
        ("volume='+6dB'", Manner(volume=6.0)),
        ("volume='-50%'", Manner(volume=-6.0206)),
        ("volume='50'", Manner(volume=-6.0206)),
        ("volume='0'", Manner(volume=-60.0)),
        ("volume='silent'", Manner(volume=-60.0)),
        ("volume='x-loud' rate='medium'", Manner(volume=8.0)),
        ("contour='(0%,+20Hz)'", Manner()),
    ],
)
def test_prosody_is_a_manner(attributes, manner):
    assert said(f"<prosody {attributes}>x</prosody>") == [("x", manner)]


def test_what_cannot_be_had_is_told():
    body = "<emphasis>a</emphasis> <prosody pitch='90Hz' range='high'>b</prosody> "
    body += "<voice gender='male'>c</voice>"
    script = read(f"<speak>\n{body}</speak>")
    assert [one.text for one in script.passages] == ["a b c"]
    assert script.notes == (
        "said without it: emphasis, which no engine has (line 2)",
        "said at its own pitch: prosody with a pitch in Hz (line 2)",
        "said without it: prosody's range (line 2)",
        "said by the same voice: voice without a name (line 2)",
    )


def test_prosody_within_prosody_is_relative_to_it():
    body = (
        "<prosody rate='50%' pitch='+3st'><prosody rate='50%' pitch='+3st'>x</prosody>y</prosody>z"
    )
    assert said(body) == [
        ("x", Manner(rate=0.25, pitch=6.0)),
        ("y", Manner(rate=0.5, pitch=3.0)),
        ("z", Manner()),
    ]


def test_voices_and_languages_are_manners():
    body = (
        "a <voice name='ANA'>b <lang xml:lang='fr'>c</lang></voice> <p xml:lang='de'>d</p>"
        "<voice name='Zoe ben'>e</voice> <voice name='Dr. Silva' xml:lang='en-GB'>f</voice>"
    )
    assert said(body) == [
        ("a", Manner()),
        ("b", Manner(voice="Ana")),
        ("c", Manner(voice="Ana", language="fr")),
        ("d", Manner(language="de")),
        ("e", Manner(voice="Ben")),
        ("f", Manner(voice="Dr. Silva", language="en-GB")),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("characters", "aB1", "A, B, one"),
        ("spell-out", "C-3", "C, dash, three"),
        ("verbatim", "ß@", "ß, at"),
        ("cardinal", "1,234", "one thousand two hundred and thirty-four"),
        ("cardinal", "IV", "four"),
        ("number", "-5", "minus five"),
        ("ordinal", "3rd", "third"),
        ("ordinal", "21", "twenty-first"),
        ("ordinal", "VIII", "eighth"),
        ("digits", "2048", "two zero four eight"),
        ("telephone", "+1 (555) 0199", "plus one, five five five, zero one nine nine"),
        ("name", "Ann", "Ann"),
        ("ordinal", "words", "words"),
        ("cardinal", "", ""),
    ],
)
def test_say_as_is_heard_as_asked(kind, text, words):
    body = f"x <say-as interpret-as='{kind}'>{text}</say-as>"
    ((passage, _),) = said(body)
    assert normalise(passage, "en-US").text.removeprefix("x").strip() == words


@pytest.mark.parametrize(
    ("kind", "text", "written"),
    [
        ("currency", "$45.30", "$45.30"),
        ("unit", "5 km", "5 km"),
        ("time", "14:30", "14:30"),
    ],
)
def test_what_normalising_reads_right_by_itself_is_left_to_it(kind, text, written):
    ((passage, _),) = said(f"<say-as interpret-as='{kind}'>{text}</say-as>")
    assert passage == written


@pytest.mark.parametrize(
    ("written_format", "text", "words"),
    [
        ("dmy", "03/04/2024", "April third, twenty twenty-four"),
        ("mdy", "03/04/2024", "March fourth, twenty twenty-four"),
        ("ymd", "20240403", "April third, twenty twenty-four"),
        ("dmy", "3.4.24", "April third, twenty twenty-four"),
        ("md", "12/25", "December twenty-fifth"),
        ("ym", "2024-12", "December twenty twenty-four"),
        ("y", "1999", "nineteen ninety-nine"),
        ("dmy", "99/99/2024", "99/99/2024"),
    ],
)
def test_dates_are_read_in_their_order(written_format, text, words):
    body = f"<say-as interpret-as='date' format='{written_format}'>{text}</say-as>"
    ((passage, _),) = said(body)
    if words != text:
        assert normalise(passage, "en-US").text == words
    else:
        assert passage == text


def test_say_as_is_of_the_language_it_stands_in():
    body = "<lang xml:lang='pt-BR'><say-as interpret-as='ordinal'>3</say-as></lang>"
    assert said(body) == [("terceiro", Manner(language="pt-BR"))]


@pytest.mark.parametrize(
    ("language", "written_format", "text", "words"),
    [
        ("de", "dm", "25.12.", "25. Dezember"),
        ("fr-CA", "ym", "2024-12", "décembre 2024"),
        ("es", "m", "12", "diciembre"),
        ("pt-BR", "my", "12/2024", "dezembro de 2024"),
        ("pt-BR", "dm", "25/12", "vinte e cinco de dezembro"),
        ("ja", "md", "12/25", "12月25日"),
        ("xx", "md", "12/25", "12/25"),
        ("xx", "mdy", "12/25/2024", "2024-12-25"),
        ("de", "dmy", "31.2.2024", "2024-02-31"),
        ("de", "dm", "31.2.", "31.2."),
    ],
)
def test_dates_have_their_months_by_name(language, written_format, text, words):
    body = f"<say-as interpret-as='date' format='{written_format}'>{text}</say-as>"
    assert said(body, language) == [(words, Manner())]


@pytest.mark.parametrize(
    "language", ["de", "fr", "es", "it", "ru", "ar", "hi", "ja", "zh", "xx", ""]
)
def test_say_as_raises_in_no_language(language):
    for kind in KINDS:
        for text in ("IV", "3.", "-1.234,5", "12/25/2024", "+49 30", "aß1-", "", "x" * 600):
            for written_format in ("", "mdy", "dm", "ym", "y"):
                with suppress(NoWordsError):
                    assert say_as(text, kind, written_format, language) is not None


@pytest.mark.parametrize(("language", "times"), [("xx", 1), ("cs", 0), ("uk-UA", 0), ("zh-TW", 0)])
def test_a_date_whose_month_has_no_name_is_told(language, times):
    """Of an image, that is any language whose data was left out of it."""
    body = (
        f"<speak xml:lang='{language}'><say-as interpret-as='date' format='dm'>3. 4.</say-as>"
        "<say-as interpret-as='date' format='dmy'>3.4.2024</say-as></speak>"
    )
    told = f"said as written: a date in {language}, of which no months are known (line 1)"
    assert list(read(body, "SSML", language="en-US").notes) == [told] * times


def test_an_alias_is_said_instead():
    assert texts("<speak>The <sub alias='World Wide Web'>WWW</sub>.</speak>") == [
        "The World Wide Web."
    ]


def test_phonemes_stand_behind_a_sign():
    script = read(
        "<speak>a <phoneme alphabet='ipa' ph='təˈmɑːtəʊ'>tomato</phoneme>, "
        "<phoneme ph='təˈmɑːtəʊ'>tomato</phoneme> <phoneme alphabet='x-sampa' "
        "ph='t@\"mA:t@U r\\'>tomato</phoneme></speak>"
    )
    assert [one.text for one in script.passages] == ["a \ue000, \ue000 \ue001"]
    assert {sign: (one.written, one.phonemes) for sign, one in script.pronunciations.items()} == {
        "\ue000": ("tomato", "təˈmɑːtəʊ"),
        "\ue001": ("tomato", "təˈmɑːtəʊ ɹ"),
    }


def test_text_within_audio_is_said_instead_of_it():
    source = "<speak>a <audio src='x.wav'><desc>no</desc>b</audio> c</speak>"
    assert texts(source) == ["a b c"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<b>x</b>", "the element b, which is not read"),
        ("<mstts:express-as xmlns:mstts='u'>x</mstts:express-as>", "mstts:express-as"),
        ("<lexicon uri='x'/>", "the element lexicon"),
        ("<audio src='x'/>", "audio, which is not played"),
        ("<audio src='x'><desc>d</desc></audio>", "audio, which is not played"),
        ("<break time='2x'/>", "a break that is not understood"),
        ("<break strength='mega'/>", "a break that is not understood"),
        ("<say-as>x</say-as>", "interpret-as is missing"),
        ("<say-as interpret-as='bleep'>x</say-as>", "interpret-as is bleep"),
        ("<sub>x</sub>", "a sub without alias"),
        ("<b><sub alias='y'><p>x</p></sub></b>", "element b"),
        ("<phoneme ph=''>x</phoneme>", "phoneme whose ph is not right"),
        ("<phoneme alphabet='x-microsoft-ups' ph='x'>x</phoneme>", "alphabet x-microsoft-ups"),
        ("<phoneme alphabet='x-sampa' ph='é'>x</phoneme>", "X-SAMPA"),
        ("<prosody rate='quick'>x</prosody>", "a prosody whose rate"),
        ("<prosody rate='-100%'>x</prosody>", "a prosody whose rate"),
        ("<prosody pitch='5'>x</prosody>", "a prosody whose pitch"),
        ("<prosody volume='1e9dB'>x</prosody>", "a prosody whose volume"),
        ("<emphasis level='huge'>x</emphasis>", "an emphasis whose level"),
        ("<lang>x</lang>", "a lang without xml:lang"),
        ("<voice name='Secret'>x</voice>", "spec.voices has Ana, Ben, Dr. Silva"),
        ("<speak>x</speak>", "speak within another"),
    ],
)
def test_what_is_not_read_is_refused_by_name_and_line(body, told):
    with pytest.raises(InvalidInputError) as refused:
        read(f"<speak>\nSecret\n {body}</speak>", "SSML")
    message = str(refused.value)
    assert told in message
    assert "line 3, column 2" in message
    assert "Secret" not in message


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("<speak>\nSecret", "line 2, column 7: it ends there, and the element speak is still open"),
        ("<speak>\n<p>Secret</speak>", "line 2, .*mismatched tag, the element p is still open"),
        ("<speak>\n<p", "line 2, column"),
        ("<speak>a & b</speak>", "line 1, column 11: .*write & as &amp;"),
        ("<speak>&nbsp;</speak>", "undefined entity; write the character itself"),
        ("<!DOCTYPE speak SYSTEM 'x'><speak>&nbsp;</speak>", "undefined entity"),
        ("", "there is no element"),
        ("Hello", "line 1, column 1"),
        ("<p>x</p>", "begins with the element p, not with speak"),
        ("<speak>x</speak><speak>y</speak>", "junk after document element"),
        ("<speak a='1' a='2'/>", "duplicate attribute"),
        (b"<?xml version='1.0' encoding='nothing'?><speak/>", "line 1|encoding"),
        (b"<speak>\xff</speak>", "line 1, column 8"),
        ("<speak>\x00</speak>", "line 1, column"),
        ("<speak>" + "<p>" * 100_000, "over 200 elements within one another"),
    ],
)
def test_broken_documents_are_refused_by_line_and_column(source, told):
    with pytest.raises(InvalidInputError, match=told) as refused:
        read(source, "SSML")
    assert "Secret" not in str(refused.value)


BOMB = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))


@pytest.mark.parametrize(
    "document_type",
    [
        f"<!DOCTYPE speak [<!ENTITY a0 'x'>{BOMB}]>",
        "<!DOCTYPE speak [<!ENTITY a9 SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE speak [<!ENTITY % a9 SYSTEM 'http://x.org/'> %a9;]>",
        "<!DOCTYPE speak [<!ELEMENT speak ANY>]>",
        "<!DOCTYPE speak SYSTEM 'x' [<!ATTLIST speak x CDATA 'y'>]>",
    ],
)
def test_nothing_expands_and_nothing_is_fetched(document_type):
    with pytest.raises(InvalidInputError, match="declares a document type of its own at line 1"):
        read(f"{document_type}<speak>&a9;</speak>")


def test_bytes_are_read_in_the_encoding_they_declare():
    source = "<?xml version='1.0' encoding='ISO-8859-1'?><speak>é</speak>"
    assert texts(source.encode("latin-1"), "SSML") == ["é"]
    assert texts("<speak>é</speak>".encode("utf-16"), "SSML") == ["é"]
    assert texts(source, "SSML") == ["é"]


def test_a_fault_of_our_own_is_not_told_as_one_of_the_document():
    class Faulty:
        def start(self, tag, attributes, line, place):
            raise ValueError("ours")

        def end(self, tag): ...

        def data(self, text, line): ...

    with pytest.raises(ValueError, match="ours"):
        read_xml("<speak/>", Faulty(), "the SSML")


def test_it_is_refused_over_the_limit():
    with pytest.raises(InvalidInputError, match="limit is 80 characters"):
        read(f"<speak>{'<p/>' * 100}</speak>", "SSML", MarkupOptions(max_characters=10))
    with pytest.raises(InvalidInputError, match="more than 10 characters"):
        read("<speak>eleven chars</speak>", "SSML", MarkupOptions(max_characters=10))
    assert OPTIONS.max_characters > 10
