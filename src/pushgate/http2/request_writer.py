"""The writing half of a connection: requests in bursts, within the peer's limits (RFC 9113, 5.1, 5.2, 6.9)."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Generic

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.header_blocks import HeaderBlock, HeaderBlockEncoder
from pushgate.http2.streams import Stream, Tag

MAX_STREAMS = 1000
"""Requests in flight on one connection, even if the peer allows more."""
_AT_ONCE = 64 * 1024
"""Bytes of long bodies that are handed out at a time, so that a slow reader is noticed."""
_FIELD_OVERHEAD = 16
"""Bytes that a field takes at most in a header block beside its name and value."""


class RequestWriter(Generic[Tag]):
    """Requests on their way out, and the streams they opened."""

    def __init__(self, encoder: HeaderBlockEncoder, first_stream: int) -> None:
        self._encoder = encoder
        self._out: list[bytes] = []
        self._kept: dict[int, Stream[Tag]] = {}
        self._sending: dict[int, Stream[Tag]] = {}
        self._window = frames.DEFAULT_WINDOW
        self._stream_window = frames.DEFAULT_WINDOW
        self._frame_size = frames.DEFAULT_FRAME_SIZE
        self._max_streams = MAX_STREAMS
        self._ceiling = MAX_STREAMS
        self.plain: dict[int, Tag] = {}
        """Streams whose request is written and of which nothing is kept but the tag; the others have a `Stream`."""
        self.next_stream = first_stream
        self.waiting = 0
        """Bytes of control frames not yet handed out."""

    @property
    def in_flight(self) -> int:
        """Open streams."""
        return len(self.plain) + len(self._kept)

    @property
    def exhausted(self) -> bool:
        """Whether stream ids have run out."""
        return self.next_stream > frames.LAST_STREAM_ID

    @property
    def free(self) -> int:
        """How many streams may be opened now."""
        if self._sending and self._window <= sum(len(s.unsent or b"") for s in self._sending.values()):
            return 0  # what has begun goes first
        return min(
            min(self._max_streams, self._ceiling) - self.in_flight,
            (frames.LAST_STREAM_ID - self.next_stream) // 2 + 1,
        )

    def open(self, template: BurstTemplate, items: Sequence[bytes], tags: Iterable[Tag]) -> int:
        """Begin requests for the first of these items; returns for how many. At least one, if there are any."""
        if not items:
            return 0
        limit = min(self._frame_size, self._stream_window)
        if template.item_in_path_and_body or not self._fits(template, items[0], limit):
            self._open_slowly(template, items[0], next(iter(tags)))
            return 1
        first = self.next_stream
        block = self._encoder.block(template)
        if not block.settled:
            items = items[:1]
        count = (
            self._burst_of_paths(block, items)
            if template.item_in_path
            else self._burst_of_bodies(block, items, limit)
        )
        opened = zip(range(first, self.next_stream, 2), tags, strict=False)
        if template.full_response:
            self._kept.update((sid, Stream(tag, whole=True)) for sid, tag in opened)
        else:
            self.plain.update(opened)
        return count

    @property
    def sending(self) -> bool:
        """Whether bodies wait for a window."""
        return bool(self._sending)

    def data_to_send(self) -> bytes:
        """Everything that is to be written now."""
        if self._sending:
            self._send_bodies()
        data = b"".join(self._out)
        self._out.clear()
        self.waiting = 0
        return data

    def control(self, data: bytes) -> None:
        """Write a frame that no limit concerns."""
        self._out.append(data)
        self.waiting += len(data)

    def attend(self, sid: int) -> Stream[Tag] | None:
        """The stream, kept with its state from now on; None when it is not open."""
        stream = self._kept.get(sid)
        if stream is None and sid in self.plain:
            stream = self._kept[sid] = Stream(self.plain.pop(sid), whole=False)
        return stream

    def forget(self, sid: int) -> None:
        """The stream is over. It must be attended."""
        del self._kept[sid]
        self._sending.pop(sid, None)

    def largest(self) -> tuple[int, Stream[Tag]]:
        """Of the streams that are kept with their state, the one whose response holds most."""
        return max(self._kept.items(), key=lambda item: item[1].size)

    def after(self, last: int) -> list[int]:
        """Open streams with a higher id than this, in order."""
        return sorted(sid for sid in chain(self.plain, self._kept) if sid > last)

    def before(self, sid: int) -> list[int]:
        """Open streams with a lower id than this."""
        return [older for older in chain(self.plain, self._kept) if older < sid]

    def streams(self, wanted: Callable[[Tag], bool]) -> list[int]:
        """Open streams whose tag is wanted."""
        plain = [sid for sid, tag in self.plain.items() if wanted(tag)]
        return plain + [sid for sid, stream in self._kept.items() if wanted(stream.tag)]

    def lower_ceiling(self) -> None:
        """The peer refused a stream: it takes no more than it has now, whatever it said."""
        self._ceiling = max(1, min(self._ceiling, self.in_flight))

    def raise_ceiling(self) -> None:
        """The peer answers: it may be tried with one more."""
        self._ceiling = min(self._ceiling + 1, MAX_STREAMS)

    def widen(self, increment: int) -> bool:
        """The peer takes more on the connection; False when that is more than may be."""
        self._window += increment
        return self._window <= frames.MAX_WINDOW

    def apply(self, setting: int, value: int) -> bool:
        """One of the peer's settings, checked by itself; False when it makes a window too large."""
        if setting == frames.HEADER_TABLE_SIZE:
            self._encoder.set_table_size(value)
        elif setting == frames.MAX_CONCURRENT_STREAMS:
            self._max_streams = min(value, MAX_STREAMS)
        elif setting == frames.MAX_FRAME_SIZE:
            self._frame_size = value
        elif setting == frames.INITIAL_WINDOW_SIZE:
            for stream in self._sending.values():
                stream.window += value - self._stream_window
                if stream.window > frames.MAX_WINDOW:
                    return False
            self._stream_window = value
        return True

    def _fits(self, template: BurstTemplate, item: bytes, limit: int) -> bool:
        """Whether the request is one HEADERS and one DATA frame that may be sent now."""
        size = len(template.body_prefix) + (
            0 if template.item_in_path else len(item) + len(template.body_suffix)
        )
        return (
            size <= limit and size <= self._window and _head_size(template, item) <= frames.DEFAULT_FRAME_SIZE
        )

    def _burst_of_paths(self, block: HeaderBlock, items: Sequence[bytes]) -> int:
        out, cuts, cut = self._out, block.cuts, block.cut_path
        body = block.template.body_prefix
        sid, window, size = self.next_stream, self._window, len(body)
        longest = frames.DEFAULT_FRAME_SIZE - _head_size(block.template, b"")
        for item in items:
            if size > window or len(item) > longest:
                break
            window -= size
            head, start, end = cuts.get(len(item)) or cut(len(item))
            number = sid.to_bytes(4, "big")
            out += (head, number, start, item, end, number, body)
            sid += 2
        return self._begun(sid, window)

    def _burst_of_bodies(self, block: HeaderBlock, items: Sequence[bytes], limit: int) -> int:
        out, cuts, cut = self._out, block.cuts, block.cut_body
        before, after = block.template.body_prefix, block.template.body_suffix
        sid, window, shared = self.next_stream, self._window, len(before) + len(after)
        for item in items:
            size = shared + len(item)
            if size > window or size > limit:
                break
            window -= size
            head, middle, _ = cuts.get(len(item)) or cut(len(item))
            number = sid.to_bytes(4, "big")
            out += (head, number, middle, number, before, item, after)
            sid += 2
        return self._begun(sid, window)

    def _begun(self, next_stream: int, window: int) -> int:
        count = (next_stream - self.next_stream) // 2
        self.next_stream, self._window = next_stream, window
        return count

    def _open_slowly(self, template: BurstTemplate, item: bytes, tag: Tag) -> None:
        """A request that is made by itself: path and body differ, or one of them needs several frames or must wait for a
        window."""
        sid, self.next_stream = self.next_stream, self.next_stream + 2
        block = self._encoder.block(template).headers(item)
        pieces = [block[at : at + self._frame_size] for at in range(0, len(block), self._frame_size)]
        for index, piece in enumerate(pieces):
            kind = frames.CONTINUATION if index else frames.HEADERS
            flags = frames.END_HEADERS if index == len(pieces) - 1 else 0
            self._out.append(frames.frame(kind, flags, sid, piece))
        stream = Stream(tag, whole=template.full_response)
        stream.unsent, stream.window = memoryview(template.path_and_body(item)[1]), self._stream_window
        self._kept[sid] = self._sending[sid] = stream

    def _send_bodies(self) -> None:
        """As much of the waiting bodies as the windows take, some of each in turn, but not all of it at once."""
        room = _AT_ONCE
        moved = True
        while moved and room > 0:
            moved = False
            for sid, stream in list(self._sending.items()):
                assert stream.unsent is not None
                size = min(len(stream.unsent), self._frame_size, max(stream.window, 0), max(self._window, 0))
                if not size and len(stream.unsent):
                    continue
                last = size == len(stream.unsent)
                self._out.append(
                    frames.frame(
                        frames.DATA, frames.END_STREAM if last else 0, sid, bytes(stream.unsent[:size])
                    )
                )
                stream.unsent = None if last else stream.unsent[size:]
                stream.window -= size
                self._window -= size
                room -= size
                moved = True
                if last:
                    del self._sending[sid]


def _head_size(template: BurstTemplate, item: bytes) -> int:
    """What the header section takes at most as a block."""
    fixed = sum(len(name) + len(value) + _FIELD_OVERHEAD for name, value in template.headers)
    return fixed + len(template.path) + (len(item) if template.item_in_path else 0) + 512
