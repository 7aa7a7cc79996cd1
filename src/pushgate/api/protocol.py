"""HTTP/1.1 on one connection: uvicorn's protocol with a limit for headers and deadlines for the
client.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import orjson
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pushgate.api.load_shedding import BODY_IS_HERE
from pushgate.api.problem_types import PROBLEM_TYPES
from pushgate.api.problems import MEDIA_TYPE, document
from pushgate.api.single_write import SingleWrite
from pushgate.domain.consequences import ProblemCode
from pushgate.runtime import logs

MAX_HEADERS = 64 * 1024
"""Bytes of a request's target and headers, trailers included."""
_FIELD_OVERHEAD = 32
"""Bytes that each field counts beside name and value, as in HTTP/2 (RFC 9113, 6.5.2)."""
_log = logs.get("api")
_uvicorn_log = logging.getLogger("uvicorn.quiet")
_uvicorn_log.setLevel(logging.ERROR)  # any client can cause warnings without end


@dataclass(frozen=True, slots=True)
class ConnectionTimeouts:
    """How long a client may take, and how often a slow client is logged."""

    headers: timedelta
    """From the first byte of a request, or from the start of a connection, to the end of the
    headers.
    """
    response: timedelta
    """How long the client may take to read the part of a response that waits to be sent."""
    log_limit: logs.RateLimit
    """Of lines about slow clients, all connections together."""


class _TooLarge(Exception):
    """The headers are over the limit."""


class BoundedProtocol(HttpToolsProtocol):
    """A connection of the API."""

    def __init__(  # the first four are uvicorn's
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None,
        timeouts: ConnectionTimeouts,
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _uvicorn_log
        self._timeouts = timeouts
        self._on_lost = on_lost
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._in_message = False
        self._in_headers = True
        self._header_bytes = 0  # of the request's line and fields
        self._unparsed_bytes = 0  # received since the parser last reported something

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers."""
        super().connection_lost(exc)
        self._cancel_header_timer()
        self.resume_writing()
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        """Parse, then set the timer for what comes next."""
        self._unparsed_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unparsed_bytes > MAX_HEADERS:
            self._refuse(ProblemCode.HEADERS_TOO_LARGE, f"a request's headers may have {MAX_HEADERS} bytes")
        elif self._answered and not self.pipeline:
            self._between_requests()

    @property
    def _answered(self) -> bool:
        """Whether no request waits for its response."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _between_requests(self) -> None:
        """Handle bytes outside a running request: the next request, or the rest of an
        answered one.
        """
        if self._in_message:
            self._expect_headers()
        elif self.cycle is not None:
            self._cancel_header_timer()
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_message = self._in_headers = True
        self._header_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a trailer field, which is counted and dropped."""
        self._count(len(name) + len(value) + _FIELD_OVERHEAD)
        if self._in_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are complete: the request starts."""
        self._in_headers = False
        self._unparsed_bytes = 0
        self._cancel_header_timer()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        # uvicorn has ASGI types of its own beside Starlette's.
        super()._start_asgi_task(cycle, SingleWrite(app, cycle))  # type: ignore[arg-type]

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._unparsed_bytes = 0
        self._in_message = False
        self.cycle.scope[BODY_IS_HERE] = True  # type: ignore[literal-required]  # uvicorn names its own keys
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Drop the unread rest of the body: the connection may be idle for long."""
        if self.cycle.response_complete:
            self.cycle.body = bytearray()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that uvicorn cannot parse."""
        if self._header_bytes > MAX_HEADERS:
            self._refuse(ProblemCode.HEADERS_TOO_LARGE, f"a request's headers may have {MAX_HEADERS} bytes")
        else:
            self._refuse(ProblemCode.MALFORMED_HTTP, "the request is not HTTP/1.1")

    def pause_writing(self) -> None:
        """The client reads slowly: start its deadline."""
        super().pause_writing()
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(
                self._timeouts.response.total_seconds(),
                self._response_timed_out,
                "the client does not read its answer",
            )

    def resume_writing(self) -> None:
        """The client has read enough: end its deadline."""
        super().resume_writing()
        if self._write_timer:
            self._write_timer.cancel()
            self._write_timer = None

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADERS:
            raise _TooLarge

    def _expect_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(
                self._timeouts.headers.total_seconds(), self._headers_timed_out
            )

    def _cancel_header_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _headers_timed_out(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            seconds = self._timeouts.headers.total_seconds()
            self._refuse(ProblemCode.TOO_SLOW, f"the headers must be here within {seconds:g} s")

    def _response_timed_out(self, reason: str) -> None:
        self._write_timer = None
        self._warn(reason=reason)
        self.transport.abort()

    def _refuse(self, code: ProblemCode, reason: str) -> None:
        """Close the connection, with a problem document unless a response has begun."""
        self._warn(code=code.value, reason=reason)
        if self._answered or not self.cycle.response_started:
            self.transport.write(raw_problem(code, reason))
        self.transport.close()

    def _warn(self, **facts: str) -> None:
        if (left_out := self._timeouts.log_limit.take()) is not None:
            client = self.client[0] if self.client else None
            _log.warning(
                "connection closed", action="protocol_error", client=client, left_out=left_out, **facts
            )


def raw_problem(code: ProblemCode, detail: str) -> bytes:
    """A problem document as a whole HTTP response, for a connection that is closed after it."""
    problem_type, body = PROBLEM_TYPES[code], orjson.dumps(document(code, detail))
    fields = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), "connection": "close"}
    if problem_type.retry_after is not None:
        fields["retry-after"] = str(problem_type.retry_after)
    lines = [
        f"HTTP/1.1 {problem_type.status} ",
        *(f"{name}: {value}" for name, value in fields.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii") + body
