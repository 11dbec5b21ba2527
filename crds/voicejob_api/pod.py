"""What the operator puts into a worker pod and the worker finds there: paths, ports, variables."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

CONTAINER: Final = "worker"
STATUS_PORT: Final = 8080
STATUS_PORT_NAME: Final = "status"
UID: Final = 10001
"""User and group of the worker's process."""

JOB_DIR: Final = PurePosixPath("/var/run/voicejob/job")
"""Where the VoiceJob's Secret is mounted."""
JOB_KEY: Final = "job.json"
"""Key of the Secret: the VoiceJob's manifest as JSON."""
GRANTS_KEY: Final = "grants.json"
"""Key of the Secret: a ``Grants`` as JSON, renewed while the pod runs: read it at each use."""
CATALOGUE_KEY: Final = "catalogue.json"
"""Key of the Secret: the operator's own catalogue of models, a ``Catalogue`` as JSON."""
TEXT_FILE: Final = PurePosixPath("/var/run/voicejob/text/text")
"""Where the text of a ConfigMap or Secret is mounted."""
LEXICON_FILE: Final = PurePosixPath("/var/run/voicejob/lexicon/lexicon")
"""Where the lexicon of a ConfigMap is mounted."""
COVER_FILE: Final = PurePosixPath("/var/run/voicejob/cover/cover")
"""Where the cover of a ConfigMap is mounted."""
REFERENCE_FILE: Final = PurePosixPath("/var/run/voicejob/reference/reference")
"""Where the recording of a ConfigMap is mounted."""
VOICE_DIR: Final = PurePosixPath("/var/run/voicejob/voice")
"""Where the PersistentVolumeClaim of ``voice.reference`` is mounted."""
VOICES_DIR: Final = PurePosixPath("/var/run/voicejob/voices")
"""Where what ``spec.voices`` names is mounted, in a folder for each (``NamedVoiceFiles``)."""
MODEL_DIR: Final = PurePosixPath("/var/run/voicejob/model")
"""Where the PersistentVolumeClaim of ``spec.model`` is mounted."""
CONVERSION_DIR: Final = PurePosixPath("/var/run/voicejob/conversion")
"""Where the PersistentVolumeClaim of ``voice.conversion`` is mounted."""
MODEL_CACHE_DIR: Final = PurePosixPath("/var/cache/voicejob/models")
"""Where models that are fetched are kept: a claim that pods share, or an emptyDir."""
RECOGNISER_DIR: Final = PurePosixPath("/var/run/voicejob/recogniser")
"""Where the PersistentVolumeClaim of ``quality.recogniser`` is mounted."""
OUTPUT_DIR: Final = PurePosixPath("/var/run/voicejob/output")
"""Where the PersistentVolumeClaim of ``spec.output`` is mounted."""
CA_FILE: Final = PurePosixPath("/var/run/voicejob/ca/ca.crt")
"""Where the platform's bundle of trusted certificates is mounted."""
CA_VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""By these the libraries that fetch and store look for such a bundle."""
WORK_DIR: Final = PurePosixPath("/var/lib/voicejob")
"""An emptyDir for the audio under way; the root file system is read-only."""
TERMINATION_LOG: Final = PurePosixPath("/dev/termination-log")
TERMINATION_MESSAGE_LIMIT: Final = 4096
"""Bytes of the termination message that the kubelet keeps."""


@dataclass(frozen=True)
class NamedVoiceFiles:
    """Where the files of one of ``spec.voices`` are."""

    folder: PurePosixPath

    @property
    def reference_file(self) -> PurePosixPath:
        """The recording of a ConfigMap."""
        return self.folder / "recording" / "reference"

    @property
    def voice_dir(self) -> PurePosixPath:
        """The PersistentVolumeClaim of its reference."""
        return self.folder / "voice"

    @property
    def model_dir(self) -> PurePosixPath:
        """The PersistentVolumeClaim of its model."""
        return self.folder / "model"


def named_voice_files(number: int, folder: PurePosixPath = VOICES_DIR) -> NamedVoiceFiles:
    """Where the files are of the voice of that number among the names in order, from 0."""
    return NamedVoiceFiles(folder / str(number))


ENV_PREFIX: Final = "VOICEJOB_"
"""Prefix of the worker's settings as environment variables."""
CREDENTIAL_VARIABLES: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""Keys that a credentials Secret must have; each becomes a variable of that name."""
OPTIONAL_CREDENTIAL_VARIABLES: Final = (
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
)
"""Keys that a credentials Secret may have."""
TEXT_CREDENTIALS_PREFIX: Final = "VOICEJOB_TEXT_"
"""Prefix of the same variables for ``textFrom.credentialsSecret``."""
REFERENCE_CREDENTIALS_PREFIX: Final = "VOICEJOB_REFERENCE_"
"""Prefix of the same variables for ``voice.reference.credentialsSecret``."""
MODEL_CREDENTIALS_PREFIX: Final = "VOICEJOB_MODEL_"
"""Prefix of the same variables for ``model.credentialsSecret``."""
TOKEN_VARIABLE: Final = "HF_TOKEN"  # noqa: S105 - the name of a variable
"""Key that a credentials Secret for an hf:// address has; it becomes a variable of that name."""


def volume_address(uri: str) -> tuple[str, str]:
    """Claim and path of ``pvc://CLAIM/PATH``; the path is relative and may be empty."""
    claim, _, path = uri.removeprefix("pvc://").partition("/")
    return claim, path.strip("/")
