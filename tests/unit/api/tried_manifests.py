"""Manifests, right and wrong, and what the answer says. API server and pydantic get both."""

from typing import Any

from tried import Tried
from tried import text as _text
from tried_cloning import RIGHT as RIGHT_CLONING
from tried_cloning import WRONG as WRONG_CLONING
from tried_gpus import RIGHT as RIGHT_GPUS
from tried_gpus import WRONG as WRONG_GPUS
from tried_names import RIGHT as RIGHT_NAMES
from tried_names import WRONG as WRONG_NAMES
from tried_placement import RIGHT as RIGHT_PLACEMENT
from tried_placement import WRONG as WRONG_PLACEMENT
from tried_voices import RIGHT as RIGHT_VOICES
from tried_voices import WRONG as WRONG_VOICES

KIB = 1024


def _output(**output: Any) -> dict[str, Any]:
    return _text(output=output)


RIGHT = (
    Tried(
        "an annotation whose domain has capitals",
        _text(podTemplate={"metadata": {"annotations": {"Example.com/Foo": "x"}}}),
    ),
    Tried("a piper voice of one's own", _text(model={"uri": "pvc://voices/faber.onnx"})),
    Tried("best effort", _text(quality={"accept": "BestEffort"})),
    Tried(
        "a round trip",
        _text(
            quality={
                "transcribe": True,
                "maxWordErrorRate": 0.2,
                "maxDivergentWords": 2,
                "recogniser": {"uri": "pvc://models/whisper"},
            }
        ),
    ),
    Tried("only a text", _text()),
    Tried("a text of 256 KiB", {"text": "a" * 256 * KIB}),
    Tried("every audio format", _text(audio={"format": "flac", "sampleRate": 44100})),
    Tried("opus at a rate it knows", _text(audio={"format": "opus", "sampleRate": 48000})),
    Tried("aac at a rate it knows", _text(audio={"format": "aac", "sampleRate": 96000})),
    Tried("m4b", _text(audio={"format": "m4b", "sampleRate": 22050})),
    Tried(
        "every tag",
        _text(
            audio={
                "format": "m4b",
                "tags": {
                    "title": "Der Käse = 本",
                    "artist": "A. Nobody",
                    "album": "Tales",
                    "albumArtist": "A Press",
                    "composer": "Joe",
                    "genre": "Audiobook",
                    "date": "2026-11-29",
                    "track": "3/12",
                    "comment": "c" * 2048,
                    "copyright": "2026 A Press",
                },
            }
        ),
    ),
    Tried(
        "a cover",
        _text(audio={"format": "mp3", "cover": {"uri": "https://example.com/cover.png"}}),
    ),
    Tried("a leap day", _text(audio={"tags": {"date": "2024-02-29"}})),
    Tried("a year and a number", _text(audio={"tags": {"date": "2026", "track": "3"}})),
    Tried("subtitles", _text(audio={"subtitles": ["srt", "vtt", "words"]})),
    Tried("subtitle text", _text(audio={"subtitles": ["srt"], "subtitleText": "Spoken"})),
    Tried("a script and region", _text(language="zh-Hant-TW")),
    Tried("text from a ConfigMap", {"textFrom": {"configMapKeyRef": {"name": "b", "key": "t"}}}),
    Tried("text from a Secret", {"textFrom": {"secretKeyRef": {"name": "b", "key": "t"}}}),
    Tried("text from https", {"textFrom": {"uri": "https://example.com/book.txt"}}),
    Tried(
        "text from S3",
        {"textFrom": {"uri": "s3://books/one.txt", "credentialsSecret": "books"}},
    ),
    Tried("own bucket", _output(uri="s3://mine/audio/", credentialsSecret="mine")),
    Tried(
        "own bucket, once",
        _output(uri="s3://mine/audio/", credentialsSecret="mine", skipIfSpoken=True),
    ),
    Tried(
        "own volume, once",
        _output(persistentVolumeClaim={"claimName": "c"}, skipIfSpoken=True),
    ),
    Tried("own volume", _output(persistentVolumeClaim={"claimName": "c", "subPath": "a/b"})),
    Tried("a GPU", _text(gpu={"count": 1})),
    Tried("another GPU resource", _text(gpu={"resourceName": "amd.com/gpu"})),
    Tried("resources", _text(resources={"requests": {"cpu": "500m"}, "limits": {"memory": "1Gi"}})),
    Tried("cpu as a number", _text(resources={"requests": {"cpu": 2}})),
    Tried("deadlines", _text(deadlines={"queueSeconds": 60, "startSeconds": 60})),
    Tried("no retry", _text(retries=0)),
    Tried("an immediate end of life", _text(ttlSecondsAfterFinished=0)),
    Tried("the largest seed", _text(synthesis={"seed": 2**32 - 1})),
    Tried(
        "placement",
        _text(
            podTemplate={
                "metadata": {"labels": {"team": "a"}},
                "spec": {
                    "nodeSelector": {"zone": "b"},
                    "tolerations": [{"key": "x", "operator": "Exists"}],
                    "imagePullSecrets": [{"name": "pull"}],
                },
            }
        ),
    ),
    Tried("a name of 63 characters", _text(), name="n" * 63),
    *RIGHT_CLONING,
    *RIGHT_PLACEMENT,
    *RIGHT_VOICES,
    *RIGHT_GPUS,
    *RIGHT_NAMES,
)

