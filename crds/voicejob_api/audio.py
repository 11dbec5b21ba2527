"""``spec.audio`` and ``spec.output``: the file that comes out, and where it goes."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field

from voicejob_api.base import SET, SpecModel, without_duplicates
from voicejob_api.kubernetes_types import ObjectName
from voicejob_api.patterns import BUCKET, BUCKET_RULE, MAX_TYPED, Pattern, matches
from voicejob_api.rules import Offender, Rule
from voicejob_api.scalars import Boolean, Integer, Number
from voicejob_api.voice import NO_WAY_UP, FileKeyRef

S3_PREFIX_PATTERN: Final = rf"^s3://{BUCKET}(/[^?#\s]*)?$"
OPUS_RATES: Final = (8000, 12000, 16000, 24000, 48000)
MP3_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
AAC_RATES: Final = (*MP3_RATES, 64000, 88200, 96000)


class AudioFormat(StrEnum):
    """Container and codec of the audio file."""

    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    OPUS = "opus"
    AAC = "aac"
    M4B = "m4b"


class SubtitleFormat(StrEnum):
    """Format of a subtitle file."""

    SRT = "srt"
    VTT = "vtt"
    WORDS = "words"

    @property
    def extension(self) -> str:
        """The end of the file's name."""
        return "words.json" if self is SubtitleFormat.WORDS else self.value


class SubtitleText(StrEnum):
    """What subtitles show."""

    WRITTEN = "Written"
    SPOKEN = "Spoken"


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


_IN_ONE_LINE: Final = matches(
    r"^[^\x00-\x1f\x7f]+$", "must be a line of text, without line breaks or control characters"
)
_Line = Annotated[str, Field(min_length=1, max_length=256), _IN_ONE_LINE]


_LEAP_YEAR: Final = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_OVER_ITS_MONTH: Final = Pattern(r"^[0-9]{4}-(02-3[01]|(0[469]|11)-31)$")
_LEAP_DAY: Final = Pattern("^[0-9]{4}-02-29$")
_OF_LEAP_YEARS: Final = Pattern(rf"^{_LEAP_YEAR}-02-29$")


def _is_in_its_month(date: str) -> bool:
    is_leap_day = _LEAP_DAY.fits(date)
    return not _OVER_ITS_MONTH.fits(date) and (not is_leap_day or _OF_LEAP_YEARS.fits(date))


_IN_ITS_MONTH: Final = Rule(
    cel=f"!{_OVER_ITS_MONTH.cel('self')} "
    f"&& (!{_LEAP_DAY.cel('self')} || {_OF_LEAP_YEARS.cel('self')})",
    check=_is_in_its_month,
    message="must be a day that its month has: April, June, September and November have 30, "
    "February 28, or 29 in a leap year",
    offender=Offender("self", str),
)


class Tags(SpecModel):
    """What the file says of itself, for players and libraries. Absent fields are not written, but
    for title and artist, which a book brings itself."""

    title: _Line | None = None
    """Title of the audio."""
    artist: _Line | None = None
    """Who it is by: for a book its author."""
    album: _Line | None = None
    """What it is part of: for a book its title, for an episode its series."""
    album_artist: _Line | None = None
    """Who the whole album is by; players sort by it. Not in wav."""
    composer: _Line | None = None
    """Players of audio books show the narrator here. Not in wav."""
    genre: _Line | None = None
    """Genre, such as Audiobook or Podcast."""
    date: (
        Annotated[
            str,
            Field(max_length=MAX_TYPED),
            matches(
                r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                "must be a year, a month or a day, such as 2026, 2026-11 or 2026-11-29",
            ),
            _IN_ITS_MONTH,
        ]
        | None
    ) = None
    """When it was published, such as 2026, 2026-11 or 2026-11-29, in quotes."""
    track: (
        Annotated[
            str,
            Field(max_length=MAX_TYPED),
            matches(
                r"^[1-9][0-9]{0,3}(/[1-9][0-9]{0,3})?$",
                "must be a number, or a number of how many, such as '3' or '3/12'",
            ),
        ]
        | None
    ) = None
    """Place in the album, such as 3 or 3/12, in quotes."""
    comment: Annotated[str, Field(min_length=1, max_length=2048), _IN_ONE_LINE] | None = None
    """Anything else."""
    copyright: _Line | None = None
    """Who has the rights, as in 2026 Example Press."""


class Cover(SpecModel):
    """A picture for players and libraries. Exactly one of configMapKeyRef and uri."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.configMapKeyRef) != has(self.uri)",
            check=lambda self: (self.config_map_key_ref is None) != (self.uri is None),
            message="write exactly one of configMapKeyRef and uri",
        ),
    )

    config_map_key_ref: FileKeyRef | None = None
    """A key of a ConfigMap's binaryData. The worker waits in phase Starting until it exists."""
    uri: (
        Annotated[
            str,
            Field(max_length=2048),
            matches(
                r"^https?://[^/\s]+(/\S*)?$",
                "must be an https:// or http:// address of a JPEG or PNG picture",
            ),
        ]
        | None
    ) = None
    """Address of the picture: https:// or http://. The worker fetches it."""


