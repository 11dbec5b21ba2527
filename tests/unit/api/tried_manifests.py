"""Manifests, right and wrong, and what the answer says. API server and pydantic get both."""

from typing import Any

from tried import Tried
from tried import text as _text
from tried_placement import RIGHT as RIGHT_PLACEMENT
from tried_placement import WRONG as WRONG_PLACEMENT

KIB = 1024


def _output(**output: Any) -> dict[str, Any]:
    return _text(output=output)


VOICE = {"reference": {"uri": "https://example.com/ana.wav", "transcript": "Bom dia."}}


def _clone(**more: Any) -> dict[str, Any]:
    model = {"uri": "pvc://models/f5/model.safetensors"}
    spec = {"engine": "f5-tts", "language": "pt-BR", "model": model, "voice": VOICE, **more}
    return _text(**{name: value for name, value in spec.items() if value is not None})


def _reference(**reference: Any) -> dict[str, Any]:
    return _clone(voice={"reference": {"transcript": "Bom dia.", **reference}})


RVC = {"modelUri": "pvc://voices/ana.pth"}


def _xtts(**more: Any) -> dict[str, Any]:
    return _text(**{"engine": "xtts", "voice": {"speaker": "Ana Florence"}, **more})


def _converted(**conversion: Any) -> dict[str, Any]:
    return _text(voice={"conversion": {**RVC, **conversion}})


RIGHT = (
    Tried("a cloned voice", _clone()),
    Tried("a clone by the catalogue's model", _clone(model=None)),
    Tried("a model from the web", _clone(model={"uri": "https://e.com/m.safetensors"})),
    Tried("a model from a hub", _clone(model={"uri": "hf://SWivid/F5-TTS@main/v1/model.pt"})),
    Tried(
        "a model from a hub with a token",
        _clone(model={"uri": "hf://me/mine", "credentialsSecret": "hub"}),
    ),
    Tried("a model from S3", _clone(model={"uri": "s3://b0b/m.pt", "credentialsSecret": "c"})),
    Tried("a piper voice of one's own", _text(model={"uri": "pvc://voices/faber.onnx"})),
    Tried("a speaker of xtts", _xtts(acceptLicences=["CPML"], synthesis={"temperature": 0.75})),
    Tried(
        "a clone without a transcript",
        _xtts(voice={"reference": {"uri": "pvc://voices/ana.wav"}}),
    ),
    Tried("a converted voice", _converted()),
    Tried(
        "every knob of a conversion",
        _converted(
            modelSHA256="0" * 64,
            indexUri="pvc://voices/ana.index",
            indexRate=0.5,
            pitchSemitones=-12,
            pitchMethod="harvest",
            protect=0.5,
        ),
    ),
    Tried("a converted clone", _clone(voice={**VOICE, "conversion": RVC})),
    Tried("a checked model", _clone(model={"uri": "pvc://m", "sha256": "0" * 64, "variant": "v0"})),
    Tried("every knob of f5-tts", _clone(synthesis={"profile": "draft", "nfeSteps": 32})),
    Tried("guidance and sway", _clone(synthesis={"cfgStrength": 0, "swaySamplingCoef": -1})),
    Tried("a reference in a ConfigMap", _reference(configMapKeyRef={"name": "a", "key": "b.wav"})),
    Tried("a reference in a volume", _reference(uri="pvc://voices/ana.wav")),
    Tried("a reference in S3", _reference(uri="s3://voices/ana.wav", credentialsSecret="c")),
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
    Tried("subtitles", _text(audio={"subtitles": ["srt", "vtt"]})),
    Tried("a script and region", _text(language="zh-Hant-TW")),
    Tried("text from a ConfigMap", {"textFrom": {"configMapKeyRef": {"name": "b", "key": "t"}}}),
    Tried("text from a Secret", {"textFrom": {"secretKeyRef": {"name": "b", "key": "t"}}}),
    Tried("text from https", {"textFrom": {"uri": "https://example.com/book.txt"}}),
    Tried(
        "text from S3",
        {"textFrom": {"uri": "s3://books/one.txt", "credentialsSecret": "books"}},
    ),
    Tried("own bucket", _output(uri="s3://mine/audio/", credentialsSecret="mine")),
    Tried("own volume", _output(persistentVolumeClaim={"claimName": "c", "subPath": "a/b"})),
    Tried("a GPU", _text(gpu={"count": 2})),
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
    *RIGHT_PLACEMENT,
)

