"""The reading half of a connection: frames in, ends of requests out (RFC 9113, sections 4 to 6, 8).

Of a response that is a plain 200 one byte is looked at. Everything else takes the thorough road.
"""

from collections.abc import Callable, Mapping
from typing import Final, Generic

from pushgate.http2 import frames
from pushgate.http2.events import Events
from pushgate.http2.field_sections import MAX_SECTION, FieldSectionDecoder
from pushgate.http2.frames import DATA, HEADERS, WINDOW_UPDATE, ErrorCode, error_name
from pushgate.http2.protocol_errors import Malformed, ProtocolError, require_size, unpadded
from pushgate.http2.receive_window import MAX_HELD, UPDATE_BELOW, ReceiveWindow
from pushgate.http2.request_writer import RequestWriter
from pushgate.http2.streams import Stream, Tag
from pushgate.http2.work_budget import WorkBudget

_MAX_PIECES = 64
"""CONTINUATION frames of a header section."""
_STATUS_200: Final = 0x88
"""A header block that begins so begins with :status 200 (RFC 7541, appendix A)."""
_WHOLE: Final = frames.END_HEADERS | frames.END_STREAM

Handler = Callable[[int, int, bytes, Events[Tag]], None]
"""Takes a frame: its flags, stream id and payload. Raises Violation."""


