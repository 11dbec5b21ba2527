"""What a worker reads or writes of the user's, each declared once.

Volumes, mounts, variables and the names of what is missing are all made from ``INPUTS``: see
volumes.py, environment.py and ``input_of_volume``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath
from typing import Final, Literal

from voicejob_api import pod
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.text_source import KeyRef
from voicejob_api.voice import FileKeyRef, VoiceReference
from voicejob_api.voices import numbered

_CLAIM: Final = "pvc://"


@dataclass(frozen=True)
class KeyFile:
    """One key of a ConfigMap or Secret, mounted as a file."""

    kind: Literal["ConfigMap", "Secret"]
    name: str
    key: str
    file: PurePosixPath


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim, mounted as a folder."""

    name: str
    folder: PurePosixPath


@dataclass(frozen=True)
class Address:
    """An address that the worker opens itself, with a Secret's credentials if it needs any."""

    uri: str
    credentials_secret: str | None


Origin = KeyFile | Claim | Address


@dataclass(frozen=True)
class Input:
    """A source that a VoiceJob may name, and all that follows from it for the pod."""

    volume: str
    """Name of its volume, where it is mounted."""
    field: str
    """The field of the VoiceJob that names it."""
    missing: str
    """The condition reason if what the field names does not exist."""
    origin: Callable[[VoiceJobSpec], Origin | None]
    """Where a VoiceJob has it, or None."""
    credentials_prefix: str = ""
    """Prefix of the variables that its credentials Secret becomes."""
    read_only: bool = True


def _text(spec: VoiceJobSpec) -> Origin | None:
    source = spec.text_from
    if source is None:
        return None
    if source.config_map_key_ref is not None:
        return _key_file("ConfigMap", source.config_map_key_ref, pod.TEXT_FILE)
    if source.secret_key_ref is not None:
        return _key_file("Secret", source.secret_key_ref, pod.TEXT_FILE)
    return Address(source.uri or "", source.credentials_secret)


def _lexicon(spec: VoiceJobSpec) -> Origin | None:
    source = spec.lexicon
    if source is None:
        return None
    if source.config_map_key_ref is not None:
        return _key_file("ConfigMap", source.config_map_key_ref, pod.LEXICON_FILE)
    return Address(source.uri or "", None)


def _cover(spec: VoiceJobSpec) -> Origin | None:
    source = spec.audio.cover
    if source is None:
        return None
    if source.config_map_key_ref is not None:
        return _key_file("ConfigMap", source.config_map_key_ref, pod.COVER_FILE)
    return Address(source.uri or "", None)


def _reference(spec: VoiceJobSpec) -> Origin | None:
    reference = spec.voice.reference if spec.voice else None
    return _recording(reference, pod.REFERENCE_FILE, pod.VOICE_DIR)


def _recording(
    reference: VoiceReference | None, file: PurePosixPath, folder: PurePosixPath
) -> Origin | None:
    if reference is None:
        return None
    if reference.config_map_key_ref is not None:
        return _key_file("ConfigMap", reference.config_map_key_ref, file)
    return _claim_or_address(reference.uri or "", reference.credentials_secret, folder)


def _model(spec: VoiceJobSpec) -> Origin | None:
    if spec.model is None:
        return None
    return _claim_or_address(spec.model.uri, spec.model.credentials_secret, pod.MODEL_DIR)


def _conversion(spec: VoiceJobSpec) -> Origin | None:
    """The claim of model or index: where both are in one, a rule says that it is the same."""
    conversion = spec.voice.conversion if spec.voice else None
    if conversion is None:
        return None
    addresses = [conversion.model_uri, *([conversion.index_uri] if conversion.index_uri else [])]
    mounted = next((uri for uri in addresses if uri.startswith(_CLAIM)), conversion.model_uri)
    return _claim_or_address(mounted, None, pod.CONVERSION_DIR)


def _recogniser(spec: VoiceJobSpec) -> Origin | None:
    recogniser = spec.quality.recogniser
    return _claim_or_address(recogniser.uri, None, pod.RECOGNISER_DIR) if recogniser else None


def _output(spec: VoiceJobSpec) -> Origin | None:
    if spec.output is None:
        return None
    if spec.output.persistent_volume_claim is not None:
        return Claim(spec.output.persistent_volume_claim.claim_name, pod.OUTPUT_DIR)
    return Address(spec.output.uri or "", spec.output.credentials_secret)


def _key_file(
    kind: Literal["ConfigMap", "Secret"], ref: KeyRef | FileKeyRef, file: PurePosixPath
) -> KeyFile:
    return KeyFile(kind, ref.name, ref.key, file)


def _claim_or_address(uri: str, credentials_secret: str | None, folder: PurePosixPath) -> Origin:
    if uri.startswith(_CLAIM):
        return Claim(pod.volume_address(uri)[0], folder)
    return Address(uri, credentials_secret)


TEXT: Final = Input("text", "spec.textFrom", "TextMissing", _text, pod.TEXT_CREDENTIALS_PREFIX)
INPUTS: Final = (
    TEXT,
    Input("lexicon", "spec.lexicon", "LexiconMissing", _lexicon),
    Input("cover", "spec.audio.cover", "CoverMissing", _cover),
    Input(
        "reference",
        "spec.voice.reference",
        "ReferenceMissing",
        _reference,
        pod.REFERENCE_CREDENTIALS_PREFIX,
    ),
    Input("model", "spec.model", "ModelMissing", _model, pod.MODEL_CREDENTIALS_PREFIX),
    Input("conversion", "spec.voice.conversion", "ModelMissing", _conversion),
    Input("recogniser", "spec.quality.recogniser", "ModelMissing", _recogniser),
    Input("output", "spec.output", "OutputMissing", _output, read_only=False),
)
"""Every source and the output; an origin of another kind is another variant of ``Origin``."""


def _of_voice(number: int, name: str) -> tuple[Input, Input]:
    """Recording and model of one of ``spec.voices``."""
    files = pod.named_voice_files(number)

    def reference(spec: VoiceJobSpec) -> Origin | None:
        return _recording(spec.voices[name].reference, files.reference_file, files.voice_dir)

    def model(spec: VoiceJobSpec) -> Origin | None:
        wanted = spec.voices[name].model
        return _claim_or_address(wanted.uri, None, files.model_dir) if wanted else None

    field = f"spec.voices[{name}]"
    return (
        Input(f"voice-{number}", f"{field}.reference", "ReferenceMissing", reference),
        Input(f"voice-{number}-model", f"{field}.model", "ModelMissing", model),
    )


def inputs_of(spec: VoiceJobSpec) -> Iterator[tuple[Input, Origin]]:
    """The inputs that this VoiceJob names, and where it has them."""
    named = (_of_voice(number, name) for number, name, _ in numbered(spec.voices))
    for declared in (*INPUTS, *chain.from_iterable(named)):
        origin = declared.origin(spec)
        if origin is not None:
            yield declared, origin


def input_of_volume(spec: VoiceJobSpec, name: str) -> Input | None:
    """The input that is mounted as the pod's volume of that name, or None."""
    return next((declared for declared, _ in inputs_of(spec) if declared.volume == name), None)


def field_of_secret(spec: VoiceJobSpec, name: str) -> str | None:
    """The VoiceJob's field that names this Secret, or None."""
    for declared, origin in inputs_of(spec):
        match origin:
            case Address(credentials_secret=secret) if secret == name:
                return f"{declared.field}.credentialsSecret"
            case KeyFile(kind="Secret", name=secret) if secret == name:
                return declared.field
    return None
