"""One HTTP/2 connection, client's side, without I/O: bytes in, ends of requests out (RFC 9113).

Made for sending one request very many times. Requests are written as joined bytes, without an object for each; of a
response that is a plain 200 one byte is looked at. Everything else takes the thorough road (`pushgate.http2.streams`).
HEADER_TABLE_SIZE 0 is announced: header sections of responses then share no state, and may be skipped.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, Generic

from hpack import Decoder, HPACKError, OversizedHeaderListError

from pushgate.http2 import frames
from pushgate.http2.events import Events
from pushgate.http2.exchange import MAX_ANSWER, Template
from pushgate.http2.fields import BlockEncoder
from pushgate.http2.frames import DATA, HEADERS, WINDOW_UPDATE, ErrorCode, error_name
from pushgate.http2.requests import RequestWriter
from pushgate.http2.streams import Malformed, Stream, Tag

MAX_FIELDS = 64 * 1024
"""Bytes of a header section that are taken, as they come and decoded."""
RECEIVE_WINDOW = 16 * 1024 * 1024
"""Bytes of answers that may be on their way on a connection."""
_MAX_UNSENT = 1024 * 1024
"""Bytes of replies to PING and SETTINGS that wait: a peer that asks for more reads nothing itself."""
_MAX_PIECES = 64
"""CONTINUATION frames of a header section."""
_STATUS_200: Final = 0x88
"""A header block that begins so begins with :status 200 (RFC 7541, appendix A)."""
_WHOLE: Final = frames.END_HEADERS | frames.END_STREAM


class _Violation(Exception):
    """The peer broke the protocol: the connection ends with this code (RFC 9113, 5.4.1)."""

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection(Generic[Tag]):
    """A connection. Each request is named by a tag of the caller's, and comes to exactly one end."""

    def __init__(self, scheme: bytes, authority: bytes, *, first_stream: int = 1) -> None:
        """`scheme` and `authority` are those of every request. Says hello: there is data to send at once."""
        self._writer: RequestWriter[Tag] = RequestWriter(BlockEncoder(scheme, authority), first_stream)
        self._decoder = Decoder(MAX_FIELDS)
        self._decoder.header_table_size = self._decoder.max_allowed_table_size = 0
        self._rest = b""
        self._section: tuple[int, bool, bytearray] | None = None
        self._pieces = 0
        self._seen: set[int] = set()
        """Of the writer's plain streams, those whose 200 has come."""
        self._credit = RECEIVE_WINDOW
        self._last_taken: int | None = None
        self._handlers: dict[int, Callable[[int, int, bytes, Events[Tag]], None]] = {
            frames.DATA: self._on_data,
            frames.HEADERS: self._on_headers,
            frames.PRIORITY: self._on_priority,
            frames.RST_STREAM: self._on_rst_stream,
            frames.SETTINGS: self._on_settings,
            frames.PUSH_PROMISE: self._on_push_promise,
            frames.PING: self._on_ping,
            frames.GOAWAY: self._on_goaway,
            frames.WINDOW_UPDATE: self._on_window_update,
            frames.CONTINUATION: self._on_continuation,
        }
        self.ready = False
        """Whether the peer's SETTINGS have come: until then its limits are unknown and nothing is sent."""
        self.pinged = False
        """Whether a PING is out that has not come back."""
        self.closed: str | None = None
        """Why the connection is over, if it is."""
        hello = {
            frames.HEADER_TABLE_SIZE: 0,
            frames.ENABLE_PUSH: 0,
            frames.INITIAL_WINDOW_SIZE: MAX_ANSWER,
            frames.MAX_HEADER_LIST_SIZE: MAX_FIELDS,
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

    def open(self, template: Template, items: Sequence[bytes], tags: Iterable[Tag]) -> int:
        """Begin requests, as many as may begin now, and tell how many those were.

        When some are left, ask again: there may be room for them, only not in the same way.
        """
        room = min(self.free, len(items))
        return self._writer.open(template, items[:room], islice(tags, room)) if room > 0 else 0

    def data_to_send(self) -> bytes:
        """What is to be written to the peer now; empty when there is nothing."""
        return self._writer.data_to_send()

    def receive(self, data: bytes) -> Events[Tag]:
        """Take bytes from the peer; returns what has come to its end. Never raises for what a peer sends."""
        events: Events[Tag] = Events()
        if self.closed is None:
            try:
                self._parse(data, events)
            except _Violation as violation:
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
            stream = self._attend(sid)
            if stream is not None:
                self._writer.control(frames.rst_stream(sid, ErrorCode.CANCEL))
                self._lost(sid, stream, cause, events)
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

    def _parse(self, data: bytes, events: Events[Tag]) -> None:  # noqa: C901, PLR0912  # the hot loop: a call costs more than the rest
        if self._rest:
            data = self._rest + data
        size, at = len(data), 0
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
                raise _Violation(ErrorCode.FRAME_SIZE_ERROR, "a frame longer than allowed")
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
                        self._credit -= length
                        seen.remove(sid)
                        taken.append(plain.pop(sid))
                        continue
                elif kind == WINDOW_UPDATE and length == 4 and any(data[start:at]):
                    continue  # all of the request has been sent: more room for it changes nothing
            self._take(kind, flags, sid & frames.LAST_STREAM_ID, data[start:at], events)
        self._rest = data[at:]
        self._grant()
        if taken:
            self._writer.raise_ceiling()

    def _grant(self) -> None:
        """Let the peer send on, now and then."""
        if self._credit < 0:
            raise _Violation(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows")
        if self._credit < RECEIVE_WINDOW // 2:
            self._writer.control(frames.window_update(0, RECEIVE_WINDOW - self._credit))
            self._credit = RECEIVE_WINDOW

    def _take(self, kind: int, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if not self.ready and kind != frames.SETTINGS:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
        if self._section is not None and kind != frames.CONTINUATION:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "a header section is interrupted")
        handler = self._handlers.get(kind)
        if handler is not None:  # unknown types are ignored (RFC 9113, 4.1)
            handler(flags, sid, payload, events)

    def _on_data(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        self._require_begun(sid)
        self._credit -= len(payload)
        stream = self._attend(sid)
        if stream is None:
            return
        last = bool(flags & frames.END_STREAM)
        try:
            full = stream.take_data(_unpadded(flags, payload), len(payload))
        except Malformed as error:
            self._fail(sid, stream, str(error), events)
            return
        if last or full:
            self._finish(sid, stream, events, answered=last)

    def _on_headers(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        self._require_begun(sid)
        block = _unpadded(flags, payload)
        if flags & frames.WITH_PRIORITY:
            if len(block) < 5:
                raise _Violation(ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short for its priority")
            block = block[5:]
        last = bool(flags & frames.END_STREAM)
        if flags & frames.END_HEADERS:
            self._on_section(sid, block, events, last=last)
        else:
            self._section, self._pieces = (sid, last, bytearray(block)), 0

    def _on_continuation(self, flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if self._section is None or self._section[0] != sid:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS")
        _, last, block = self._section
        block += payload
        self._pieces += 1
        if len(block) > MAX_FIELDS or self._pieces > _MAX_PIECES:
            raise _Violation(ErrorCode.ENHANCE_YOUR_CALM, "a header section without end")
        if flags & frames.END_HEADERS:
            self._section = None
            self._on_section(sid, bytes(block), events, last=last)

    def _on_section(self, sid: int, block: bytes, events: Events[Tag], *, last: bool) -> None:
        stream = self._attend(sid)
        if stream is None:
            return  # of a stream that is over; sections share no state, so this one may be skipped
        try:
            fields = [
                (str(k, "latin-1"), str(v, "latin-1")) for k, v in self._decoder.decode(block, raw=True)
            ]
            stream.take_fields(fields, last=last)
        except OversizedHeaderListError:
            self._fail(sid, stream, "header section too large", events)
        except Malformed as error:
            self._fail(sid, stream, str(error), events)
        except HPACKError as error:
            raise _Violation(
                ErrorCode.COMPRESSION_ERROR, "a header section that cannot be decoded"
            ) from error
        else:
            if last:
                self._finish(sid, stream, events)

    def _on_priority(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if sid == 0:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "PRIORITY on no stream")
        if len(payload) != 5 and (stream := self._attend(sid)):
            self._fail(sid, stream, "PRIORITY of a wrong size", events, ErrorCode.FRAME_SIZE_ERROR)

    def _on_rst_stream(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        _require_size(payload, 4, "RST_STREAM")
        self._require_begun(sid)
        stream = self._attend(sid)
        if stream is None:
            return
        code = frames.number(payload)
        if code == ErrorCode.REFUSED_STREAM and stream.status is None:
            self._writer.forget(sid)
            self._writer.lower_ceiling()
            events.refused.append(stream.tag)
        else:
            self._lost(sid, stream, f"stream reset: {error_name(code)}", events)

    def _on_settings(self, flags: int, sid: int, payload: bytes, _events: Events[Tag]) -> None:
        if sid:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream")
        if flags & frames.ACK:
            _require_size(payload, 0, "SETTINGS")
            if not self.ready:
                raise _Violation(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
            return
        if len(payload) % 6:
            raise _Violation(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS of a wrong size")
        for setting, value in frames.read_settings(payload):
            _check_setting(setting, value)
            if not self._writer.apply(setting, value):
                raise _Violation(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
        self._reply(frames.frame(frames.SETTINGS, frames.ACK, 0))
        self.ready = True

    def _on_push_promise(self, _flags: int, _sid: int, _payload: bytes, _events: Events[Tag]) -> None:
        raise _Violation(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE, which was refused")

    def _on_ping(self, flags: int, sid: int, payload: bytes, _events: Events[Tag]) -> None:
        _require_size(payload, 8, "PING")
        if sid:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "PING on a stream")
        if flags & frames.ACK:
            self.pinged = False
        else:
            self._reply(frames.frame(frames.PING, frames.ACK, 0, payload))

    def _on_goaway(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        if sid:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream")
        if len(payload) < 8:
            raise _Violation(ErrorCode.FRAME_SIZE_ERROR, "GOAWAY too short")
        last, _ = frames.read_goaway(payload)
        # A later one may take back more, never less (RFC 9113, 6.8).
        self._last_taken = last if self._last_taken is None else min(last, self._last_taken)
        for begun in self._writer.after(self._last_taken):
            stream = self._attend(begun)
            if stream is not None and stream.status is None:
                self._writer.forget(begun)
                events.refused.append(stream.tag)

    def _on_window_update(self, _flags: int, sid: int, payload: bytes, events: Events[Tag]) -> None:
        _require_size(payload, 4, "WINDOW_UPDATE")
        increment = frames.number(payload) & frames.MAX_WINDOW
        if sid == 0:
            if increment == 0:
                raise _Violation(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of nothing")
            if not self._writer.widen(increment):
                raise _Violation(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
            return
        self._require_begun(sid)
        stream = self._attend(sid)
        if stream is None:
            return
        stream.window += increment
        if increment == 0:
            self._fail(sid, stream, "WINDOW_UPDATE of nothing", events)
        elif stream.window > frames.MAX_WINDOW:
            self._fail(sid, stream, "a window larger than allowed", events, ErrorCode.FLOW_CONTROL_ERROR)

    def _require_begun(self, sid: int) -> None:
        """Raise when the stream has not been opened, or cannot be."""
        if not sid & 1 or sid >= self._writer.next_stream:
            raise _Violation(ErrorCode.PROTOCOL_ERROR, "a frame on a stream that was never opened")

    def _attend(self, sid: int) -> Stream[Tag] | None:
        """The stream, with its state from now on looked after; None when it is over."""
        stream = self._writer.attend(sid)
        if stream is not None and sid in self._seen:
            self._seen.remove(sid)
            stream.status = 200
        return stream

    def _finish(self, sid: int, stream: Stream[Tag], events: Events[Tag], *, answered: bool = True) -> None:
        """The response is complete, or enough of it is known."""
        if stream.unsent is not None or not answered:
            self._writer.control(frames.rst_stream(sid, ErrorCode.CANCEL))
        self._writer.forget(sid)
        if stream.taken:
            events.taken.append(stream.tag)
        else:
            events.answers.append((stream.tag, stream.answer()))

    def _fail(
        self,
        sid: int,
        stream: Stream[Tag],
        cause: str,
        events: Events[Tag],
        code: ErrorCode = ErrorCode.PROTOCOL_ERROR,
    ) -> None:
        """The peer broke the rules on one stream (RFC 9113, 5.4.2)."""
        self._writer.control(frames.rst_stream(sid, code))
        self._lost(sid, stream, f"protocol error by the server: {cause}", events)

    def _lost(self, sid: int, stream: Stream[Tag], cause: str, events: Events[Tag]) -> None:
        self._writer.forget(sid)
        if stream.taken:  # the rest of that answer would not have been looked at
            events.taken.append(stream.tag)
        else:
            events.unanswered.append((stream.tag, cause))

    def _end_all(self, cause: str, events: Events[Tag]) -> None:
        self.closed = cause
        for sid in self._writer.after(0):
            stream = self._attend(sid)
            if stream is not None:
                self._lost(sid, stream, cause, events)
        self._rest = b""

    def _reply(self, data: bytes) -> None:
        if self._writer.waiting > _MAX_UNSENT:
            raise _Violation(ErrorCode.ENHANCE_YOUR_CALM, "it asks without reading the replies")
        self._writer.control(data)


def _unpadded(flags: int, payload: bytes) -> bytes:
    if not flags & frames.PADDED:
        return payload
    if not payload:
        raise _Violation(ErrorCode.FRAME_SIZE_ERROR, "no length of the padding")
    if payload[0] >= len(payload):
        raise _Violation(ErrorCode.PROTOCOL_ERROR, "more padding than frame")
    return payload[1 : len(payload) - payload[0]]


def _require_size(payload: bytes, size: int, name: str) -> None:
    if len(payload) != size:
        raise _Violation(ErrorCode.FRAME_SIZE_ERROR, f"{name} of a wrong size")


def _check_setting(setting: int, value: int) -> None:
    """RFC 9113, 6.5.2."""
    if setting == frames.ENABLE_PUSH and value:
        raise _Violation(ErrorCode.PROTOCOL_ERROR, "a server cannot enable push")
    if setting == frames.INITIAL_WINDOW_SIZE and value > frames.MAX_WINDOW:
        raise _Violation(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
    if setting == frames.MAX_FRAME_SIZE and not frames.DEFAULT_FRAME_SIZE <= value < 2**24:
        raise _Violation(ErrorCode.PROTOCOL_ERROR, "MAX_FRAME_SIZE out of its bounds")
