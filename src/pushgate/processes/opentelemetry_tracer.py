"""Spans by OpenTelemetry, sent by OTLP in the background. Nothing else imports its packages."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes as AnyAttributes

from pushgate import __version__
from pushgate.runtime.tracing import Attributes
from pushgate.settings.traces import TracesSettings

_EXPORT_TIMEOUT = 5  # s
_MAX_LINKS = 128
_PROPAGATOR = TraceContextTextMapPropagator()


class _LinkedOrRatio(Sampler):
    """Takes every trace that links to sampled ones, and a share of the others."""

    def __init__(self, ratio: float) -> None:
        self._ratio = TraceIdRatioBased(ratio)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: trace.SpanKind | None = None,
        attributes: AnyAttributes = None,
        links: Sequence[trace.Link] | None = None,
        trace_state: trace.TraceState | None = None,
    ) -> SamplingResult:
        """OpenTelemetry's sampler."""
        if links:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, trace_state)
        return self._ratio.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """How the sampler is called."""
        return f"LinkedOr{self._ratio.get_description()}"


class OpenTelemetryTracer:
    """Makes spans and sends them. Close it in the end."""

    def __init__(self, settings: TracesSettings, kind: str) -> None:
        """`kind` is that of the process."""
        # Spans that cannot be sent are dropped without a log line: one for each batch would flood
        # the log.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        resource = Resource.create({"service.name": f"pushgate-{kind}", "service.version": __version__})
        sampler = ParentBased(_LinkedOrRatio(settings.sample_ratio))
        self._provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=_EXPORT_TIMEOUT)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("pushgate", __version__)

    @contextmanager
    def begin(
        self, name: str, attributes: Attributes, *, parent: str = "", links: Sequence[str] = ()
    ) -> Iterator[str]:
        """Begin a span in the trace of `parent`. Without a parent, the span begins a trace, which
        may have links.
        """
        found = [trace.Link(_span_context(one)) for one in links[:_MAX_LINKS]]
        with self._tracer.start_as_current_span(
            name,
            context=_context(parent),
            kind=trace.SpanKind.CONSUMER if links else trace.SpanKind.SERVER,
            attributes=dict(attributes),
            links=found,
            record_exception=False,  # its text may hold what a span must not
        ) as span:
            yield _text(span)

    @contextmanager
    def within(self, name: str, attributes: Attributes) -> Iterator[str]:
        """A span within the one that is open."""
        if not trace.get_current_span().is_recording():
            yield ""
            return
        with self._tracer.start_as_current_span(
            name, kind=trace.SpanKind.CLIENT, attributes=dict(attributes), record_exception=False
        ) as span:
            yield _text(span)

    def close(self) -> None:
        """Send the remaining spans, for a few seconds at most."""
        self._provider.shutdown()


def _context(text: str) -> Context:
    parent, _, state = text.partition(" ")
    fields = {"traceparent": parent, "tracestate": state} if parent else {}
    return _PROPAGATOR.extract(fields, context=Context())


def _span_context(text: str) -> trace.SpanContext:
    return trace.get_current_span(_context(text)).get_span_context()


def _text(span: trace.Span) -> str:
    if not span.get_span_context().trace_flags.sampled:
        return ""
    fields: dict[str, str] = {}
    _PROPAGATOR.inject(fields, trace.set_span_in_context(span, Context()))
    return " ".join(fields[name] for name in ("traceparent", "tracestate") if fields.get(name))
