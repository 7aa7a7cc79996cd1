"""The span of a request that creates messages, in the trace of its caller where it has one."""

from contextlib import AbstractContextManager, nullcontext

from pushgate.api.context import ApiContext
from pushgate.api.http_request import HttpRequest
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.trace import trace_context

_NOTHING: AbstractContextManager[str] = nullcontext("")


def traced(
    context: ApiContext, request: HttpRequest, name: str, configured: ConfiguredApp
) -> AbstractContextManager[str]:
    """Open a span while the request is served; yields the trace context that its messages keep."""
    if context.tracer is None:
        return _NOTHING
    headers = request.headers
    parent = trace_context(headers.get("traceparent"), headers.get("tracestate"))
    return context.tracer.begin(name, {"app": configured.app.name}, parent=parent)
