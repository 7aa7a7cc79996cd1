"""Writes a response that is one piece at once: its head and its body together.

uvicorn writes them one after the other. Everything else is left to uvicorn: bodies in parts, HEAD,
connections that close or whose client reads slowly.
"""

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

_LEFT_TO_UVICORN = (b"connection", b"transfer-encoding")


class SingleWrite:
    """The application of one request, whose responses take the shorter way where they can."""

    __slots__ = ("_app", "_cycle", "_start")

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle
        self._start: Message | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._app(scope, receive, self._send)
        if self._start is not None:
            await self._cycle.send(self._start)  # type: ignore[arg-type]  # uvicorn has types of its own

    async def _send(self, message: Message) -> None:
        """Hold the head of the response until its body comes."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            if self._write(start, message):
                return
            await self._cycle.send(start)  # type: ignore[arg-type]  # as above
        await self._cycle.send(message)  # type: ignore[arg-type]  # as above

    def _write(self, start: Message, message: Message) -> bool:
        """Write a whole response. Returns False where that is left to uvicorn."""
        cycle = self._cycle
        if (
            message.get("more_body", False)
            or cycle.response_started
            or cycle.disconnected
            or not cycle.keep_alive
            or cycle.flow.write_paused
            or cycle.scope["method"] == "HEAD"
        ):
            return False
        body = message.get("body", b"")
        head = _head(start["status"], start.get("headers", ()), len(body))
        if head is None:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(head + body)
        cycle.message_event.set()
        cycle.on_response()
        return True


def _head(status: int, headers: Sequence[tuple[bytes, bytes]], size: int) -> bytes | None:
    """Return the status line and the fields of a response, None where they are left to uvicorn."""
    parts, length = [STATUS_LINE[status]], b""
    for name, value in headers:
        if name in _LEFT_TO_UVICORN or HEADER_VALUE_RE.search(value):
            return None
        if name == b"content-length":
            length = value
        parts += (name, b": ", value, b"\r\n")
    if length != b"%d" % size:
        return None
    parts.append(b"\r\n")
    return b"".join(parts)
