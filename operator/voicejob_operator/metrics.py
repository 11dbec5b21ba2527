"""The operator's Prometheus metrics, all of them."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from voicejob_api.status import Phase

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
AUDIO_SECONDS: Final = Counter("voicejob_audio_seconds_total", "Seconds of audio made.")
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
STORE_UP: Final = Gauge(
    "voicejob_store_up", "1 if the operator's last call to the store was answered, else 0."
)
STORE_FAULTS: Final = Counter(
    "voicejob_store_faults_total", "Calls to the store that failed, by what was wrong.", ["fault"]
)


def count_phases(phases: dict[Phase, int]) -> None:
    """Set the number of VoiceJobs in each phase."""
    for phase in Phase:
        VOICEJOBS.labels(phase.value).set(phases.get(phase, 0))
