"""Header blocks (HPACK, RFC 7541): what does not change is sent once a connection, then referred to.

A template's fields enter the dynamic table with its first request; from the second on each is a byte or two. What
differs by request, a path's end or a length, is a literal that enters no table.
"""

import logging
from dataclasses import dataclass, field

from hpack import Encoder as HpackEncoder

from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.frames import DATA, DEFAULT_TABLE_SIZE, END_HEADERS, END_STREAM, HEADERS, head

# It logs field values, credentials among them, on DEBUG.
logging.getLogger("hpack").setLevel(logging.WARNING)

_MOST_BLOCKS = 256
_ENTRY_OVERHEAD = 32  # RFC 7541, 4.1
_PATH_LITERAL = b"\x04"  # literal without indexing, name 4 of the static table (RFC 7541, 6.2.2)
_LENGTH_LITERAL = b"\x0f\x0d"  # the same with name 28, content-length


def literal(value: bytes) -> bytes:
    """A string literal without Huffman coding (RFC 7541, 5.2), preceded by its length."""
    return _length(len(value)) + value


def _length(size: int) -> bytes:
    """An integer with a prefix of 7 bits (RFC 7541, 5.1)."""
    if size < 127:
        return bytes((size,))
    out, rest = bytearray((127,)), size - 127
    while rest >= 128:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


@dataclass(slots=True)
class HeaderBlock:
    """A template's fields, encoded for one connection: `front` up to the path, `back` after it.

    `cuts` holds, by length of the item, the bytes around what differs in a burst (see `cut_path` and `cut_body`).
    """

    template: BurstTemplate
    front: bytes
    back: bytes
    settled: bool
    cuts: dict[int, tuple[bytes, bytes, bytes]] = field(default_factory=dict)

    def headers(self, item: bytes) -> bytes:
        """The header block of one request."""
        template = self.template
        path, body = template.path_and_body(item)
        own = (
            _PATH_LITERAL + literal(path) if template.item_in_path or template.item_in_path_and_body else b""
        )
        return self.front + own + self.back + _content_length(len(body))

    def cut_path(self, size: int) -> tuple[bytes, bytes, bytes]:
        """For a request whose path ends in `size` bytes: what comes before the stream id, before the item, after it.

        After it, up to the stream id of the DATA frame.
        """
        template = self.template
        start = self.front + _PATH_LITERAL + _length(len(template.path) + size) + template.path
        end = self.back + _content_length(len(template.body_prefix))
        cut = (
            head(len(start) + size + len(end), HEADERS, END_HEADERS),
            start,
            end + head(len(template.body_prefix), DATA, END_STREAM),
        )
        self.cuts[size] = cut
        return cut

    def cut_body(self, size: int) -> tuple[bytes, bytes, bytes]:
        """For a request whose body holds `size` bytes of its own: what comes before the stream id, and from there up
        to the stream id of the DATA frame."""
        template = self.template
        body = len(template.body_prefix) + size + len(template.body_suffix)
        block = self.front + self.back + _content_length(body)
        cut = (head(len(block), HEADERS, END_HEADERS), block + head(body, DATA, END_STREAM), b"")
        self.cuts[size] = cut
        return cut


def _content_length(size: int) -> bytes:
    return _LENGTH_LITERAL + literal(b"%d" % size)


class HeaderBlockEncoder:
    """The encoder's side of a connection's header compression."""

    def __init__(self, scheme: bytes, authority: bytes) -> None:
        self._pseudo = ((b":method", b"POST"), (b":scheme", scheme), (b":authority", authority))
        self._encoder = HpackEncoder()
        self._blocks: dict[BurstTemplate, HeaderBlock] = {}

    def set_table_size(self, size: int) -> None:
        """The peer's HEADER_TABLE_SIZE. A smaller table is announced with the next block (RFC 7541, 4.2)."""
        size = min(size, DEFAULT_TABLE_SIZE)
        if size != self._encoder.header_table_size:  # setting it twice would make hpack forget to announce it
            self._encoder.header_table_size = size
            self._blocks.clear()
            # However often it changed: the smallest and the last are to be announced (RFC 7541, 4.2).
            changes = self._encoder.table_size_changes
            self._encoder.table_size_changes = changes if len(changes) < 3 else [min(changes), changes[-1]]

    def block(self, template: BurstTemplate) -> HeaderBlock:
        """The template's fields for the next request; for all that follow, too, if the block is settled.

        A block that is not settled changes the table: it serves one request, which must be the next one sent.
        """
        known = self._blocks.get(template)
        if known is not None:
            return known
        newest, announces = self._newest(), bool(self._encoder.table_size_changes)
        path = () if template.item_in_path or template.item_in_path_and_body else ((b":path", template.path),)
        fields = self._marked((*self._pseudo, *path, *template.headers))
        split = len(fields) - len(template.headers)
        front = self._encoder.encode(fields[:split], huffman=False)
        back = self._encoder.encode(fields[split:], huffman=False)
        settled = not announces and self._newest() is newest
        block = HeaderBlock(template, front, back, settled)
        if not settled or len(self._blocks) >= _MOST_BLOCKS:
            self._blocks.clear()  # what is in the table has another index by now, if it is not settled
        if settled:
            self._blocks[template] = block
        return block

    def _marked(self, fields: tuple[tuple[bytes, bytes], ...]) -> list[tuple[bytes, bytes, bool]]:
        """With a mark at those that must not enter the table.

        One that is too large for it would empty it, and with it go the fields that the others are to refer to.
        """
        room, marked = self._encoder.header_table_size, []
        for name, value in fields:
            size = len(name) + len(value) + _ENTRY_OVERHEAD
            fits = size <= room
            room -= size if fits else 0
            marked.append((name, value, not fits))
        return marked

    def _newest(self) -> object:
        entries = self._encoder.header_table.dynamic_entries
        return entries[0] if entries else None
