"""The bytes of a segment, compressed where that pays. Pure."""

from functools import partial

import zstandard

_PLAIN, _COMPRESSED = b"\0", b"\1"
_COMPRESS_FROM = 1000
"""From this many bytes on, compression is tried; it is kept if it saves a quarter."""
_MAX_BYTES = 64 * 1024 * 1024
_LEVEL = 3
_compress = zstandard.ZstdCompressor(level=_LEVEL).compress
_decompress = partial(zstandard.ZstdDecompressor().decompress, max_output_size=_MAX_BYTES)


def pack(raw: bytes) -> bytes:
    """The bytes as they are stored."""
    if len(raw) >= _COMPRESS_FROM:
        compressed = _compress(raw)
        if len(compressed) <= len(raw) * 3 // 4:
            return _COMPRESSED + compressed
    return _PLAIN + raw


def unpack(stored: bytes) -> bytes:
    """Read the bytes of `pack` back. Raises ZstdError where they are none."""
    return _decompress(stored[1:]) if stored[:1] == _COMPRESSED else stored[1:]
