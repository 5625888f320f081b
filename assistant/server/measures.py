"""What is measured while the server runs, in the text form that Prometheus reads; see GET /metrics"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

from assistant.server.requests import Record

MEDIA_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 30, 60, 120)


class Measures:
    """Counters of one server. Routes stand in their labels as `rights.ROUTES` writes them, so that there are few."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "youju_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._took = Histogram(
            "youju_request_seconds",
            "From a request to the end of its reply",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._first = Histogram(
            "youju_first_byte_seconds",
            "From a request to the first byte of its reply's body",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._waited = Histogram(
            "youju_queue_seconds",
            "How long requests waited for their turn",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._answers = Counter(
            "youju_answers", "Questions answered, by how that ended", ("outcome",), registry=self._registry
        )

    def __call__(self, record: Record) -> None:
        """Counts a request that is over."""
        method = record.method if record.method in _METHODS else "other"
        self._requests.labels(method, record.route, str(record.status)).inc()
        self._took.labels(record.route).observe(record.took_s)
        if record.first_s is not None:
            self._first.labels(record.route).observe(record.first_s)
        if record.waited_s:
            self._waited.labels(record.route).observe(record.waited_s)
        if record.outcome:
            self._answers.labels(record.outcome).inc()

    def watch(self, name: str, what: str, value: Callable[[], float]) -> None:
        """Has a number told as it is when somebody looks."""
        Gauge(name, what, registry=self._registry).set_function(value)

    def told(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)
