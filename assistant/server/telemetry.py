"""OpenTelemetry: a span for each request, where the environment asks for it by the usual variables

OTEL_TRACES_EXPORTER (otlp, console, none) or OTEL_EXPORTER_OTLP_ENDPOINT switches it on; the other OTEL_ variables mean
what the OpenTelemetry specification says. A span has no question, no address and no name of a person.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.server.requests import record

logger = logging.getLogger(__name__)
_WAY = "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-grpc"


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether spans are to be sent anywhere."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    endpoint = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    return exporter not in ("", "none") or (not exporter and bool(endpoint))


def provider_of(environment: Mapping[str, str]) -> Any | None:
    """What makes spans and sends them, an OpenTelemetry TracerProvider; None where none are wanted, or, with a warning,
    where the libraries for it aren't there."""
    if not is_wanted(environment):
        return None
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = _exporter(environment)
    except ImportError as error:
        logger.warning("OpenTelemetry 要发送的追踪没有打开：缺少 %s。请安装：%s", error.name, _WAY)
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": environment.get("OTEL_SERVICE_NAME", "youju")}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _exporter(environment: Mapping[str, str]) -> Any:
    if environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    if environment.get("OTEL_EXPORTER_OTLP_PROTOCOL", "").startswith("http"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found, unused-ignore]
            OTLPSpanExporter as OverHttp,
        )

        return OverHttp()
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


class Traced:
    """ASGI middleware: a span around each request, part of the caller's trace where it names one (traceparent)."""

    def __init__(self, app: ASGIApp, *, provider: Any) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._app = app
        self._tracer = provider.get_tracer("youju")
        self._named = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Names the span by the route once that is known."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        from opentelemetry.trace import SpanKind, Status, StatusCode

        carried = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        context = self._named.extract(carried)
        with self._tracer.start_as_current_span(scope["method"], context=context, kind=SpanKind.SERVER) as span:
            try:
                return await self._app(scope, receive, send)
            finally:
                if known := record():
                    span.update_name(f"{known.method} {known.route}")
                    span.set_attribute("http.request.method", known.method)
                    span.set_attribute("http.route", known.route)
                    span.set_attribute("http.response.status_code", known.status)
                    span.set_attribute("youju.request_id", known.id)
                    span.set_attribute("youju.queue_seconds", known.waited_s)
                    if known.outcome:
                        span.set_attribute("youju.outcome", known.outcome)
                    if known.status >= 500:
                        span.set_status(Status(StatusCode.ERROR))
