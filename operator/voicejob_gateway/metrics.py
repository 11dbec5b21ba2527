"""What the gateway counts of itself."""

from typing import Final

from prometheus_client import Counter, Gauge

REQUESTS: Final = Counter(
    "voicejob_gateway_requests_total",
    "Requests by route and HTTP status.",
    ["route", "code"],
)
REFUSALS: Final = Counter(
    "voicejob_gateway_refusals_total",
    "Requests that were answered with an error, by its word and HTTP status.",
    ["error", "code"],
)
STREAMS: Final = Gauge("voicejob_gateway_streams", "Files that are being handed out.")
SENT: Final = Counter("voicejob_gateway_sent_bytes_total", "Bytes of audio and subtitles sent.")
BROKEN: Final = Counter(
    "voicejob_gateway_broken_streams_total",
    "Files that were not handed out to their end, by who was the cause (store, client, time).",
    ["cause"],
)
STORE_UP: Final = Gauge(
    "voicejob_gateway_store_up", "Whether the store answered the last question (1) or not (0)."
)
STORE_UP.set(1)
REFUSALS.labels("TooManyStreams", "503")  # what an alert rates needs a beginning before its first
for _cause in ("store", "client", "time"):
    BROKEN.labels(_cause)