WRONG = (
    Tried("no text", {}, ("write exactly one of text and textFrom",)),
    Tried("an empty text", {"text": ""}, ("spec.text", "text is empty")),
    Tried(
        "two texts",
        _text(textFrom={"uri": "https://example.com/x"}),
        ("write exactly one of text and textFrom",),
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
    Tried("f5-tts without a voice", _clone(voice=None), ("engine f5-tts needs voice.reference",)),
    Tried("f5-tts with a speaker", _clone(voice={"speaker": "Ana"}), ("needs voice.reference",)),
    Tried("xtts without a voice", _text(engine="xtts"), ("engine xtts needs voice.reference",)),
    Tried(
        "xtts that is only converted",
        _text(engine="xtts", voice={"conversion": RVC}),
        ("engine xtts needs voice.reference",),
    ),
    Tried(
        "two voices",
        _text(engine="xtts", voice={**VOICE, "speaker": "Ana Florence"}),
        ("reference or speaker, not both",),
    ),
    Tried("a speaker of piper", _text(voice={"speaker": "joe"}), ("is for engine xtts",)),
    Tried("a variant of piper", _text(model={"uri": "pvc://m", "variant": "v1"}), ("f5-tts",)),
    Tried("a temperature of piper", _text(synthesis={"temperature": 1}), ("for engine xtts",)),
    Tried("no warmth at all", _xtts(synthesis={"temperature": 0}), ("from 0.05 (steady)",)),
    Tried("a licence with spaces", _xtts(acceptLicences=["Coqui Public"]), ("such as CPML",)),
    Tried("an octave too far", _converted(pitchSemitones=25), ("from -24 to 24 semitones",)),
    Tried("half a semitone too far", _converted(pitchSemitones=-24.5), ("-24 to 24",)),
    Tried("a rate without an index", _converted(indexRate=0.5), ("indexRate needs indexUri",)),
    Tried("too much protection", _converted(protect=0.6), ("to 0.5 (not at all)",)),
    Tried("an unknown way to the pitch", _converted(pitchMethod="crepe"), ("harvest",)),
    Tried("a voice in a bucket", _converted(modelUri="s3://b/m.pth"), ("pvc://, hf://",)),
    Tried(
        "model and index in two claims",
        _converted(indexUri="pvc://other/ana.index"),
        ("the same PersistentVolumeClaim",),
    ),
    Tried("a conversion to nothing", _text(voice={"conversion": {}}), ("modelUri",)),
    Tried("piper with a voice", _text(voice=VOICE), ("engine piper has a voice of its own",)),
    Tried("a profile for piper", _text(synthesis={"profile": "high"}), ("are for engine f5-tts",)),
    Tried("NFE for piper", _text(synthesis={"nfeSteps": 8}), ("spec.synthesis", "engine f5-tts")),
    Tried("too few steps", _clone(synthesis={"nfeSteps": 2}), ("spec.synthesis.nfeSteps", "4")),
    Tried("too much guidance", _clone(synthesis={"cfgStrength": 11}), ("from 0 (no guidance)",)),
    Tried("half a sway too far", _clone(synthesis={"swaySamplingCoef": -1.5}), ("from -1 to 1",)),
    Tried("an unknown profile", _clone(synthesis={"profile": "ultra"}), ("balanced",)),
    Tried("a model by ftp", _clone(model={"uri": "ftp://e.com/m"}), ("hf://OWNER/REPOSITORY",)),
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
    Tried("a model in a short bucket", _clone(model={"uri": "s3://b/m.pt"}), ("3 to 63",)),
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
    Tried("half a repository", _clone(model={"uri": "hf://SWivid"}), ("hf://OWNER/REPOSITORY",)),
    Tried("a model in S3", _clone(model={"uri": "s3://bucket/m.pt"}), ("AWS_ACCESS_KEY_ID",)),
    Tried(
        "credentials for a claim",
        _clone(model={"uri": "pvc://m", "credentialsSecret": "c"}),
        ("credentialsSecret goes with an s3:// uri",),
    ),
    Tried("a model above its claim", _clone(model={"uri": "pvc://m/../x"}), ("'..'",)),
    Tried("half a digest", _clone(model={"uri": "pvc://m", "sha256": "ab"}), ("64 hexadecimal",)),
    Tried("an unknown variant", _clone(model={"uri": "pvc://m", "variant": "v2"}), ("v1",)),
    Tried("no recording", _reference(), ("exactly one of uri and configMapKeyRef",)),
    Tried("a recording on a laptop", _reference(uri="file:///a.wav"), ("pvc://CLAIM/PATH",)),
    Tried(
        "a recording in S3 without credentials",
        _reference(uri="s3://v/a.wav"),
        ("credentialsSecret goes with",),
    ),
    Tried(
        "a recording without a transcript",
        _clone(voice={"reference": {"uri": "pvc://v/a.wav"}}),
        ("transcript",),
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
    Tried("an unknown format", _text(audio={"format": "aac"}), ("spec.audio.format", "opus")),
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
    Tried("a rate that is too low", _text(audio={"sampleRate": 1000}), ("spec.audio.sampleRate",)),
    Tried("a loudness above zero", _text(audio={"loudnessLUFS": 3}), ("spec.audio.loudnessLUFS",)),
    Tried(
        "unknown subtitles", _text(audio={"subtitles": ["ass"]}), ("spec.audio.subtitles", "vtt")
    ),
    Tried(
        "output both ways",
        _output(uri="s3://b/p/", credentialsSecret="c", persistentVolumeClaim={"claimName": "v"}),
        ("spec.output", "exactly one of uri and persistentVolumeClaim"),
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
    Tried("no GPU", _text(gpu={"count": 0}), ("spec.gpu.count", "1")),
    Tried("a GPU without a vendor", _text(gpu={"resourceName": "gpu"}), ("nvidia.com/gpu",)),
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
    *WRONG_PLACEMENT,
)

WRONG_FOR_KUBERNETES = (
    Tried("a name of 64 characters", _text(), ("metadata.name", "63"), name="n" * 64),
)
"""What only the API server refuses: on a laptop a name becomes no label."""
