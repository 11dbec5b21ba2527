"""What every controller counts of itself; the app gives the metrics' prefix."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram


class RuntimeMetrics:
    """The runtime's Prometheus metrics, made once by the app and passed to the parts.

    Args:
        prefix: What the metrics' names begin with, without the underscore.
        registry: Where they are registered; a test takes one of its own.
    """

    def __init__(self, prefix: str, registry: CollectorRegistry = REGISTRY) -> None:
        self.requests = Counter(
            f"{prefix}_api_requests_total",
            "Requests to the API server by method and code (0: no answer), open watches included.",
            ["method", "code"],
            registry=registry,
        )
        self.reconciles = Counter(
            f"{prefix}_reconciles_total",
            "Reconciles by result (ok, error).",
            ["result"],
            registry=registry,
        )
        self.reconcile_seconds = Histogram(
            f"{prefix}_reconcile_seconds",
            "Duration of a reconcile in seconds.",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
            registry=registry,
        )
        self.watch_silent_seconds = Gauge(
            f"{prefix}_watch_silent_seconds",
            "How long ago a watch heard anything, in seconds; ten minutes are usual in a quiet "
            "cluster.",
            ["resource"],
            registry=registry,
        )
        self.watch_trouble = Gauge(
            f"{prefix}_watch_trouble",
            "1 where a watch cannot list or follow its resource now, else 0.",
            ["resource"],
            registry=registry,
        )
        self.relists = Counter(
            f"{prefix}_watch_lists_total",
            "Whole lists that a watch began with or went back to, by resource.",
            ["resource"],
            registry=registry,
        )
