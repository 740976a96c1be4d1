"""The metrics of a server for Prometheus: requests, answers, the queue, the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily

from assistant import Answer
from ui.http.failures import explain
from ui.service.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.service.service import Service

_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)


class Metrics:
    """The metrics of one server, in their own registry."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "dateline_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._latency = Histogram(
            "dateline_request_seconds",
            "Time from a request to the end of its response.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "dateline_answers",
            "Questions by outcome: found, not_found, or the code of a failure.",
            ("outcome",),
            registry=self._registry,
        )
        self._stages = Histogram(
            "dateline_answer_stage_seconds",
            "Time that answers spent in each stage.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._tokens = Counter(
            "dateline_tokens", "Tokens that language models read and wrote.", ("kind",), registry=self._registry
        )

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(method, route).observe(seconds)

    def observe_answer(self, outcome: Answer | Exception) -> None:
        """Count a question by its answer or its failure."""
        if not isinstance(outcome, Answer):
            self._answers.labels(explain(outcome).code).inc()
            return
        self._answers.labels("found" if outcome.found else "not_found").inc()
        for stage, spent in outcome.timings_ms.items():
            self._stages.labels(stage).observe(spent / 1e3)
        if outcome.usage:
            self._tokens.labels("prompt").inc(outcome.usage.prompt_tokens)
            self._tokens.labels("completion").inc(outcome.usage.completion_tokens)

    def watch(self, service: Service) -> None:
        """Also report this service's queue, jobs and collection."""
        self._registry.register(_Gauges(service))

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _Gauges:
    """Values at the time of the request."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing, so that registering does not read the collection."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metrics, including those of the collection once it is open."""
        service = self._service
        yield GaugeMetricFamily("dateline_ready", "Whether questions are answered.", float(service.is_ready))
        queue = GaugeMetricFamily("dateline_queue", "Answers and searches, running and waiting.", labels=["state"])
        queue.add_metric(["running"], service.answering.running)
        queue.add_metric(["waiting"], service.answering.waiting)
        yield queue
        jobs = GaugeMetricFamily("dateline_jobs", "Jobs still in memory.", labels=["status"])
        statuses = [job.status for job in service.jobs.list()]
        for status in sorted(set(statuses)):
            jobs.add_metric([status], statuses.count(status))
        yield jobs
        yield from _sizes(service)


def _sizes(service: Service) -> Iterator[GaugeMetricFamily]:
    try:
        passages, articles = service.index.sizes()
    except NotReadyError:
        return
    yield GaugeMetricFamily("dateline_articles", "Articles in the collection.", articles)
    yield GaugeMetricFamily("dateline_passages", "Passages in the collection.", passages)
