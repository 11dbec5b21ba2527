"""Manifests about whose voice it is: clones, speakers of XTTS, conversions, their models."""

from typing import Any

from tried import Tried
from tried import text as _text

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
)

WRONG = (
    Tried("f5-tts without a voice", _clone(voice=None), ("engine f5-tts needs voice.reference",)),
    Tried("f5-tts with a speaker", _clone(voice={"speaker": "Ana"}), ("needs voice.reference",)),
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
    Tried("piper with a voice", _text(voice=VOICE), ("engine piper has a voice of its own",)),
    Tried("too few steps", _clone(synthesis={"nfeSteps": 2}), ("spec.synthesis.nfeSteps", "4")),
    Tried("too much guidance", _clone(synthesis={"cfgStrength": 11}), ("from 0 (no guidance)",)),
    Tried("half a sway too far", _clone(synthesis={"swaySamplingCoef": -1.5}), ("from -1 to 1",)),
    Tried("an unknown profile", _clone(synthesis={"profile": "ultra"}), ("balanced",)),
    Tried("a model by ftp", _clone(model={"uri": "ftp://e.com/m"}), ("hf://OWNER/REPOSITORY",)),
    Tried("a model in a short bucket", _clone(model={"uri": "s3://b/m.pt"}), ("3 to 63",)),
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
)