class ResponseReader(Generic[Tag]):
    """Responses on their way in."""

    def __init__(self, writer: RequestWriter[Tag], handlers: Mapping[int, Handler[Tag]]) -> None:
        """`handlers`, by type of frame, take what concerns the connection as a whole."""
        self._writer = writer
        self.effort = WorkBudget()
        self._window = ReceiveWindow()
        self._sections = FieldSectionDecoder(self.effort)
        self._rest = b""
        self.behind = False
        """Whether bytes that came wait for the next turn of the event loop."""
        self._section: tuple[int, bool, bytearray] | None = None
        self._pieces = 0
        self._seen: set[int] = set()
        """Of the writer's plain streams, those whose 200 has come."""
        self._greeted = False
        self._handlers: dict[int, Handler[Tag]] = {
            **handlers,
            frames.DATA: self._on_data,
            frames.HEADERS: self._on_headers,
            frames.PRIORITY: self._on_priority,
            frames.RST_STREAM: self._on_rst_stream,
            frames.CONTINUATION: self._on_continuation,
        }

    def read(self, data: bytes, events: Events[Tag]) -> None:  # noqa: C901, PLR0912  # the hot loop: a call costs more than the rest
        """Take bytes; add what has come to its end. Raises Violation.

        When bytes make more work than one turn of the event loop should have, the rest of them waits: see `behind`.
        """
        if self._rest:
            data = self._rest + data
        size, at = len(data), 0
        window, effort = self._window, self.effort
        effort.work = 0
        unpack, plain, seen, taken = (
            frames.FRAME_HEAD.unpack_from,
            self._writer.plain,
            self._seen,
            events.taken,
        )
        while size - at >= 9:
            high, low, kind, flags, sid = unpack(data, at)
            length = high << 16 | low
            start = at + 9
            at = start + length
            if length > frames.DEFAULT_FRAME_SIZE:
                raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "a frame longer than allowed")
            if at > size:
                at = start - 9
                break
            if sid in plain and self._section is None:
                if kind == HEADERS:
                    if length and data[start] == _STATUS_200 and sid not in seen:
                        if flags == _WHOLE:
                            taken.append(plain.pop(sid))
                            continue
                        if flags == frames.END_HEADERS:
                            seen.add(sid)
                            continue
                elif kind == DATA:
                    if flags == frames.END_STREAM and sid in seen:
                        window.credit -= length
                        seen.remove(sid)
                        taken.append(plain.pop(sid))
                        continue
                elif kind == WINDOW_UPDATE and length == 4 and any(data[start:at]):
                    # All of the request has been sent: more room for it changes nothing.
                    effort.take_frame(length)
                    if effort.spent:
                        break
                    continue
            self._take(kind, flags, sid & frames.LAST_STREAM_ID, data[start:at], events)
            if effort.spent:
                break
        self._rest = data[at:]
        self.behind = at < size and effort.spent
        if window.credit <= UPDATE_BELOW and (grant := window.grant()):
            self._writer.control(grant)
        if taken or events.answers:
            self._writer.raise_ceiling()
            effort.progress()

    def require_begun(self, sid: int) -> None:
        """Raise Violation when the stream has not been opened, or cannot be."""
        if not sid & 1 or sid >= self._writer.next_stream:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "a frame on a stream that was never opened")

    def attend(self, sid: int) -> Stream[Tag] | None:
        """The stream, with its state from now on looked after; None when it is over."""
        stream = self._writer.attend(sid)
        if stream is not None and sid in self._seen:
            self._seen.remove(sid)
            stream.status = 200
        return stream

    def fail(
        self,
        sid: int,
        stream: Stream[Tag],
        cause: str,
        events: Events[Tag],
        code: ErrorCode = ErrorCode.PROTOCOL_ERROR,
    ) -> None:
        """The peer broke the rules on one stream (RFC 9113, 5.4.2)."""
        self._writer.control(frames.rst_stream(sid, code))
        self.lose(sid, stream, f"protocol error by the server: {cause}", events)

    def lose(self, sid: int, stream: Stream[Tag], cause: str, events: Events[Tag]) -> None:
        """No more will come of a stream."""
        self.drop(sid, stream)
        if stream.taken:  # the rest of that answer would not have been looked at
            events.taken.append(stream.tag)
        else:
            events.unanswered.append((stream.tag, cause))

    def drop(self, sid: int, stream: Stream[Tag]) -> None:
        """The stream is over, and its end tells nothing of whether the peer sends more on it."""
        self._window.expect_late(stream.received)
        self._forget(sid, stream)

    def _forget(self, sid: int, stream: Stream[Tag]) -> None:
        self._writer.forget(sid)
        self._window.held -= stream.size
        self.effort.progress()

    def _take(self, kind: int, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if not self._greeted and kind != frames.SETTINGS:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
        self._greeted = True
        self.effort.take_frame(len(payload))
        if self._section is not None and kind != frames.CONTINUATION:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "a header section is interrupted")
        handler = self._handlers.get(kind)
        if handler is not None:  # unknown types are ignored (RFC 9113, 4.1)
            handler(flags, sid, payload, events)

    def _on_data(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        self.require_begun(sid)
        self._window.credit -= len(payload)
        stream = self.attend(sid)
        if stream is None:
            self._window.take_late(len(payload))
            return
        last, before = bool(flags & frames.END_STREAM), stream.size
        try:
            full = stream.take_data(unpadded(flags, payload), len(payload), last=last)
        except Malformed as error:
            self._window.held += stream.size - before
            self.fail(sid, stream, str(error), events)
            return
        self._window.held += stream.size - before
        if last or full:
            self._finish(sid, stream, events, answered=last)
        else:
            self._hold_less(events)

    def _on_headers(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        self.require_begun(sid)
        block = unpadded(flags, payload)
        if flags & frames.WITH_PRIORITY:
            if len(block) < 5:
                raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short for its priority")
            block = block[5:]
        last = bool(flags & frames.END_STREAM)
        if flags & frames.END_HEADERS:
            self._on_section(sid, block, events, last=last)
        else:
            self._section, self._pieces = (sid, last, bytearray(block)), 0

    def _on_continuation(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if self._section is None or self._section[0] != sid:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS")
        _, last, block = self._section
        if len(block) <= MAX_SECTION:  # else it fails once it is over, and its stream alone
            block += payload
        self._pieces += 1
        if self._pieces > _MAX_PIECES:
            raise ProtocolError(ErrorCode.ENHANCE_YOUR_CALM, "a header section without end")
        if flags & frames.END_HEADERS:
            self._section = None
            self._on_section(sid, bytes(block), events, last=last)

    def _on_section(self, sid: int, block: bytes, events: Events[Tag], *, last: bool) -> None:
        stream = self.attend(sid)
        if stream is None:
            return  # of a stream that is over
        before = stream.size
        try:
            stream.take_section(self._sections.decode(block), last=last)
        except Malformed as error:
            self._window.held += stream.size - before
            self.fail(sid, stream, str(error), events)
            return
        self._window.held += stream.size - before
        if last:
            self._finish(sid, stream, events)
        else:
            self._hold_less(events)

    def _on_priority(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if sid == 0:
            raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "PRIORITY on no stream")
        if len(payload) != 5 and (stream := self.attend(sid)):
            self.fail(sid, stream, "PRIORITY of a wrong size", events, ErrorCode.FRAME_SIZE_ERROR)

    def _on_rst_stream(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        require_size(payload, 4, "RST_STREAM")
        self.require_begun(sid)
        stream = self.attend(sid)
        if stream is None:
            return
        code = frames.number(payload)
        if code == ErrorCode.REFUSED_STREAM and stream.status is None:
            self.drop(sid, stream)
            self._writer.lower_ceiling()
            events.refused.append(stream.tag)
        else:
            self.lose(sid, stream, f"stream reset: {error_name(code)}", events)

    def _hold_less(self, events: Events[Tag]) -> None:
        """While unfinished answers hold too much, end the largest as far as it came and read no more of it."""
        while self._window.held > MAX_HELD:
            self.effort.visit(self._writer.in_flight)
            sid, stream = self._writer.largest()
            self._finish(sid, stream, events, answered=False)

    def _finish(self, sid: int, stream: Stream[Tag], events: Events[Tag], *, answered: bool = True) -> None:
        """The response is complete, or enough of it is known."""
        if stream.unsent is not None or not answered:
            self._writer.control(frames.rst_stream(sid, ErrorCode.CANCEL))
        if answered:
            self._forget(sid, stream)
        else:
            self.drop(sid, stream)
        if stream.taken:
            events.taken.append(stream.tag)
        else:
            events.answers.append((stream.tag, stream.answer()))
