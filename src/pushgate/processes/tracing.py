"""Opens the tracer of a process where traces are on, and loads OpenTelemetry only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.runtime.tracing import Tracer
from pushgate.settings.traces import TracesSettings

_MODULE = "pushgate.processes.opentelemetry_tracer"


@asynccontextmanager
async def open_tracer(settings: TracesSettings, kind: str) -> AsyncIterator[Tracer | None]:
    """A tracer, None where traces are off. Raises ConfigurationError where packages are missing."""
    if settings.endpoint is None:
        yield None
        return
    try:
        module = import_module(_MODULE)
    except ImportError as error:
        problem = "needs OpenTelemetry: pip install 'pushgate[traces]', or remove it"
        raise ConfigurationError([FieldError("traces.endpoint", problem)]) from error
    tracer = module.OpenTelemetryTracer(settings, kind)
    try:
        yield tracer
    finally:
        await asyncio.to_thread(tracer.close)
