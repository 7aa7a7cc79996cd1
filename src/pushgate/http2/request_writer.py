"""The writing half of a connection:
bursts of requests within the peer's limits (RFC 9113, 5.1, 5.2, 6.9).

Templates and items come in, bytes go out. Keeps the open streams; knows nothing of responses.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Generic, cast

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate, Item, RequestItem
from pushgate.http2.events import Tag
from pushgate.http2.header_blocks import HeaderBlock, HeaderBlockEncoder, encode_fields
from pushgate.http2.streams import Stream

MAX_STREAMS = 1000
"""Requests in flight on one connection, even if the peer allows more."""
_MAX_BODY_BYTES_PER_WRITE = 64 * 1024
"""Bytes of long bodies in one write, so that backpressure of a slow reader takes effect."""
_FIELD_OVERHEAD = 16
"""Bytes that a field takes at most in a header block beside its name and value."""
_OTHER_FIELDS = 512
"""The same for the pseudo-header fields and content-length together."""


class RequestWriter(Generic[Tag]):
    """Writes requests and keeps the streams that they opened."""

    def __init__(self, encoder: HeaderBlockEncoder, first_stream: int) -> None:
        self._encoder = encoder
        self._buffers: list[bytes] = []
        self._tracked: dict[int, Stream[Tag]] = {}
        self._sending: dict[int, Stream[Tag]] = {}
        self._window = frames.DEFAULT_WINDOW
        self._stream_window = frames.DEFAULT_WINDOW
        self._frame_size = frames.DEFAULT_FRAME_SIZE
        self._peer_max_streams = MAX_STREAMS
        self._own_max_streams = MAX_STREAMS
        self.untracked: dict[int, Tag] = {}
        """Streams whose request is written and of which only the tag is kept.
        The others have a `Stream`."""
        self.next_stream = first_stream
        self.unwritten_control_bytes = 0

    @property
    def in_flight(self) -> int:
        """Number of open streams."""
        return len(self.untracked) + len(self._tracked)

    @property
    def exhausted(self) -> bool:
        """Whether stream ids have run out."""
        return self.next_stream > frames.LAST_STREAM_ID

    @property
    def available_streams(self) -> int:
        """How many streams may be opened now."""
        if self._sending and self._window <= sum(len(s.unsent_body or b"") for s in self._sending.values()):
            return 0  # bodies that have begun go first
        return min(
            min(self._peer_max_streams, self._own_max_streams) - self.in_flight,
            (frames.LAST_STREAM_ID - self.next_stream) // 2 + 1,
        )

    @property
    def has_unsent_bodies(self) -> bool:
        """Whether bodies wait for a window."""
        return bool(self._sending)

    def open_streams(self, template: BurstTemplate, items: Sequence[Item], tags: Iterable[Tag]) -> int:
        """Write requests for the first of these items; return for how many.
        At least one, if there are any."""
        if not items:
            return 0
        max_body = min(self._frame_size, self._stream_window)
        if not self._fits_two_frames(template, items[0], max_body):
            self._open_long_stream(template, items[0], next(iter(tags)))
            return 1
        first = self.next_stream
        block = self._encoder.block(template)
        if not block.reusable:
            items = items[:1]
        count = self._write_burst(block, items, max_body)
        opened = zip(range(first, self.next_stream, 2), tags, strict=False)
        if template.full_response:
            self._tracked.update((sid, Stream(tag, full_response=True)) for sid, tag in opened)
        else:
            self.untracked.update(opened)
        return count

    def data_to_send(self) -> bytes:
        """All bytes that are to be written now."""
        if self._sending:
            self._write_bodies()
        data = b"".join(self._buffers)
        self._buffers.clear()
        self.unwritten_control_bytes = 0
        return data

    def write_control(self, data: bytes) -> None:
        """Write a frame that is exempt from flow control."""
        self._buffers.append(data)
        self.unwritten_control_bytes += len(data)

    def track(self, sid: int) -> Stream[Tag] | None:
        """The state of a stream, kept from now on; None when the stream is not open."""
        stream = self._tracked.get(sid)
        if stream is None and sid in self.untracked:
            stream = self._tracked[sid] = Stream(self.untracked.pop(sid), full_response=False)
        return stream

    def remove(self, sid: int) -> None:
        """Forget a tracked stream that has ended."""
        del self._tracked[sid]
        self._sending.pop(sid, None)

    def largest_response(self) -> tuple[int, Stream[Tag]]:
        """The tracked stream whose response holds most memory."""
        return max(self._tracked.items(), key=lambda item: item[1].held_bytes)

    def streams_after(self, sid: int) -> list[int]:
        """Open streams with a higher id than this, in order."""
        return sorted(newer for newer in chain(self.untracked, self._tracked) if newer > sid)

    def streams_before(self, sid: int) -> list[int]:
        """Open streams with a lower id than this."""
        return [older for older in chain(self.untracked, self._tracked) if older < sid]

    def streams_where(self, matches: Callable[[Tag], bool]) -> list[int]:
        """Open streams whose tag matches."""
        untracked = [sid for sid, tag in self.untracked.items() if matches(tag)]
        return untracked + [sid for sid, stream in self._tracked.items() if matches(stream.tag)]

    def lower_max_streams(self) -> None:
        """The peer refused a stream:
        open no more than are open now, whatever its SETTINGS allow."""
        self._own_max_streams = max(1, min(self._own_max_streams, self.in_flight))

    def raise_max_streams(self) -> None:
        """The peer responds: allow one more stream."""
        self._own_max_streams = min(self._own_max_streams + 1, MAX_STREAMS)

    def add_to_window(self, increment: int) -> bool:
        """Extend the connection's send window; return False when it becomes too large."""
        self._window += increment
        return self._window <= frames.MAX_WINDOW

    def apply_setting(self, setting: int, value: int) -> bool:
        """Apply one valid setting of the peer; return False when it makes a window too large."""
        if setting == frames.HEADER_TABLE_SIZE:
            self._encoder.set_table_size(value)
        elif setting == frames.MAX_CONCURRENT_STREAMS:
            self._peer_max_streams = min(value, MAX_STREAMS)
        elif setting == frames.MAX_FRAME_SIZE:
            self._frame_size = value
        elif setting == frames.INITIAL_WINDOW_SIZE:
            for stream in self._sending.values():
                stream.send_window += value - self._stream_window
                if stream.send_window > frames.MAX_WINDOW:
                    return False
            self._stream_window = value
        return True

    def _fits_two_frames(self, template: BurstTemplate, item: Item, max_body: int) -> bool:
        """Whether the request is one HEADERS and one DATA frame that may be sent now."""
        size, own_block_bytes = len(template.body_prefix) + len(template.body_suffix), 0
        if isinstance(item, RequestItem):
            size += len(item.body)
            own_block_bytes = len(item.path_end) + len(encode_fields(item.headers))
        elif template.item_in_path:
            size, own_block_bytes = len(template.body_prefix), len(item)
        else:
            size += len(item)
        return size <= max_body and size <= self._window and own_block_bytes <= _max_own_block_bytes(template)

    def _write_burst(self, block: HeaderBlock, items: Sequence[Item], max_body: int) -> int:
        """Write requests of two frames each; stop before the first that does not fit."""
        template = block.template
        if template.request_items:
            return self._write_request_burst(block, cast("Sequence[RequestItem]", items), max_body)
        if template.item_in_path:
            return self._write_path_burst(block, cast("Sequence[bytes]", items))
        return self._write_body_burst(block, cast("Sequence[bytes]", items), max_body)

    def _write_path_burst(self, block: HeaderBlock, items: Sequence[bytes]) -> int:
        buffers, parts_by_size, parts_for = self._buffers, block.parts_by_size, block.parts_for_path
        body = block.template.body_prefix
        sid, window, size = self.next_stream, self._window, len(body)
        max_item = _max_own_block_bytes(block.template)
        for item in items:
            if size > window or len(item) > max_item:
                break
            window -= size
            start, before_item, after_item = parts_by_size.get(len(item)) or parts_for(len(item))
            sid_bytes = sid.to_bytes(4, "big")
            buffers += (start, sid_bytes, before_item, item, after_item, sid_bytes, body)
            sid += 2
        return self._advance(sid, window)

    def _write_body_burst(self, block: HeaderBlock, items: Sequence[bytes], max_body: int) -> int:
        buffers, parts_by_size, parts_for = self._buffers, block.parts_by_size, block.parts_for_body
        prefix, suffix = block.template.body_prefix, block.template.body_suffix
        sid, window, constant_size = self.next_stream, self._window, len(prefix) + len(suffix)
        for item in items:
            size = constant_size + len(item)
            if size > window or size > max_body:
                break
            window -= size
            start, middle, _ = parts_by_size.get(len(item)) or parts_for(len(item))
            sid_bytes = sid.to_bytes(4, "big")
            buffers += (start, sid_bytes, middle, sid_bytes, prefix, item, suffix)
            sid += 2
        return self._advance(sid, window)

    def _write_request_burst(self, block: HeaderBlock, items: Sequence[RequestItem], max_body: int) -> int:
        buffers, parts_by_size, paths_by_size = self._buffers, block.parts_by_size, block.paths_by_size
        prefix, suffix = block.template.body_prefix, block.template.body_suffix
        sid, window, constant_size = self.next_stream, self._window, len(prefix) + len(suffix)
        max_own, pack_header = _max_own_block_bytes(block.template), frames.FRAME_HEADER.pack
        for path_end, body, headers in items:
            own_fields = encode_fields(headers) if headers else b""
            size = constant_size + len(body)
            if size > window or size > max_body or len(path_end) + len(own_fields) > max_own:
                break
            window -= size
            path_start = paths_by_size.get(len(path_end)) or block.start_of_path(len(path_end))
            middle, data_start, _ = parts_by_size.get(len(body)) or block.parts_for_request(len(body))
            block_size = len(path_start) + len(path_end) + len(middle) + len(own_fields)
            start = pack_header(0, block_size, frames.HEADERS, frames.END_HEADERS, sid)
            buffers += (start, path_start, path_end, middle, own_fields, data_start)
            buffers += (start[-4:], prefix, body, suffix)
            sid += 2
        return self._advance(sid, window)

    def _advance(self, next_stream: int, window: int) -> int:
        count = (next_stream - self.next_stream) // 2
        self.next_stream, self._window = next_stream, window
        return count

    def _open_long_stream(self, template: BurstTemplate, item: Item, tag: Tag) -> None:
        """Write a single request, which needs several frames or waits for a window."""
        sid, self.next_stream = self.next_stream, self.next_stream + 2
        block = self._encoder.block(template).for_item(item)
        fragments = [block[at : at + self._frame_size] for at in range(0, len(block), self._frame_size)]
        for index, fragment in enumerate(fragments):
            kind = frames.CONTINUATION if index else frames.HEADERS
            flags = frames.END_HEADERS if index == len(fragments) - 1 else 0
            self._buffers.append(frames.frame(kind, flags, sid, fragment))
        stream = Stream(tag, full_response=template.full_response)
        stream.unsent_body = memoryview(template.request(item)[2])
        stream.send_window = self._stream_window
        self._tracked[sid] = self._sending[sid] = stream

    def _write_bodies(self) -> None:
        """Write as much of the waiting bodies as windows
        and the size of one write allow, in turns."""
        remaining = _MAX_BODY_BYTES_PER_WRITE
        progress = True
        while progress and remaining > 0:
            progress = False
            for sid, stream in list(self._sending.items()):
                size = self._write_body_frame(sid, stream)
                if size is not None:
                    remaining -= size
                    progress = True

    def _write_body_frame(self, sid: int, stream: Stream[Tag]) -> int | None:
        """Write one DATA frame; return its size, or None when a window is closed."""
        body = stream.unsent_body
        assert body is not None
        size = min(len(body), self._frame_size, max(stream.send_window, 0), max(self._window, 0))
        if not size and len(body):
            return None
        last = size == len(body)
        flags = frames.END_STREAM if last else 0
        self._buffers.append(frames.frame(frames.DATA, flags, sid, bytes(body[:size])))
        stream.unsent_body = None if last else body[size:]
        stream.send_window -= size
        self._window -= size
        if last:
            del self._sending[sid]
        return size


def _max_own_block_bytes(template: BurstTemplate) -> int:
    """How many bytes the item may add to the header block, so that this fits one frame."""
    headers = sum(len(name) + len(value) + _FIELD_OVERHEAD for name, value in template.headers)
    return frames.DEFAULT_FRAME_SIZE - headers - len(template.path) - _OTHER_FIELDS
