"""Reads a connection's frames and reports the results of requests (RFC 9113, sections 4 to 6, 8).

Of a plain response 200, one byte of the header block is read. Every other frame goes to a handler.
"""

from collections.abc import Callable, Mapping
from typing import Final, Generic

from pushgate.http2 import frames
from pushgate.http2.events import Events, Tag
from pushgate.http2.field_sections import MAX_SECTION, FieldSectionDecoder
from pushgate.http2.frames import DATA, HEADERS, WINDOW_UPDATE, ErrorCode, error_name
from pushgate.http2.protocol_errors import (
    MalformedResponse,
    ProtocolError,
    require_payload_size,
    without_padding,
)
from pushgate.http2.receive_window import MAX_HELD, UPDATE_BELOW, ReceiveWindow
from pushgate.http2.request_writer import RequestWriter
from pushgate.http2.streams import Stream
from pushgate.http2.work_budget import WorkBudget

_MAX_CONTINUATIONS = 64
"""CONTINUATION frames of a header section."""
_STATUS_200: Final = 0x88
"""First byte of a header block that begins with :status 200 (RFC 7541, appendix A)."""
_COMPLETE: Final = frames.END_HEADERS | frames.END_STREAM

Handler = Callable[[int, int, bytes, Events[Tag]], None]
"""Handles a frame: its flags, stream id and payload. Raises ProtocolError."""


