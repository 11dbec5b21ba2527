"""The operator's Prometheus metrics, all of them."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from voicejob_api.gpu import MIB
from voicejob_api.status import Phase

_OF_A_GPU: Final = ("engine", "product")
_SIZES: Final = tuple(
    MIB * mib
    for mib in (
        *(512, 1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576),
        *(32768, 49152, 65536, 81920, 147456, 196608),
    )
)
"""Bytes; cards' own sizes among them, so that it can be read off how many would do with which."""

MOST_NAMESPACES: Final = 500
"""Namespaces that have series of their own in a metric."""
OTHERS: Final = "_others"
"""Label of all other namespaces together; none can be called so."""

QUEUE_DEPTH: Final = Gauge("voicejob_queue_depth", "VoiceJobs that wait to be reconciled.")
QUEUE_OLDEST_SECONDS: Final = Gauge(
    "voicejob_queue_oldest_seconds", "How long the longest-waiting VoiceJob has waited, in seconds."
)
LEADS: Final = Gauge("voicejob_leader", "1 if this process works, 0 if another one does.")
VOICEJOBS: Final = Gauge("voicejob_voicejobs", "VoiceJobs by phase.", ["phase"])
FINISHED: Final = Counter(
    "voicejob_finished_total",
    "VoiceJobs that reached an end, by phase and reason.",
    ["phase", "reason"],
)
OUTCOMES: Final = Counter(
    "voicejob_outcomes_total",
    "VoiceJobs that reached an end, by outcome: succeeded; refused, for what was asked or for the "
    "user's own output; failed, for any other reason.",
    ["outcome"],
)
STALLED: Final = Gauge("voicejob_stalled", "Running VoiceJobs whose work makes no progress.")
AUDIO_SECONDS: Final = Counter(
    "voicejob_audio_seconds_total",
    "Seconds of audio made, by the VoiceJobs' namespace; "
    f"after {MOST_NAMESPACES} of them the next are {OTHERS}.",
    ["namespace"],
)
REAL_TIME_FACTOR: Final = Histogram(
    "voicejob_real_time_factor",
    "Seconds of synthesis by second of audio, of finished VoiceJobs.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
POLLS: Final = Counter(
    "voicejob_worker_polls_total", "Questions to workers, by result (ok, error).", ["result"]
)
SWEPT: Final = Counter(
    "voicejob_swept_total",
    "Left-over objects that sweeps removed from the store, by kind (checkpoints, results).",
    ["kind"],
)
RETENTION_REMOVED_OBJECTS: Final = Counter(
    "voicejob_retention_removed_objects_total", "Objects of audio that retention has removed."
)
RETENTION_REMOVED_BYTES: Final = Counter(
    "voicejob_retention_removed_bytes_total", "Bytes of audio that retention has removed."
)
RETENTION_OBJECTS: Final = Gauge(
    "voicejob_retention_objects",
    "Objects of VoiceJobs that are gone, as the last walk through all audio found them, by state: "
    "waiting (their time is not over), due (removed, with dryRun would be, or may not be removed), "
    "unproven (nothing says that their VoiceJobs were this cluster's: they stay).",
    ["state"],
)
RETENTION_BYTES: Final = Gauge(
    "voicejob_retention_bytes", "Bytes of these objects, by state.", ["state"]
)
RETENTION_FAILURES: Final = Counter(
    "voicejob_retention_failures_total",
    "VoiceJobs whose audio, or note, the store did not let retention touch; each pass tries again.",
)
RETENTION_BLOCKED: Final = Gauge(
    "voicejob_retention_blocked",
    "1 if retention is on and removes nothing, since another cluster keeps audio there, too.",
)
STORE_BYTES: Final = Gauge(
    "voicejob_store_bytes",
    "Bytes that a namespace has in the operator's store, audio and checkpoints, as the last pass "
    f"counted them; the {MOST_NAMESPACES} largest, and all others as {OTHERS}.",
    ["namespace"],
)
STORE_QUOTA_BYTES: Final = Gauge(
    "voicejob_store_quota_bytes",
    "Bytes that such a namespace may have there before no further worker is started for it.",
    ["namespace"],
)
STORE_UP: Final = Gauge(
    "voicejob_store_up", "1 if the operator's last call to the store was answered, else 0."
)
STORE_FAULTS: Final = Counter(
    "voicejob_store_faults_total", "Calls to the store that failed, by what was wrong.", ["fault"]
)
VRAM_PEAK: Final = Histogram(
    "voicejob_vram_peak_bytes",
    "Highest memory of the GPU that an attempt has taken.",
    _OF_A_GPU,
    buckets=_SIZES,
)
VRAM_REQUESTED: Final = Histogram(
    "voicejob_vram_requested_bytes",
    "Memory of the GPU that an attempt's Job asked for, of those that asked for any.",
    _OF_A_GPU,
    buckets=_SIZES,
)
VRAM_TIGHT: Final = Counter(
    "voicejob_vram_tight_total",
    "Attempts that would not have been done with a tenth less of the GPU's memory that they had.",
    _OF_A_GPU,
)
OUT_OF_MEMORY: Final = Counter(
    "voicejob_oom_total",
    "Attempts that ran out of memory, by whose (kind: gpu, host).",
    (*_OF_A_GPU, "kind"),
)
GPU_SECONDS: Final = Counter(
    "voicejob_gpu_seconds_total",
    "Seconds from start to end of attempts that had a GPU; namespaces as of "
    "voicejob_audio_seconds_total.",
    ("namespace", *_OF_A_GPU),
)


class FewLabels:
    """Values of a label that others choose: each is its own up to a number, then all are ``rest``.

    A worker tells its GPU's name, whoever may makes namespaces, and each name is a series of each
    metric for good.
    """

    def __init__(self, most: int = 32, longest: int = 64, rest: str = "other") -> None:
        self._most, self._longest, self._rest = most, longest, rest
        self._known: set[str] = set()

    def label(self, value: str) -> str:
        """The value, cut where it is too long, or ``rest``."""
        short = value[: self._longest]
        if short not in self._known and len(self._known) >= self._most:
            return self._rest
        self._known.add(short)
        return short


class OnlyThese:
    """A gauge by one label that has no other series than those that were put last."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._shown: set[str] = set()

    def put(self, values: Mapping[str, float]) -> None:
        """Show these values by their label, and no others any more."""
        for label in self._shown - values.keys():
            self._gauge.remove(label)
        for label, value in values.items():
            self._gauge.labels(label).set(value)
        self._shown = set(values)


GPU_PRODUCTS: Final = FewLabels()
NAMESPACES: Final = FewLabels(most=MOST_NAMESPACES, rest=OTHERS)
for _outcome in ("succeeded", "refused", "failed"):
    OUTCOMES.labels(_outcome)  # a rate over a series that begins with its first event misses it


def count_phases(phases: dict[Phase, int]) -> None:
    """Set the number of VoiceJobs in each phase."""
    for phase in Phase:
        VOICEJOBS.labels(phase.value).set(phases.get(phase, 0))
