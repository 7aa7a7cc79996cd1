"""One HTTP/2 connection, the client's side, without I/O:
bytes in, results of requests out (RFC 9113).

Made for sending similar requests in large numbers: requests are written as joined bytes, without an
object for each (`request_writer`), and of most responses one byte is read (`response_reader`). This
module handles what concerns the connection as a whole.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Generic

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate, Item
from pushgate.http2.events import Events, Tag
from pushgate.http2.field_sections import MAX_SECTION
from pushgate.http2.frames import ErrorCode
from pushgate.http2.goaway import Goaway
from pushgate.http2.header_blocks import HeaderBlockEncoder
from pushgate.http2.protocol_errors import ProtocolError, parse_settings, require_payload_size
from pushgate.http2.receive_window import RECEIVE_WINDOW
from pushgate.http2.request_writer import RequestWriter
from pushgate.http2.response_reader import ResponseReader
from pushgate.http2.results import MAX_RESPONSE
from pushgate.http2.work_budget import SMALL_FRAME

_MAX_UNWRITTEN_REPLIES = 1024 * 1024
"""Bytes of replies to PING and SETTINGS that wait. A peer that asks for more does not read them."""


class Connection(Generic[Tag]):
    """A connection. The caller names each request by a tag; each request has exactly one result."""

    def __init__(self, scheme: bytes, authority: bytes, *, first_stream: int = 1) -> None:
        """`scheme` and `authority` are those of every request.
        Writes the connection preface at once."""
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
        self._last_processed: int | None = None
        self.ready = False
        """Whether the peer's SETTINGS have come.
        Before that its limits are unknown and nothing is sent."""
        self.ping_pending = False
        """Whether a PING waits for its acknowledgement."""
        self.goaway: Goaway | None = None
        """The peer's last GOAWAY."""
        self.close_reason: str | None = None
        """Why the connection is closed; None while it is open."""
        self._write_preface()

    def _write_preface(self) -> None:
        settings = {
            frames.HEADER_TABLE_SIZE: 0,
            frames.ENABLE_PUSH: 0,
            frames.INITIAL_WINDOW_SIZE: MAX_RESPONSE,
            frames.MAX_HEADER_LIST_SIZE: MAX_SECTION,
        }
        self._writer.write_control(
            frames.PREFACE
            + frames.settings(settings)
            + frames.window_update(0, RECEIVE_WINDOW - frames.DEFAULT_WINDOW)
        )

    @property
    def in_flight(self) -> int:
        """Requests without a result."""
        return self._writer.in_flight

    @property
    def draining(self) -> bool:
        """Whether no request may begin: after GOAWAY, after the last stream id, or when closed."""
        return self.close_reason is not None or self._last_processed is not None or self._writer.exhausted

    @property
    def available_streams(self) -> int:
        """How many requests the peer's limits allow to begin now."""
        return 0 if self.draining or not self.ready else self._writer.available_streams

    @property
    def next_stream(self) -> int:
        """The stream id of the next request. Ids go up by two."""
        return self._writer.next_stream

    @property
    def has_unread(self) -> bool:
        """Whether received bytes wait. Then call `receive()` in the next turn of the event loop."""
        return self._reader.has_unread and self.close_reason is None

    def open_streams(self, template: BurstTemplate, items: Sequence[Item], tags: Iterable[Tag]) -> int:
        """Begin requests for the first of these items; return for how many.

        Call again while items are left: one call writes requests of one form.
        """
        room = min(self.available_streams, len(items))
        return self._writer.open_streams(template, items[:room], islice(tags, room)) if room > 0 else 0

    def data_to_send(self) -> bytes:
        """Bytes to write to the peer now; b"" when there are none."""
        return self._writer.data_to_send()

    def receive(self, data: bytes = b"") -> Events[Tag]:
        """Take bytes from the peer; return the requests that have ended.
        A bad peer raises nothing."""
        events: Events[Tag] = Events()
        if self.close_reason is None:
            try:
                self._reader.read(data, events)
            except ProtocolError as violation:
                self._writer.write_control(frames.goaway(violation.code))
                self._end_streams(f"protocol error by the server: {violation.reason}", events)
        return events

    def lose(self, cause: str) -> Events[Tag]:
        """The socket is closed: end every request in flight."""
        events: Events[Tag] = Events()
        if self.close_reason is None:
            self._end_streams(cause, events)
        return events

    def reset(self, streams: Iterable[int], cause: str) -> Events[Tag]:
        """Cancel those of these streams that are open."""
        events: Events[Tag] = Events()
        for sid in streams:
            stream = self._reader.track(sid)
            if stream is not None:
                self._writer.write_control(frames.rst_stream(sid, ErrorCode.CANCEL))
                self._reader.end(sid, stream, cause, events)
        return events

    def streams_where(self, matches: Callable[[Tag], bool]) -> list[int]:
        """The ids of open streams whose tag matches."""
        return self._writer.streams_where(matches)

    def streams_before(self, sid: int) -> list[int]:
        """The ids of open streams that are lower than this one."""
        return self._writer.streams_before(sid)

    def ping(self) -> None:
        """Write a PING; `ping_pending` is set until its acknowledgement comes."""
        self.ping_pending = True
        self._writer.write_control(frames.frame(frames.PING, 0, 0, b"pushgate"))

    def close(self) -> Events[Tag]:
        """Write GOAWAY and end every request in flight."""
        if self.close_reason is None:
            self._writer.write_control(frames.goaway(ErrorCode.NO_ERROR))
        return self.lose("closed by us")

    def _on_settings(self, flags: int, sid: int, payload: bytes, _events: Events[Tag]) -> None:
        if sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream")
        if flags & frames.ACK:
            require_payload_size(payload, 0, "SETTINGS")
            if not self.ready:
                raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
            return
        self._reader.budget.charge_streams(self.in_flight)
        for setting, value in parse_settings(payload).items():
            if not self._writer.apply_setting(setting, value):
                raise ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
        self._write_reply(frames.frame(frames.SETTINGS, frames.ACK, 0))
        self.ready = True

    def _on_push_promise(self, _flags: int, _sid: int, _payload: bytes, _events: Events[Tag]) -> None:
        raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE, which was refused")

    def _on_ping(self, flags: int, sid: int, payload: bytes, _events: Events[Tag]) -> None:
        require_payload_size(payload, 8, "PING")
        if sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "PING on a stream")
        if flags & frames.ACK:
            self.ping_pending = False
        else:
            self._write_reply(frames.frame(frames.PING, frames.ACK, 0, payload))

    def _on_goaway(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream")
        if len(payload) < 8:
            raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "GOAWAY too short")
        last, code = frames.read_goaway(payload)
        self.goaway = Goaway(code, payload[8:])
        self._reader.budget.charge_streams(self.in_flight)
        # A later GOAWAY may lower the last stream id, never raise it (RFC 9113, 6.8).
        self._last_processed = last if self._last_processed is None else min(last, self._last_processed)
        for unprocessed in self._writer.streams_after(self._last_processed):
            stream = self._reader.track(unprocessed)
            if stream is not None and stream.status is None:
                self._reader.drop(unprocessed, stream)
                events.refused.append(stream.tag)

    def _on_window_update(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        require_payload_size(payload, 4, "WINDOW_UPDATE")
        increment = frames.read_uint32(payload) & frames.MAX_WINDOW
        if increment >= SMALL_FRAME and self._writer.has_unsent_bodies:
            self._reader.budget.excuse_idle_frame()
        if sid == 0:
            if increment == 0:
                raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of nothing")
            if not self._writer.add_to_window(increment):
                raise ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
            return
        self._reader.require_opened(sid)
        stream = self._reader.track(sid)
        if stream is None:
            return
        stream.send_window += increment
        if increment == 0:
            self._reader.reset(sid, stream, "WINDOW_UPDATE of nothing", events)
        elif stream.send_window > frames.MAX_WINDOW:
            self._reader.reset(
                sid, stream, "a window larger than allowed", events, code=ErrorCode.FLOW_CONTROL_ERROR
            )

    def _end_streams(self, cause: str, events: Events[Tag]) -> None:
        self.close_reason = cause = f"{cause} after {self.goaway}" if self.goaway else cause
        for sid in self._writer.streams_after(0):
            stream = self._reader.track(sid)
            if stream is not None:
                self._reader.end(sid, stream, cause, events)

    def _write_reply(self, data: bytes) -> None:
        if self._writer.unwritten_control_bytes > _MAX_UNWRITTEN_REPLIES:
            raise ProtocolError(
                ErrorCode.ENHANCE_YOUR_CALM, "more replies to PING and SETTINGS than it reads"
            )
        self._writer.write_control(data)
