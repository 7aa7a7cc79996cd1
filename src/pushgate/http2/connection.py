"""One HTTP/2 connection, client's side, without I/O: bytes in, ends of requests out (RFC 9113).

Made for sending one request very many times: requests are written as joined bytes, without an object for each
(`pushgate.http2.requests`), and of most responses one byte is looked at (`pushgate.http2.responses`). Here is what
concerns the connection as a whole.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Generic

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.events import Events
from pushgate.http2.field_sections import MAX_SECTION
from pushgate.http2.frames import ErrorCode
from pushgate.http2.goaway import Goaway
from pushgate.http2.header_blocks import HeaderBlockEncoder
from pushgate.http2.protocol_errors import ProtocolError, checked_settings, require_size
from pushgate.http2.receive_window import RECEIVE_WINDOW
from pushgate.http2.request_writer import RequestWriter
from pushgate.http2.response_reader import ResponseReader
from pushgate.http2.results import MAX_RESPONSE
from pushgate.http2.streams import Tag
from pushgate.http2.work_budget import SMALL_FRAME

_MAX_UNSENT = 1024 * 1024
"""Bytes of replies to PING and SETTINGS that wait: a peer that asks for more reads nothing itself."""


class Connection(Generic[Tag]):
    """A connection. Each request is named by a tag of the caller's, and comes to exactly one end."""

    def __init__(self, scheme: bytes, authority: bytes, *, first_stream: int = 1) -> None:
        """`scheme` and `authority` are those of every request. Says hello: there is data to send at once."""
        self._writer: RequestWriter[Tag] = RequestWriter(HeaderBlockEncoder(scheme, authority), first_stream)
        self._reader: ResponseReader[Tag] = ResponseReader(
            self._writer,
            {
                frames.SETTINGS: self._on_settings,
                frames.PUSH_PROMISE: self._on_push_promise,
                frames.PING: self._on_ping,
                frames.GOAWAY: self._on_goaway,
                frames.WINDOW_UPDATE: self._on_window_update,
            },
        )
        self._last_taken: int | None = None
        self.ready = False
        """Whether the peer's SETTINGS have come: until then its limits are unknown and nothing is sent."""
        self.pinged = False
        """Whether a PING is out that has not come back."""
        self.goaway: Goaway | None = None
        """What the peer said last of ending the connection, if it did."""
        self.closed: str | None = None
        """Why the connection is over, if it is."""
        hello = {
            frames.HEADER_TABLE_SIZE: 0,
            frames.ENABLE_PUSH: 0,
            frames.INITIAL_WINDOW_SIZE: MAX_RESPONSE,
            frames.MAX_HEADER_LIST_SIZE: MAX_SECTION,
        }
        self._writer.control(
            frames.PREFACE
            + frames.settings(hello)
            + frames.window_update(0, RECEIVE_WINDOW - frames.DEFAULT_WINDOW)
        )

    @property
    def in_flight(self) -> int:
        """Requests that have not come to their end."""
        return self._writer.in_flight

    @property
    def leaving(self) -> bool:
        """Whether no request may begin here any more: the peer said so, or stream ids have run out."""
        return self.closed is not None or self._last_taken is not None or self._writer.exhausted

    @property
    def free(self) -> int:
        """How many requests may begin now, as far as the peer's limits go."""
        return 0 if self.leaving or not self.ready else self._writer.free

    @property
    def next_stream(self) -> int:
        """The id that the next request gets; ids go up by two."""
        return self._writer.next_stream

    def open(self, template: BurstTemplate, items: Sequence[bytes], tags: Iterable[Tag]) -> int:
        """Begin requests, as many as may begin now, and tell how many those were.

        When some are left, ask again: there may be room for them, only not in the same way.
        """
        room = min(self.free, len(items))
        return self._writer.open(template, items[:room], islice(tags, room)) if room > 0 else 0

    @property
    def behind(self) -> bool:
        """Whether bytes that came wait for the next turn of the event loop: then call `receive` again, without any."""
        return self._reader.behind and self.closed is None

    def data_to_send(self) -> bytes:
        """What is to be written to the peer now; empty when there is nothing."""
        return self._writer.data_to_send()

    def receive(self, data: bytes = b"") -> Events[Tag]:
        """Take bytes from the peer; returns what has come to its end. Never raises for what a peer sends."""
        events: Events[Tag] = Events()
        if self.closed is None:
            try:
                self._reader.read(data, events)
            except ProtocolError as violation:
                self._writer.control(frames.goaway(violation.code))
                self._end_all(f"protocol error by the server: {violation.reason}", events)
        return events

    def lose(self, cause: str) -> Events[Tag]:
        """The connection is gone: every request in flight has come to its end."""
        events: Events[Tag] = Events()
        if self.closed is None:
            self._end_all(cause, events)
        return events

    def reset(self, streams: Iterable[int], cause: str) -> Events[Tag]:
        """Give up those of these streams that are open; nothing more of them is read."""
        events: Events[Tag] = Events()
        for sid in streams:
            stream = self._reader.attend(sid)
            if stream is not None:
                self._writer.control(frames.rst_stream(sid, ErrorCode.CANCEL))
                self._reader.lose(sid, stream, cause, events)
        return events

    def streams(self, wanted: Callable[[Tag], bool]) -> list[int]:
        """The ids of open streams whose tag is wanted."""
        return self._writer.streams(wanted)

    def streams_before(self, sid: int) -> list[int]:
        """The ids of open streams under this one: the older ones."""
        return self._writer.before(sid)

    def ping(self) -> None:
        """Ask for a sign of life; `pinged` tells until it comes."""
        self.pinged = True
        self._writer.control(frames.frame(frames.PING, 0, 0, b"pushgate"))

    def close(self) -> Events[Tag]:
        """Say good-bye; requests in flight are given up."""
        if self.closed is None:
            self._writer.control(frames.goaway(ErrorCode.NO_ERROR))
        return self.lose("closed by us")

    def _on_settings(self, flags: int, sid: int, payload: bytes, _events: Events[Tag]) -> None:
        if sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream")
        if flags & frames.ACK:
            require_size(payload, 0, "SETTINGS")
            if not self.ready:
                raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
            return
        self._reader.effort.visit(self.in_flight)
        for setting, value in checked_settings(payload).items():
            if not self._writer.apply(setting, value):
                raise ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
        self._reply(frames.frame(frames.SETTINGS, frames.ACK, 0))
        self.ready = True

    def _on_push_promise(self, _flags: int, _sid: int, _payload: bytes, _events: Events[Tag]) -> None:
        raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE, which was refused")

    def _on_ping(self, flags: int, sid: int, payload: bytes, _events: Events[Tag]) -> None:
        require_size(payload, 8, "PING")
        if sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "PING on a stream")
        if flags & frames.ACK:
            self.pinged = False
        else:
            self._reply(frames.frame(frames.PING, frames.ACK, 0, payload))

    def _on_goaway(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream")
        if len(payload) < 8:
            raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "GOAWAY too short")
        last, code = frames.read_goaway(payload)
        self.goaway = Goaway(code, payload[8:])
        self._reader.effort.visit(self.in_flight)
        # A later one may take back more, never less (RFC 9113, 6.8).
        self._last_taken = last if self._last_taken is None else min(last, self._last_taken)
        for begun in self._writer.after(self._last_taken):
            stream = self._reader.attend(begun)
            if stream is not None and stream.status is None:
                self._reader.drop(begun, stream)
                events.refused.append(stream.tag)

    def _on_window_update(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        require_size(payload, 4, "WINDOW_UPDATE")
        increment = frames.number(payload) & frames.MAX_WINDOW
        if increment >= SMALL_FRAME and self._writer.sending:
            self._reader.effort.useful()
        if sid == 0:
            if increment == 0:
                raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of nothing")
            if not self._writer.widen(increment):
                raise ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
            return
        self._reader.require_begun(sid)
        stream = self._reader.attend(sid)
        if stream is None:
            return
        stream.window += increment
        if increment == 0:
            self._reader.fail(sid, stream, "WINDOW_UPDATE of nothing", events)
        elif stream.window > frames.MAX_WINDOW:
            self._reader.fail(
                sid, stream, "a window larger than allowed", events, ErrorCode.FLOW_CONTROL_ERROR
            )

    def _end_all(self, cause: str, events: Events[Tag]) -> None:
        self.closed = cause = f"{cause} after {self.goaway}" if self.goaway else cause
        for sid in self._writer.after(0):
            stream = self._reader.attend(sid)
            if stream is not None:
                self._reader.lose(sid, stream, cause, events)

    def _reply(self, data: bytes) -> None:
        if self._writer.waiting > _MAX_UNSENT:
            raise ProtocolError(ErrorCode.ENHANCE_YOUR_CALM, "it asks without reading the replies")
        self._writer.control(data)
