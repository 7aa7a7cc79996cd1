"""Header blocks of requests (HPACK, RFC 7541):
constant fields are sent once a connection, then by index.

A template's fields enter the dynamic table with its first request. From the second request on, each
field takes one or two bytes. What differs by request, the end of the path, the content length and
the fields of an item, is a literal that enters no table.
"""

import logging
from dataclasses import dataclass, field
from functools import lru_cache

from hpack import Encoder as HpackEncoder

from pushgate.http2.burst_template import BurstTemplate, Fields, Item
from pushgate.http2.frames import DATA, DEFAULT_TABLE_SIZE, END_HEADERS, END_STREAM, HEADERS, header_start

# hpack logs field values on DEBUG, credentials among them.
logging.getLogger("hpack").setLevel(logging.WARNING)

_MAX_BLOCKS = 256
_ENTRY_OVERHEAD = 32  # RFC 7541, 4.1
_PATH_LITERAL = b"\x04"  # literal without indexing, name 4 of the static table (RFC 7541, 6.2.2)
_LENGTH_LITERAL = b"\x0f\x0d"  # the same with name 28, content-length
_NEW_NAME_LITERAL = b"\x00"  # the same with a name that is a string
_MAX_CACHED_NAMES = 64
_ONE_BYTE_END = 127  # lengths up to here take one byte (RFC 7541, 5.1)
_ONE_BYTE = tuple(bytes((size,)) for size in range(_ONE_BYTE_END))


def literal(value: bytes) -> bytes:
    """A string literal without Huffman coding (RFC 7541, 5.2): its length, then the string."""
    return _encode_length(len(value)) + value


def _encode_length(size: int) -> bytes:
    """An integer with a prefix of 7 bits (RFC 7541, 5.1)."""
    if size < _ONE_BYTE_END:
        return _ONE_BYTE[size]
    encoded, rest = bytearray((_ONE_BYTE_END,)), size - _ONE_BYTE_END
    while rest >= 128:
        encoded.append(rest & 127 | 128)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


def encode_fields(fields: Fields) -> bytes:
    """Fields as literals that enter no table."""
    parts: list[bytes] = []
    for name, value in fields:
        size = len(value)
        parts += (_field_name(name), _ONE_BYTE[size] if size < _ONE_BYTE_END else _encode_length(size), value)
    return b"".join(parts)


@lru_cache(_MAX_CACHED_NAMES)
def _field_name(name: bytes) -> bytes:
    return _NEW_NAME_LITERAL + literal(name)


def _content_length(size: int) -> bytes:
    return _LENGTH_LITERAL + literal(b"%d" % size)


@dataclass(slots=True, kw_only=True)
class HeaderBlock:
    """A template's fields, encoded for one connection: `prefix` up to the path, `suffix` after it.

    `parts_by_size` caches, by item size, the constant bytes of a request (see `parts_for_path`,
    `parts_for_body` and `parts_for_request`). `paths_by_size` caches what `start_of_path` returns.
    """

    template: BurstTemplate
    prefix: bytes
    suffix: bytes
    reusable: bool
    parts_by_size: dict[int, tuple[bytes, bytes, bytes]] = field(default_factory=dict)
    paths_by_size: dict[int, bytes] = field(default_factory=dict)

    def for_item(self, item: Item) -> bytes:
        """The complete header block of the request for this item."""
        template = self.template
        path, fields, body = template.request(item)
        path_field = _PATH_LITERAL + literal(path) if template.path_varies else b""
        own_fields = encode_fields(fields[len(template.headers) :])
        return self.prefix + path_field + self.suffix + _content_length(len(body)) + own_fields

    def start_of_path(self, size: int) -> bytes:
        """The block's constant bytes before the end of a path, which has `size` bytes."""
        path = self.template.path
        start = self.prefix + _PATH_LITERAL + _encode_length(len(path) + size) + path
        self.paths_by_size[size] = start
        return start

    def parts_for_path(self, size: int) -> tuple[bytes, bytes, bytes]:
        """Constant bytes of a request whose path ends in an item of `size` bytes.

        The bytes before the first stream id, from there to
        the item, and from the item to the stream id of DATA.
        """
        template = self.template
        before_item = self.start_of_path(size)
        after_item = self.suffix + _content_length(len(template.body_prefix))
        parts = (
            header_start(len(before_item) + size + len(after_item), HEADERS, END_HEADERS),
            before_item,
            after_item + header_start(len(template.body_prefix), DATA, END_STREAM),
        )
        self.parts_by_size[size] = parts
        return parts

    def parts_for_body(self, size: int) -> tuple[bytes, bytes, bytes]:
        """Constant bytes of a request whose body holds an item of `size` bytes.

        The bytes before the first stream id, from there to the stream id of DATA, and b"".
        """
        template = self.template
        body_size = len(template.body_prefix) + size + len(template.body_suffix)
        block = self.prefix + self.suffix + _content_length(body_size)
        parts = (
            header_start(len(block), HEADERS, END_HEADERS),
            block + header_start(body_size, DATA, END_STREAM),
            b"",
        )
        self.parts_by_size[size] = parts
        return parts

    def parts_for_request(self, size: int) -> tuple[bytes, bytes, bytes]:
        """Constant bytes of a request whose item has a part of the body of `size` bytes.

        The bytes from the end of the path to the item's own fields, from them to the stream id of
        DATA, and b"".
        """
        template = self.template
        body_size = len(template.body_prefix) + size + len(template.body_suffix)
        after_path = self.suffix + _content_length(body_size)
        parts = (after_path, header_start(body_size, DATA, END_STREAM), b"")
        self.parts_by_size[size] = parts
        return parts