class ResponseReader(Generic[Tag]):
    """Reads frames and reports the results of requests."""

    def __init__(self, writer: RequestWriter[Tag], handlers: Mapping[int, Handler[Tag]]) -> None:
        """`handlers`, by frame type, take the frames that concern the connection as a whole."""
        self._writer = writer
        self.budget = WorkBudget()
        self._window = ReceiveWindow()
        self._sections = FieldSectionDecoder(self.budget)
        self._unread = b""
        self.has_unread = False
        """Whether received bytes wait for the next turn of the event loop."""
        self._partial_section: tuple[int, bool, bytearray] | None = None
        self._continuations = 0
        self._got_200: set[int] = set()
        """The writer's untracked streams whose 200 has come."""
        self._got_settings = False
        self._handlers: dict[int, Handler[Tag]] = {
            **handlers,
            frames.DATA: self._on_data,
            frames.HEADERS: self._on_headers,
            frames.PRIORITY: self._on_priority,
            frames.RST_STREAM: self._on_rst_stream,
            frames.CONTINUATION: self._on_continuation,
        }

    def read(self, data: bytes, events: Events[Tag]) -> None:
        """Take bytes and add the requests that have ended. Raises ProtocolError.

        Bytes that cause more work than one turn of the event loop may do are kept:
        see `has_unread`.
        """
        if self._unread:
            data = self._unread + data
        budget, window = self.budget, self._window
        budget.work = 0
        at = self._read_frames(data, events)
        self._unread = data[at:]
        self.has_unread = at < len(data) and budget.exhausted
        if window.available <= UPDATE_BELOW and (grant := window.grant()):
            self._writer.write_control(grant)
        if events.succeeded or events.responses:
            self._writer.raise_max_streams()
            budget.record_progress()

    def _read_frames(self, data: bytes, events: Events[Tag]) -> int:  # noqa: C901, PLR0912  # hot loop: a call per frame would cost more than the rest of it
        """Read frames until bytes or budget run out; return how many bytes were read."""
        size, at = len(data), 0
        window, budget = self._window, self.budget
        unpack, untracked, got_200, succeeded = (
            frames.FRAME_HEADER.unpack_from,
            self._writer.untracked,
            self._got_200,
            events.succeeded,
        )
        while size - at >= 9:
            high, low, kind, flags, sid = unpack(data, at)
            length = high << 16 | low
            start = at + 9
            at = start + length
            if length > frames.DEFAULT_FRAME_SIZE:
                raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "a frame longer than allowed")
            if at > size:
                return start - 9
            if sid in untracked and self._partial_section is None:
                if kind == HEADERS:
                    if length and data[start] == _STATUS_200 and sid not in got_200:
                        if flags == _COMPLETE:
                            succeeded.append(untracked.pop(sid))
                            continue
                        if flags == frames.END_HEADERS:
                            got_200.add(sid)
                            continue
                elif kind == DATA:
                    if flags == frames.END_STREAM and sid in got_200:
                        window.available -= length
                        got_200.remove(sid)
                        succeeded.append(untracked.pop(sid))
                        continue
                elif kind == WINDOW_UPDATE and length == 4 and any(data[start:at]):
                    # The request has been written as a whole: a larger window changes nothing.
                    budget.charge_frame(length)
                    if budget.exhausted:
                        break
                    continue
            self._handle_frame(kind, flags, sid & frames.LAST_STREAM_ID, data[start:at], events)
            if budget.exhausted:
                break
        return at

    def require_opened(self, sid: int) -> None:
        """Raise ProtocolError when the client has not opened this stream."""
        if not sid & 1 or sid >= self._writer.next_stream:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "a frame on a stream that was never opened")

    def track(self, sid: int) -> Stream[Tag] | None:
        """The state of a stream, kept from now on; None when the stream is closed."""
        stream = self._writer.track(sid)
        if stream is not None and sid in self._got_200:
            self._got_200.remove(sid)
            stream.status = 200
        return stream

    def reset(
        self,
        sid: int,
        stream: Stream[Tag],
        cause: str,
        events: Events[Tag],
        *,
        code: ErrorCode = ErrorCode.PROTOCOL_ERROR,
    ) -> None:
        """Treat a stream error: the peer broke the protocol on one stream (RFC 9113, 5.4.2)."""
        self._writer.write_control(frames.rst_stream(sid, code))
        self.end(sid, stream, f"protocol error by the server: {cause}", events)

    def end(self, sid: int, stream: Stream[Tag], cause: str, events: Events[Tag]) -> None:
        """End a stream whose response cannot be completed."""
        self.drop(sid, stream)
        if stream.succeeded:  # the status is known, and nothing else is wanted
            events.succeeded.append(stream.tag)
        else:
            events.unanswered.append((stream.tag, cause))

    def drop(self, sid: int, stream: Stream[Tag]) -> None:
        """Forget a stream on which the peer may still send data."""
        self._window.expect_late_data(stream.received)
        self._remove(sid, stream)

    def _remove(self, sid: int, stream: Stream[Tag]) -> None:
        self._writer.remove(sid)
        self._window.held -= stream.held_bytes
        self.budget.record_progress()

    def _handle_frame(self, kind: int, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if not self._got_settings and kind != frames.SETTINGS:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
        self._got_settings = True
        self.budget.charge_frame(len(payload))
        if self._partial_section is not None and kind != frames.CONTINUATION:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "a header section is interrupted")
        handler = self._handlers.get(kind)
        if handler is not None:  # unknown types are ignored (RFC 9113, 4.1)
            handler(flags, sid, payload, events)

    def _on_data(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        self.require_opened(sid)
        self._window.available -= len(payload)
        stream = self.track(sid)
        if stream is None:
            self._window.count_late_data(len(payload))
            return
        ends_stream, held_before = bool(flags & frames.END_STREAM), stream.held_bytes
        try:
            full = stream.receive_data(without_padding(flags, payload), len(payload), ends_stream=ends_stream)
        except MalformedResponse as error:
            self._window.held += stream.held_bytes - held_before
            self.reset(sid, stream, str(error), events)
            return
        self._window.held += stream.held_bytes - held_before
        if ends_stream or full:
            self._finish(sid, stream, events, complete=ends_stream)
        else:
            self._limit_held_bytes(events)

    def _on_headers(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        self.require_opened(sid)
        fragment = without_padding(flags, payload)
        if flags & frames.WITH_PRIORITY:
            if len(fragment) < 5:
                raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short for its priority")
            fragment = fragment[5:]
        ends_stream = bool(flags & frames.END_STREAM)
        if flags & frames.END_HEADERS:
            self._receive_section(sid, fragment, events, ends_stream=ends_stream)
        else:
            self._partial_section, self._continuations = (sid, ends_stream, bytearray(fragment)), 0

    def _on_continuation(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if self._partial_section is None or self._partial_section[0] != sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS")
        _, ends_stream, block = self._partial_section
        # a longer block fails when it is complete, and only its stream with it
        if len(block) <= MAX_SECTION:
            block += payload
        self._continuations += 1
        if self._continuations > _MAX_CONTINUATIONS:
            raise ProtocolError(ErrorCode.ENHANCE_YOUR_CALM, "a header section without end")
        if flags & frames.END_HEADERS:
            self._partial_section = None
            self._receive_section(sid, bytes(block), events, ends_stream=ends_stream)

    def _receive_section(self, sid: int, block: bytes, events: Events[Tag], *, ends_stream: bool) -> None:
        stream = self.track(sid)
        if stream is None:
            return  # the stream is closed
        held_before = stream.held_bytes
        try:
            stream.receive_section(self._sections.decode(block), ends_stream=ends_stream)
        except MalformedResponse as error:
            self._window.held += stream.held_bytes - held_before
            self.reset(sid, stream, str(error), events)
            return
        self._window.held += stream.held_bytes - held_before
        if ends_stream:
            self._finish(sid, stream, events)
        else:
            self._limit_held_bytes(events)

    def _on_priority(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if sid == 0:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "PRIORITY on no stream")
        if len(payload) != 5 and (stream := self.track(sid)):
            self.reset(sid, stream, "PRIORITY of a wrong size", events, code=ErrorCode.FRAME_SIZE_ERROR)

    def _on_rst_stream(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        require_payload_size(payload, 4, "RST_STREAM")
        self.require_opened(sid)
        stream = self.track(sid)
        if stream is None:
            return
        code = frames.read_uint32(payload)
        if code == ErrorCode.REFUSED_STREAM and stream.status is None:
            self.drop(sid, stream)
            self._writer.lower_max_streams()
            events.refused.append(stream.tag)
        else:
            self.end(sid, stream, f"stream reset: {error_name(code)}", events)

    def _limit_held_bytes(self, events: Events[Tag]) -> None:
        """While unfinished responses hold too much, truncate the largest and end its stream."""
        while self._window.held > MAX_HELD:
            self.budget.charge_streams(self._writer.in_flight)
            sid, stream = self._writer.largest_response()
            self._finish(sid, stream, events, complete=False)

    def _finish(self, sid: int, stream: Stream[Tag], events: Events[Tag], *, complete: bool = True) -> None:
        """Report a response that is complete, or of which enough has come."""
        if stream.unsent_body is not None or not complete:
            self._writer.write_control(frames.rst_stream(sid, ErrorCode.CANCEL))
        if complete:
            self._remove(sid, stream)
        else:
            self.drop(sid, stream)
        if stream.succeeded:
            events.succeeded.append(stream.tag)
        else:
            events.responses.append((stream.tag, stream.response()))