WRONG = (
    Tried("no text", {}, ("write exactly one of text, textFrom and items",)),
    Tried("an empty text", {"text": ""}, ("spec.text", "text is empty")),
    Tried(
        "two texts",
        _text(textFrom={"uri": "https://example.com/x"}),
        ("write exactly one of text, textFrom and items",),
    ),
    Tried(
        "a text of 300 KiB",
        {"text": "a" * 300 * KIB},
        ("spec.text", "over 256 KiB", "textFrom.configMapKeyRef"),
    ),
    Tried("256 KiB of two-byte letters", {"text": "é" * 200 * KIB}, ("over 256 KiB",)),
    Tried(
        "two sources",
        {"textFrom": {"uri": "https://e.com/x", "secretKeyRef": {"name": "a", "key": "b"}}},
        ("spec.textFrom", "exactly one of configMapKeyRef"),
    ),
    Tried("no source", {"textFrom": {}}, ("spec.textFrom", "exactly one of configMapKeyRef")),
    Tried("a key without a name", {"textFrom": {"configMapKeyRef": {"key": "t"}}}, ("name",)),
    Tried("an empty key", {"textFrom": {"configMapKeyRef": {"name": "a", "key": ""}}}, ("key",)),
    Tried(
        "text from ftp", {"textFrom": {"uri": "ftp://e.com/x"}}, ("spec.textFrom.uri", "https://")
    ),
    Tried("text from a file", {"textFrom": {"uri": "file:///etc/passwd"}}, ("spec.textFrom.uri",)),
    Tried(
        "text from S3 without credentials",
        {"textFrom": {"uri": "s3://b/k"}},
        ("credentialsSecret", "AWS_ACCESS_KEY_ID"),
    ),
    Tried(
        "credentials for https",
        {"textFrom": {"uri": "https://e.com/x", "credentialsSecret": "c"}},
        ("credentialsSecret goes with an s3:// uri",),
    ),
    Tried("xtts without a voice", _text(engine="xtts"), ("engine xtts needs voice.reference",)),
    Tried("a variant of piper", _text(model={"uri": "pvc://m", "variant": "v1"}), ("f5-tts",)),
    Tried("a temperature of piper", _text(synthesis={"temperature": 1}), ("for engine xtts",)),
    Tried("a conversion to nothing", _text(voice={"conversion": {}}), ("modelUri",)),
    Tried("a profile for piper", _text(synthesis={"profile": "high"}), ("are for engine f5-tts",)),
    Tried("NFE for piper", _text(synthesis={"nfeSteps": 8}), ("spec.synthesis", "engine f5-tts")),
    Tried(
        "a bucket of one letter",
        _output(uri="s3://b/x/", credentialsSecret="c"),
        ("spec.output.uri", "s3://bucket/prefix/", "a bucket's name has 3 to 63"),
    ),
    Tried(
        "a text in a bucket of two letters",
        {"textFrom": {"uri": "s3://bb/x", "credentialsSecret": "c"}},
        ("spec.textFrom.uri", "a bucket's name has 3 to 63"),
    ),
    Tried(
        "a Secret of a name that none can have",
        _output(uri="s3://bucket/x/", credentialsSecret="My Secret"),
        ("spec.output.credentialsSecret", "such as my-object"),
    ),
    Tried(
        "a key that no ConfigMap can have",
        {"textFrom": {"configMapKeyRef": {"name": "book", "key": "chapter 1"}}},
        ("spec.textFrom.configMapKeyRef.key", "such as chapter-1.txt"),
    ),
    Tried(
        "a bound on errors that nobody counts",
        _text(quality={"maxWordErrorRate": 0.1}),
        ("need transcribe: true",),
    ),
    Tried(
        "a rate over 1", _text(quality={"transcribe": True, "maxWordErrorRate": 30}), ("0 to 1",)
    ),
    Tried("an unknown acceptance", _text(quality={"accept": "Maybe"}), ("BestEffort",)),
    Tried("an unknown engine", _text(engine="festival"), ("spec.engine", "piper")),
    Tried("a negative seed", _text(synthesis={"seed": -1}), ("spec.synthesis.seed", "0")),
    Tried("a seed that is too large", _text(synthesis={"seed": 2**32}), ("spec.synthesis.seed",)),
    Tried("a seed with a fraction", _text(synthesis={"seed": 1.5}), ("seed",)),
    Tried("a speed of zero", _text(synthesis={"speed": 0}), ("spec.synthesis.speed", "0.5")),
    Tried("ten times the speed", _text(synthesis={"speed": 10}), ("spec.synthesis.speed", "2")),
    Tried("a language's name", _text(language="english!"), ("spec.language", "BCP 47", "pt-BR")),
    Tried("a language with underscore", _text(language="pt_BR"), ("spec.language", "BCP 47")),
    Tried("an empty language", _text(language=""), ("spec.language", "BCP 47")),
    Tried("an unknown format", _text(audio={"format": "ogg"}), ("spec.audio.format", "opus")),
    Tried(
        "opus at 44100",
        _text(audio={"format": "opus", "sampleRate": 44100}),
        ("spec.audio.sampleRate", "48000"),
    ),
    Tried(
        "mp3 at 96000",
        _text(audio={"format": "mp3", "sampleRate": 96000}),
        ("spec.audio.sampleRate", "44100"),
    ),
    Tried(
        "aac at 20000",
        _text(audio={"format": "aac", "sampleRate": 20000}),
        ("spec.audio.sampleRate", "format aac", "22050"),
    ),
    Tried(
        "m4b at 50000",
        _text(audio={"format": "m4b", "sampleRate": 50000}),
        ("spec.audio.sampleRate", "format m4b", "48000"),
    ),
    Tried(
        "a narrator in wav",
        _text(audio={"tags": {"composer": "Joe"}}),
        ("spec.audio.tags", "wav", "albumArtist and composer"),
    ),
    Tried(
        "an album's artist in wav",
        _text(audio={"format": "wav", "tags": {"albumArtist": "Joe"}}),
        ("spec.audio.tags", "choose another format"),
    ),
    Tried(
        "a cover in wav",
        _text(audio={"cover": {"configMapKeyRef": {"name": "book", "key": "cover.png"}}}),
        ("spec.audio.cover", "wav", "choose another format"),
    ),
    Tried(
        "a cover from nowhere",
        _text(audio={"format": "mp3", "cover": {}}),
        ("spec.audio.cover", "exactly one of configMapKeyRef and uri"),
    ),
    Tried(
        "a cover in S3",
        _text(audio={"format": "mp3", "cover": {"uri": "s3://bucket/cover.png"}}),
        ("spec.audio.cover.uri", "https://"),
    ),
    Tried(
        "a title of two lines",
        _text(audio={"tags": {"title": "one\ntwo"}}),
        ("spec.audio.tags.title", "without line breaks"),
    ),
    Tried(
        "a title that ends with a line break",
        _text(audio={"tags": {"title": "one\n"}}),
        ("spec.audio.tags.title", "without line breaks"),
    ),
    Tried("an empty title", _text(audio={"tags": {"title": ""}}), ("spec.audio.tags.title",)),
    Tried("a long title", _text(audio={"tags": {"title": "a" * 257}}), ("tags.title", "256")),
    Tried(
        "a date of another order",
        _text(audio={"tags": {"date": "29.11.2026"}}),
        ("spec.audio.tags.date", "2026-11-29"),
    ),
    Tried(
        "31 February",
        _text(audio={"tags": {"date": "2026-02-31"}}),
        ("spec.audio.tags.date", "February 28, or 29 in a leap year; found 2026-02-31"),
    ),
    Tried(
        "29 February of a year without",
        _text(audio={"tags": {"date": "1900-02-29"}}),
        ("spec.audio.tags.date", "found 1900-02-29"),
    ),
    Tried(
        "31 November",
        _text(audio={"tags": {"date": "2026-11-31"}}),
        ("spec.audio.tags.date", "November have 30", "found 2026-11-31"),
    ),
    Tried("a 13th month", _text(audio={"tags": {"date": "2026-13"}}), ("spec.audio.tags.date",)),
    Tried(
        "a track of no number",
        _text(audio={"tags": {"track": "three"}}),
        ("spec.audio.tags.track", "3/12"),
    ),
    Tried("an unknown tag", _text(audio={"tags": {"mood": "dull"}}), ("spec.audio.tags",)),
    Tried("a rate that is too low", _text(audio={"sampleRate": 1000}), ("spec.audio.sampleRate",)),
    Tried("a loudness above zero", _text(audio={"loudnessLUFS": 3}), ("spec.audio.loudnessLUFS",)),
    Tried(
        "unknown subtitles", _text(audio={"subtitles": ["ass"]}), ("spec.audio.subtitles", "vtt")
    ),
    Tried(
        "unknown subtitle text",
        _text(audio={"subtitleText": "written"}),
        ("spec.audio.subtitleText", "Written"),
    ),
    Tried(
        "output both ways",
        _output(uri="s3://b/p/", credentialsSecret="c", persistentVolumeClaim={"claimName": "v"}),
        ("spec.output", "exactly one of uri and persistentVolumeClaim"),
    ),
    Tried(
        "the operator's own store, once",
        _output(skipIfSpoken=True),
        ("spec.output", "skipIfSpoken is for an output of your own", "leave skipIfSpoken out"),
    ),
    Tried("output no way", _output(), ("spec.output", "exactly one of uri")),
    Tried(
        "output to ftp",
        _output(uri="ftp://b/p/", credentialsSecret="c"),
        ("spec.output.uri", "s3://bucket/prefix/"),
    ),
    Tried(
        "output to a file",
        _output(uri="file:///tmp/", credentialsSecret="c"),
        ("spec.output.uri", "s3://bucket/prefix/"),
    ),
    Tried("S3 without credentials", _output(uri="s3://bucket/p/"), ("credentialsSecret",)),
    Tried(
        "a folder outside the volume",
        _output(persistentVolumeClaim={"claimName": "v", "subPath": "../other"}),
        ("subPath", "relative path"),
    ),
    Tried(
        "an absolute folder",
        _output(persistentVolumeClaim={"claimName": "v", "subPath": "/etc"}),
        ("subPath", "relative path"),
    ),
    Tried(
        "a GPU among the resources",
        _text(resources={"limits": {"nvidia.com/gpu": "1"}}),
        ("spec.resources.limits", "spec.gpu"),
    ),
    Tried(
        "a bad quantity",
        _text(resources={"requests": {"cpu": "lots"}}),
        ("spec.resources.requests",),
    ),
    Tried("negative retries", _text(retries=-1), ("spec.retries", "0")),
    Tried(
        "a label whose domain is too long",
        _text(podTemplate={"metadata": {"labels": {f"{'a.' * 130}b/c": "x"}}}),
        ("spec.podTemplate.metadata.labels", "each key"),
    ),
    Tried("a hundred retries", _text(retries=100), ("spec.retries", "10")),
    Tried(
        "a deadline of zero", _text(deadlines={"startSeconds": 0}), ("spec.deadlines.startSeconds",)
    ),
    Tried(
        "a negative time to live", _text(ttlSecondsAfterFinished=-5), ("ttlSecondsAfterFinished",)
    ),
    Tried("a field that is not known", _text(vocie="joe"), ("vocie",)),
    Tried("a text that is a number", {"text": 5}, ("spec.text", "string")),
    Tried(
        "a toleration that is not one",
        _text(podTemplate={"spec": {"tolerations": [{"operator": "Maybe"}]}}),
        ("operator", "Exists"),
    ),
    *WRONG_CLONING,
    *WRONG_PLACEMENT,
    *WRONG_VOICES,
    *WRONG_GPUS,
    *WRONG_NAMES,
)

WRONG_FOR_KUBERNETES = (
    Tried("a name of 64 characters", _text(), ("metadata.name", "63"), name="n" * 64),
)
"""What only the API server refuses: on a laptop a name becomes no label."""
