"""Manifests about what a text is written in, and who says it."""

from typing import Any

from tried import Tried, text

CLONE = {"reference": {"uri": "pvc://voices/rui.wav", "transcript": "Bom dia."}}
RECORDED = {"reference": {"uri": "pvc://voices/rui.wav"}}


def _voices(engine: str = "piper", **voices: Any) -> dict[str, Any]:
    needed: dict[str, Any] = {"f5-tts": {"voice": CLONE}, "xtts": {"voice": {"speaker": "Ana"}}}
    return text(engine=engine, voices=voices, **needed.get(engine, {}))


RIGHT = (
    Tried("items", {"items": [{"id": "a", "text": "One."}, {"id": "b.2", "text": "Two."}]}),
    Tried(
        "items with voices",
        {
            "items": [{"id": "a", "text": "One.", "voice": "Ana", "language": "pt-BR"}],
            "voices": {"Ana": {}},
        },
    ),
    Tried(
        "items of a file",
        {
            "textFrom": {"uri": "https://example.com/lines.csv"},
            "textFormat": "CSV",
        },
    ),
    Tried("a lexicon", text(lexicon={"configMapKeyRef": {"name": "words", "key": "pt.yaml"}})),
    Tried("a lexicon from the web", text(lexicon={"uri": "https://example.com/words.pls"})),
    Tried("plain text", text(textFormat="Plain")),
    Tried("Markdown with code", text(textFormat="Markdown", markup={"code": "Say"})),
    Tried(
        "an EPUB from a ConfigMap",
        {
            "textFrom": {"configMapKeyRef": {"name": "b", "key": "b.epub"}},
            "textFormat": "EPUB",
        },
    ),
    Tried("a script of two", _voices(Ana={"speaker": "3"}, Rui={}) | {"textFormat": "Script"}),
    Tried(
        "names of every kind", _voices(**{"Old man": {}, "João": {}, "Ана": {}, "D'Artagnan": {}})
    ),
    Tried(
        "names with marks, which are no letters",
        _voices(**{"हिन्दी": {}, "Jose\u0301": {}, "محمّد": {}, "น้ำ": {}, "R2-٣": {}}),
    ),
    Tried("a named voice's own model", _voices(Rui={"model": {"uri": "pvc://voices/rui.onnx"}})),
    Tried("two clones", _voices("f5-tts", Ana=CLONE, Rui=CLONE)),
    Tried("a clone beside a speaker", _voices("xtts", Ana=RECORDED, Rui={"speaker": "Rui"})),
    Tried("a speaker of piper", text(voice={"speaker": "12"})),
    Tried("a voice of another language", _voices(Rui={"language": "pt-BR"})),
    Tried(
        "a voice with its own speed, pitch and level",
        _voices(Rui={"speed": 0.5, "pitchSemitones": -12, "volumeGainDb": 12}),
    ),
)

WRONG = (
    Tried("text and items", text(items=[{"id": "a", "text": "One."}]), ("exactly one",)),
    Tried("no items", {"items": []}, ("items",)),
    Tried("ids alike", {"items": [{"id": "a", "text": "1"}] * 2}, ("Duplicate value",)),
    Tried("a path", {"items": [{"id": "../x", "text": "1"}]}, ("name of a file",)),
    Tried("an item index", {"items": [{"id": "index", "text": "1"}]}, ("must not be audio",)),
    Tried("an empty item", {"items": [{"id": "a", "text": ""}]}, ("items",)),
    Tried("a long item", {"items": [{"id": "a", "text": "a" * 20_001}]}, ("items",)),
    Tried(
        "1,001 items",
        {
            "items": [{"id": f"a{n}", "text": "One."} for n in range(1001)],
        },
        ("items", "1000"),
    ),
    Tried(
        "an item of nobody",
        {
            "items": [{"id": "a", "text": "One.", "voice": "Ana"}],
        },
        ("not in voices",),
    ),
    Tried("CSV in text", text(textFormat="CSV"), ("in textFrom",)),
    Tried(
        "items in Markdown",
        {
            "items": [{"id": "a", "text": "One."}],
            "textFormat": "Markdown",
        },
        ("no markup",),
    ),
    Tried(
        "items with subtitles",
        {
            "items": [{"id": "a", "text": "One."}],
            "audio": {"subtitles": ["srt"]},
        },
        ("no subtitles",),
    ),
    Tried(
        "items as one book",
        {
            "items": [{"id": "a", "text": "One."}],
            "audio": {"format": "m4b"},
        },
        ("m4b",),
    ),
    Tried("an empty lexicon", text(lexicon={}), ("lexicon", "exactly one")),
    Tried("a lexicon in a bucket", text(lexicon={"uri": "s3://b0b/w.pls"}), ("https://",)),
    Tried("a format nobody knows", text(textFormat="LaTeX"), ("textFormat", "Markdown")),
    Tried("an EPUB in text", text(textFormat="EPUB"), ("textFormat", "an EPUB is a file")),
    Tried("a script without voices", text(textFormat="Script"), ("needs voices",)),
    Tried("a name without a letter", _voices(**{"7": {}}), ("voices", "begins with a letter")),
    Tried("a name with a colon", _voices(**{"a:b": {}}), ("voices", "begins with a letter")),
    Tried("a name with a power", _voices(**{"A²": {}}), ("voices", "found A²")),
    Tried(
        "a name with a mark first", _voices(**{"\u0301a": {}}), ("voices", "begins with a letter")
    ),
    Tried("a name with a joiner", _voices(**{"a\u200db": {}}), ("voices", "at most 40 letters")),
    Tried("a name of 41", _voices(**{"a" * 41: {}}), ("voices", "at most 40")),
    Tried("an empty name", _voices(**{"": {}}), ("voices", "begins with a letter")),
    Tried("names alike", _voices(Ana={}, ANA={}), ("voices", "case of their names")),
    Tried("a voice too fast", _voices(Rui={"speed": 2.5}), ("voices", "speed", "2.0")),
    Tried("a voice too high", _voices(Rui={"pitchSemitones": 13}), ("pitchSemitones", "-12")),
    Tried("a voice too loud", _voices(Rui={"volumeGainDb": 13}), ("volumeGainDb", "-24")),
    Tried("17 voices", _voices(**{f"v{n}": {} for n in range(17)}), ("voices", "16")),
    Tried(
        "voices and a conversion",
        _voices(Ana={}) | {"voice": {"conversion": {"modelUri": "pvc://voices/ana.pth"}}},
        ("to one voice",),
    ),
    Tried("a clone by piper", _voices(Ana=RECORDED), ("voices", "piper clones no voice")),
    Tried("f5-tts without a transcript", _voices("f5-tts", Ana=RECORDED), ("its transcript",)),
    Tried("f5-tts with a speaker", _voices("f5-tts", Ana=CLONE | {"speaker": "A"}), ("speaker",)),
    Tried("xtts without a voice", _voices("xtts", Ana={}), ("voices", "a speaker in each")),
    Tried(
        "a recording that needs credentials",
        _voices("xtts", Ana={"reference": {"uri": "s3://b0b/a.wav", "credentialsSecret": "c"}}),
        ("without credentials",),
    ),
    Tried(
        "a model that needs credentials",
        _voices(Ana={"model": {"uri": "hf://me/mine", "credentialsSecret": "c"}}),
        ("without credentials",),
    ),
)