_NOT_IN_WAV: Final = ("album_artist", "composer")


class Audio(SpecModel):
    """The file that comes out."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.tags) || self.format != 'wav' "
            "|| (!has(self.tags.albumArtist) && !has(self.tags.composer))",
            check=lambda self: (
                self.tags is None
                or self.format != AudioFormat.WAV
                or not any(getattr(self.tags, name) for name in _NOT_IN_WAV)
            ),
            message="a wav file has no place for albumArtist and composer: leave them out, or "
            "choose another format",
            path=".tags",
        ),
        Rule(
            cel="!has(self.cover) || self.format != 'wav'",
            check=lambda self: self.cover is None or self.format != AudioFormat.WAV,
            message="a wav file has no place for a cover: leave it out, or choose another format",
            path=".cover",
        ),
        _rate_rule(AudioFormat.OPUS, OPUS_RATES),
        _rate_rule(AudioFormat.MP3, MP3_RATES),
        _rate_rule(AudioFormat.AAC, AAC_RATES),
        _rate_rule(AudioFormat.M4B, AAC_RATES),
    )

    format: AudioFormat = AudioFormat.WAV
    """wav (16-bit PCM), flac (16-bit), mp3, opus (in an Ogg file), aac (AAC-LC, ADTS frames) or m4b
    (AAC-LC in an MPEG-4 file, as audio books are)."""
    sample_rate: Annotated[Integer, Field(ge=8000, le=96000)] | None = None
    """Samples per second. Absent: the voice's own rate, or the next that the format knows; for aac
    44100 or 48000, where its coder's delay is shortest."""
    loudness_lufs: Annotated[Number, Field(alias="loudnessLUFS", ge=-40.0, le=-9.0)] = -16.0
    """Integrated loudness to reach, in LUFS (ITU-R BS.1770). The true peak stays under -1 dBTP."""
    trim_silence: Boolean = True
    """Remove the silence before the first and after the last word."""
    subtitles: Annotated[
        list[SubtitleFormat],
        Field(max_length=3, json_schema_extra=SET),
        AfterValidator(without_duplicates),
    ] = []
    """Subtitle files to write beside the audio, from the real times of what is spoken: srt, vtt, or
    words, a JSON list of the words with their times."""
    tags: Tags | None = None
    """Title, artist and the like, as the format has them: ID3v2.4, Vorbis comments, MPEG-4 atoms,
    RIFF INFO."""
    cover: Cover | None = None
    """A JPEG or PNG picture of at most 8 MiB. Absent: a book's own."""
    subtitle_text: SubtitleText = SubtitleText.WRITTEN
    """Written shows what the text holds ("$5"), Spoken what is read aloud ("five dollars")."""

    @property
    def shows_written(self) -> bool:
        """Whether there are subtitles of what was written."""
        return bool(self.subtitles) and self.subtitle_text is SubtitleText.WRITTEN


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
        matches(r"^[^\x00-\x1f\x7f]*$", "must not have line breaks or other control characters"),
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
        Rule(
            cel="!has(self.skipIfSpoken) || !self.skipIfSpoken || has(self.uri) "
            "|| has(self.persistentVolumeClaim)",
            check=lambda self: (
                not self.skip_if_spoken
                or self.uri is not None
                or self.persistent_volume_claim is not None
            ),
            message="skipIfSpoken is for an output of your own: in the operator's own store each "
            "VoiceJob has a place of its own, where nothing was spoken before. Name a bucket (uri) "
            "or a persistentVolumeClaim, or leave skipIfSpoken out",
            path=".skipIfSpoken",
        ),
    )

    uri: (
        Annotated[
            str,
            Field(max_length=1024),
            matches(S3_PREFIX_PATTERN, f"must be an address s3://bucket/prefix/; {BUCKET_RULE}"),
            NO_WAY_UP,
        ]
        | None
    ) = None
    """Bucket and prefix, s3://bucket/prefix/. The file is called NAME-UID.FORMAT below it."""
    credentials_secret: ObjectName | None = None
    """For uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and where needed
    AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""
    persistent_volume_claim: VolumeOutput | None = None
    """A volume to write to."""
    skip_if_spoken: Boolean = False
    """Do not speak what was spoken for a VoiceJob of this name before and still lies there
    unchanged: same text, voice, model, settings and version of the worker. It then ends as
    Succeeded with reason AlreadySpoken, and its status names the audio that is there."""