class HeaderBlockEncoder:
    """The encoder's side of a connection's header compression."""

    def __init__(self, scheme: bytes, authority: bytes) -> None:
        self._pseudo_headers = ((b":method", b"POST"), (b":scheme", scheme), (b":authority", authority))
        self._encoder = HpackEncoder()
        self._blocks: dict[BurstTemplate, HeaderBlock] = {}

    def set_table_size(self, size: int) -> None:
        """Apply the peer's HEADER_TABLE_SIZE.
        The next block announces the change (RFC 7541, 4.2)."""
        size = min(size, DEFAULT_TABLE_SIZE)
        # hpack forgets to announce a size that is set twice
        if size != self._encoder.header_table_size:
            self._encoder.header_table_size = size
            self._blocks.clear()
            # After several changes, the smallest and the last are announced (RFC 7541, 4.2).
            changes = self._encoder.table_size_changes
            self._encoder.table_size_changes = changes if len(changes) < 3 else [min(changes), changes[-1]]

    def block(self, template: BurstTemplate) -> HeaderBlock:
        """The template's block for the next request, or, if reusable, for all that follow.

        A block that is not reusable changes the table:
        it serves one request, which must be the next one sent.
        """
        cached = self._blocks.get(template)
        if cached is not None:
            return cached
        newest, announces = self._newest_entry(), bool(self._encoder.table_size_changes)
        path = () if template.path_varies else ((b":path", template.path),)
        fields = self._mark_oversized((*self._pseudo_headers, *path, *template.headers))
        split = len(fields) - len(template.headers)
        prefix = self._encoder.encode(fields[:split], huffman=False)
        suffix = self._encoder.encode(fields[split:], huffman=False)
        reusable = not announces and self._newest_entry() is newest
        block = HeaderBlock(template=template, prefix=prefix, suffix=suffix, reusable=reusable)
        if not reusable or len(self._blocks) >= _MAX_BLOCKS:
            self._blocks.clear()  # a changed table has given its entries other indexes
        if reusable:
            self._blocks[template] = block
        return block

    def _mark_oversized(self, fields: tuple[tuple[bytes, bytes], ...]) -> list[tuple[bytes, bytes, bool]]:
        """Mark the fields that must not enter the table.

        A field larger than the table would empty it, and
        so remove the entries that other fields refer to.
        """
        room, marked = self._encoder.header_table_size, []
        for name, value in fields:
            size = len(name) + len(value) + _ENTRY_OVERHEAD
            fits = size <= room
            room -= size if fits else 0
            marked.append((name, value, not fits))
        return marked

    def _newest_entry(self) -> object:
        entries = self._encoder.header_table.dynamic_entries
        return entries[0] if entries else None
