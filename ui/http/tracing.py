"""OpenTelemetry traces of requests and answers, if OTEL_EXPORTER_OTLP_ENDPOINT is set."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from assistant import Answer

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from fastapi.telemetry import TelemetryConfig
    from opentelemetry.sdk.trace import TracerProvider

_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_OFF: dict[str, Any] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_log = logging.getLogger("dateline.server")


class Tracing:
    """Sends traces, if the environment says where."""

    def __init__(self, root_path: str = "") -> None:
        self._root_path = root_path
        self._provider = _provider() if any(os.environ.get(name) for name in _VARIABLES) else None

    def telemetry(self) -> TelemetryConfig:
        """Return FastAPI's telemetry: spans of requests, without their contents."""
        if self._provider is None:
            return _OFF  # type: ignore[return-value]
        return _OFF | {  # type: ignore[return-value]
            "tracing": True,
            "tracer_provider": self._provider,
            "operation_spans": False,
            "exclude": self._is_no_call,
        }

    def _is_no_call(self, scope: MutableMapping[str, Any]) -> bool:
        """Return whether a request is not for the API: probes and the chat's many small requests would drown the
        others.
        """
        path: str = scope["path"]
        return not path.removeprefix(self._root_path).startswith(("/api/", "/v1/"))

    def observe_answer(self, outcome: Answer | Exception) -> None:
        """Add details of the answer to the request's span."""
        if self._provider is None:
            return
        from opentelemetry import trace

        span = trace.get_current_span()
        if not isinstance(outcome, Answer):
            span.set_attribute("dateline.failure", type(outcome).__name__)
            return
        span.set_attribute("dateline.found", outcome.found)
        span.set_attribute("dateline.reader", outcome.reader)
        span.set_attribute("dateline.passages", len(outcome.passages))
        for stage, spent in outcome.timings_ms.items():
            span.set_attribute(f"dateline.ms.{stage}", round(spent, 1))

    def close(self) -> None:
        """Send the remaining spans."""
        if self._provider is not None:
            self._provider.shutdown()


def _provider() -> TracerProvider | None:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:  # the variable may be meant for other programs, so the server still starts
        _log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is set, but traces need: pip install 'dateline[tracing]'")
        return None

    class _WithoutQuery(SpanProcessor):
        """Removes query strings from spans."""

        def on_start(self, span: Span, parent_context: Any = None) -> None:  # noqa: ARG002
            if span.attributes and "url.query" in span.attributes:
                span.set_attribute("url.query", "-")

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "dateline")}))
    provider.add_span_processor(_WithoutQuery())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
