"""The two forms in which Redis stores a set of a message's slots, by range. Pure.

A range in which a message is for many slots has one string of bits. Of all other ranges, each block
has a field of a hash, so that a message to a few terminals of a large app stays small.
"""

import struct
from collections.abc import Mapping

from pushgate.domain import bitmaps

TARGETED = "targeted"
"""The name of the set of all slots that a message is for. Others are states and receipts."""
VARIANTS = "variants"
"""The name of the counter of a message's variants."""
HELD_OUT = "held_out"
"""The name of the set of all slots that get no variant, to compare with, and of their counter."""
REST = "rest"
"""The name of the set of all slots that wait for the message's winner, and of their counter."""
DEFERRED = "deferred"
"""The name of the set of slots that are not targeted yet, and of the counter of them."""
DEFERRED_UNTIL = "deferred_until"
"""The name of the field that says when the first deferred slots are due, in ms."""
MIN_SLOTS_OF_STRING = 512
"""A range with this many targeted slots is stored as a string: 16 bytes a slot at worst."""
_MIN_SLOTS_OF_BITS = 64
"""From this many slots on, the bits of a block take no more space than offsets."""


def arm_set(number: int) -> str:
    """The name of the set of all slots that get one variant of a message."""
    return f"arm:{number}"


def encode_block(bits: int) -> bytes:
    """The slots of one block as a field's value: their offsets, 2 bytes each, or 128 bytes of
    bits.
    """
    if bits.bit_count() >= _MIN_SLOTS_OF_BITS:
        return bitmaps.to_bytes(bits)
    found = bitmaps.offsets(bits)
    return struct.pack(f"<{len(found)}H", *found)


def decode_block(value: bytes) -> int:
    """Read a field's value back."""
    if len(value) == bitmaps.BYTES_PER_BLOCK:
        return bitmaps.from_bytes(value)
    return bitmaps.from_offsets(struct.unpack(f"<{len(value) // 2}H", value))


def encode_range(blocks: Mapping[int, int]) -> bytes:
    """The slots of one range's blocks as a string of bits, without zeros at its end."""
    raw = bytearray(bitmaps.BYTES_PER_RANGE)
    for block, bits in blocks.items():
        start = block % bitmaps.BLOCKS_PER_RANGE * bitmaps.BYTES_PER_BLOCK
        raw[start : start + bitmaps.BYTES_PER_BLOCK] = bitmaps.to_bytes(bits)
    return bytes(raw).rstrip(b"\0")
