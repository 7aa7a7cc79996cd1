"""HTTP/1.1 on one connection: uvicorn's protocol, with a limit for headers and a deadline for all that a client does."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pushgate.api.problem_types import PROBLEM_TYPES
from pushgate.api.problems import MEDIA_TYPE, document
from pushgate.domain.consequences import ProblemCode
from pushgate.runtime import logs

MAX_HEADERS = 64 * 1024
"""Bytes of a request's target and headers, trailers included."""
_FIELD = 32
"""What each field counts beside its name and value, as in HTTP/2 (RFC 9113, 6.5.2): an empty one takes memory, too."""
_log = logs.get("api")
_library = logging.getLogger("uvicorn.quiet")
_library.setLevel(logging.ERROR)  # its warnings are about clients, which any client could cause without end


@dataclass(frozen=True, slots=True)
class ConnectionTimeouts:
    """How long a client may take, and how much is said of those that take longer."""

    headers: timedelta
    """From the first byte of a request, or from the start of a connection, to the end of the headers."""
    answer: timedelta
    """To read the part of an answer that waits to be sent."""
    lines: logs.RateLimit
    """Of all connections together, about clients that break these rules."""


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
        rules: ConnectionTimeouts,
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _library
        self._rules = rules
        self._on_lost = on_lost
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._in_message = False
        self._in_headers = True
        self._fields = 0  # bytes of the request's line and fields
        self._silent = 0  # bytes that came since the parser last made something of them

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        self._headers_are_here()
        self.resume_writing()
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        """Parse, and see what is to be waited for next."""
        self._silent += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._silent > MAX_HEADERS:
            self._refuse(ProblemCode.HEADERS_TOO_LARGE, f"a request's headers may have {MAX_HEADERS} bytes")
        elif self._answered and not self.pipeline:
            self._between_requests()

    @property
    def _answered(self) -> bool:
        """Whether no request waits for its answer."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _between_requests(self) -> None:
        """Something came that no running request waits for: the next request, or the rest of an answered one."""
        if self._in_message:
            self._expect_headers()
        elif self.cycle is not None:
            self._headers_are_here()
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_message = self._in_headers = True
        self._fields = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a trailer field: those are counted and not kept."""
        self._count(len(name) + len(value) + _FIELD)
        if self._in_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request starts."""
        self._in_headers = False
        self._silent = 0
        self._headers_are_here()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._silent = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here."""
        self._silent = 0
        self._in_message = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """What nobody read of a body is not kept while the connection is idle."""
        if self.cycle.response_complete:
            self.cycle.body = bytearray()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn does with a request that cannot be parsed."""
        if self._fields > MAX_HEADERS:
            self._refuse(ProblemCode.HEADERS_TOO_LARGE, f"a request's headers may have {MAX_HEADERS} bytes")
        else:
            self._refuse(ProblemCode.MALFORMED_HTTP, "the request is not HTTP/1.1")

    def pause_writing(self) -> None:
        """The client reads slowly."""
        super().pause_writing()
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(
                self._rules.answer.total_seconds(), self._unread, "the client does not read its answer"
            )

    def resume_writing(self) -> None:
        """The client has read enough."""
        super().resume_writing()
        if self._write_timer:
            self._write_timer.cancel()
            self._write_timer = None

    def _count(self, size: int) -> None:
        self._fields += size
        if self._fields > MAX_HEADERS:
            raise _TooLarge

    def _expect_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self._rules.headers.total_seconds(), self._late)

    def _headers_are_here(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            seconds = self._rules.headers.total_seconds()
            self._refuse(ProblemCode.TOO_SLOW, f"the headers must be here within {seconds:g} s")

    def _unread(self, reason: str) -> None:
        self._write_timer = None
        self._warn(reason=reason)
        self.transport.abort()

    def _refuse(self, code: ProblemCode, reason: str) -> None:
        """Close the connection, and say why where no answer has begun."""
        self._warn(code=code.value, reason=reason)
        if self._answered or not self.cycle.response_started:
            self.transport.write(raw_problem(code, reason))
        self.transport.close()

    def _warn(self, **facts: str) -> None:
        if (left_out := self._rules.lines.take()) is not None:
            client = self.client[0] if self.client else None
            _log.warning(
                "connection closed", action="protocol_error", client=client, left_out=left_out, **facts
            )


def raw_problem(code: ProblemCode, detail: str) -> bytes:
    """A problem document as a whole HTTP response, for a connection that is closed after it."""
    kind, body = PROBLEM_TYPES[code], orjson.dumps(document(code, detail))
    fields = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), "connection": "close"}
    if kind.retry_after is not None:
        fields["retry-after"] = str(kind.retry_after)
    lines = [f"HTTP/1.1 {kind.status} ", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body
