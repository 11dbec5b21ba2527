"""``spec.audio`` and ``spec.output``: the file that comes out, and where it goes."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import ObjectName
from voicejob_api.patterns import BUCKET, BUCKET_RULE, matches
from voicejob_api.rules import Rule

S3_PREFIX_PATTERN: Final = rf"^s3://{BUCKET}(/[^?#\s]*)?$"
OPUS_RATES: Final = (8000, 12000, 16000, 24000, 48000)
MP3_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


class AudioFormat(StrEnum):
    """Container and codec of the audio file."""

    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    OPUS = "opus"


class SubtitleFormat(StrEnum):
    """Format of a subtitle file."""

    SRT = "srt"
    VTT = "vtt"


def _rate_rule(audio_format: AudioFormat, rates: tuple[int, ...]) -> Rule:
    return Rule(
        cel=f"!has(self.sampleRate) || self.format != '{audio_format}' "
        f"|| self.sampleRate in {list(rates)}",
        check=lambda self: (
            self.sample_rate is None or self.format != audio_format or self.sample_rate in rates
        ),
        message=f"with format {audio_format}, sampleRate must be one of "
        f"{', '.join(map(str, rates))}",
        path=".sampleRate",
    )


class Audio(SpecModel):
    """The file that comes out."""

    rules: ClassVar[tuple[Rule, ...]] = (
        _rate_rule(AudioFormat.OPUS, OPUS_RATES),
        _rate_rule(AudioFormat.MP3, MP3_RATES),
    )

    format: AudioFormat = AudioFormat.WAV
    """wav (16-bit PCM), flac (16-bit), mp3 or opus (in an Ogg file)."""
    sample_rate: Annotated[int, Field(ge=8000, le=96000)] | None = None
    """Samples per second. Absent: the voice's own rate, or for opus the next that it knows."""
    loudness_lufs: Annotated[float, Field(alias="loudnessLUFS", ge=-40.0, le=-9.0)] = -16.0
    """Integrated loudness to reach, in LUFS (ITU-R BS.1770). The true peak stays under -1 dBTP."""
    trim_silence: bool = True
    """Remove the silence before the first and after the last word."""
    subtitles: Annotated[
        list[SubtitleFormat],
        Field(max_length=2, json_schema_extra={"x-kubernetes-list-type": "set"}),
    ] = []
    """Subtitle files to write beside the audio, from the real times of the spoken chunks."""


class VolumeOutput(SpecModel):
    """A folder of a PersistentVolumeClaim in the VoiceJob's namespace."""

    claim_name: ObjectName
    """Name of the PersistentVolumeClaim."""
    sub_path: Annotated[
        str,
        Field(max_length=1024),
        Rule(
            cel="!self.startsWith('/') && !self.split('/').exists(p, p == '..')",
            check=lambda value: not value.startswith("/") and ".." not in value.split("/"),
            message="must be a relative path without '..', such as audio/2026",
        ),
    ] = ""
    """Folder in the volume; it is made where it does not exist."""


class Output(SpecModel):
    """Where the audio goes. Absent: the operator's own store."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.uri) != has(self.persistentVolumeClaim)",
            check=lambda self: (self.uri is None) != (self.persistent_volume_claim is None),
            message="write exactly one of uri and persistentVolumeClaim, or leave output out for "
            "the operator's own store",
        ),
        Rule(
            cel="has(self.uri) == has(self.credentialsSecret)",
            check=lambda self: (self.uri is None) == (self.credentials_secret is None),
            message="uri and credentialsSecret go together: name the Secret that holds "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the bucket",
        ),
    )

    uri: (
        Annotated[
            str,
            Field(max_length=1024),
            matches(S3_PREFIX_PATTERN, f"must be an address s3://bucket/prefix/; {BUCKET_RULE}"),
        ]
        | None
    ) = None
    """Bucket and prefix, s3://bucket/prefix/. The file is called NAME-UID.FORMAT below it."""
    credentials_secret: ObjectName | None = None
    """For uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and where needed
    AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""
    persistent_volume_claim: VolumeOutput | None = None
    """A volume to write to."""
