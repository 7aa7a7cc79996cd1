"""Bit algebra over blocks: sets of slots of a shard, as whole numbers. Pure.

A block is 1,024 consecutive slots. Its bits are held as one `int` here (bit i = slot i of the
block) and as 128 little-endian bytes in Redis, so that `bytes[i >> 3] & (1 << (i & 7))` is the same
slot in Lua.
"""

from collections.abc import Iterable, Iterator, Mapping

SLOTS_PER_BLOCK = 1024
BYTES_PER_BLOCK = SLOTS_PER_BLOCK // 8
BLOCKS_PER_RANGE = 64
"""Blocks whose bits share one string in Redis: 65,536 slots in 8 KB."""
SLOTS_PER_RANGE = SLOTS_PER_BLOCK * BLOCKS_PER_RANGE
BYTES_PER_RANGE = SLOTS_PER_RANGE // 8

Bits = Mapping[int, int]
"""Set slots by block number. Blocks without a set slot may be left out."""

_SET_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def to_bytes(bits: int) -> bytes:
    """The 128 bytes of one block. Raises OverflowError where a bit lies outside the block."""
    return bits.to_bytes(BYTES_PER_BLOCK, "little")


def short_bytes(bits: int) -> bytes:
    """Slots of a block or of a range as bytes, without zeros at the end."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def from_bytes(raw: bytes) -> int:
    """The bits of one block. Short input counts as followed by zeros."""
    return int.from_bytes(raw, "little")


def ranges_of(blocks: int) -> range:
    """The numbers of the ranges in which the first `blocks` blocks are."""
    return range(-(-blocks // BLOCKS_PER_RANGE))


def blocks_of_range(number: int, raw: bytes) -> Iterator[tuple[int, int]]:
    """The blocks of a range that have a set slot, with their bits. `raw` may end early."""
    first = number * BLOCKS_PER_RANGE
    for start in range(0, len(raw), BYTES_PER_BLOCK):
        if bits := int.from_bytes(raw[start : start + BYTES_PER_BLOCK], "little"):
            yield first + start // BYTES_PER_BLOCK, bits


def offsets(bits: int) -> list[int]:
    """The set slots of one block in rising order, as offsets into it."""
    found: list[int] = []
    for index, byte in enumerate(short_bytes(bits)):
        if byte:
            base = index * 8
            found += [base + bit for bit in _SET_BITS[byte]]
    return found


def lowest(bits: int, max_count: int) -> int:
    """The lowest set slots of one block, at most `max_count`."""
    return bits if bits.bit_count() <= max_count else from_offsets(offsets(bits)[:max_count])


def from_offsets(found: Iterable[int], size: int = BYTES_PER_BLOCK) -> int:
    """The bits of one block, or of a piece of `size` bytes, from offsets into it."""
    raw = bytearray(size)
    for offset in found:
        raw[offset >> 3] |= 1 << (offset & 7)
    return int.from_bytes(raw, "little")


def split_slot(slot: int) -> tuple[int, int]:
    """A slot's block number and its offset in the block."""
    return divmod(slot, SLOTS_PER_BLOCK)


def from_slots(slots: Iterable[int]) -> dict[int, int]:
    """Bits by block from slot numbers."""
    by_block: dict[int, list[int]] = {}
    for slot in slots:
        block, offset = divmod(slot, SLOTS_PER_BLOCK)
        by_block.setdefault(block, []).append(offset)
    return {block: from_offsets(found) for block, found in by_block.items()}


def slots(bits: Bits) -> Iterator[int]:
    """The slot numbers in rising order."""
    for block in sorted(bits):
        base = block * SLOTS_PER_BLOCK
        for offset in offsets(bits[block]):
            yield base + offset


def count(bits: Bits) -> int:
    """How many slots are set; of bits by range, too."""
    return sum(block.bit_count() for block in bits.values())


def union(left: Bits, right: Bits) -> dict[int, int]:
    """Slots set in either."""
    return _without_empty(
        {block: left.get(block, 0) | right.get(block, 0) for block in left.keys() | right.keys()}
    )


def intersection(left: Bits, right: Bits) -> dict[int, int]:
    """Slots set in both."""
    return _without_empty({block: left[block] & right[block] for block in left.keys() & right.keys()})


def difference(left: Bits, right: Bits) -> dict[int, int]:
    """Slots set in the left but not in the right."""
    return _without_empty({block: bits & ~right.get(block, 0) for block, bits in left.items()})


def _without_empty(bits: dict[int, int]) -> dict[int, int]:
    return {block: value for block, value in bits.items() if value}
