"""Sets of slots of a shard as bits by range: bit i of a number is slot i of the range. Pure."""

from collections.abc import Iterable

from pushgate.domain import bitmaps
from pushgate.domain.bitmaps import BYTES_PER_RANGE, SLOTS_PER_RANGE


def range_of(slot: int) -> tuple[int, int]:
    """The number of a slot's range, and the slot as a bit of the range."""
    number, offset = divmod(slot, SLOTS_PER_RANGE)
    return number, 1 << offset


def by_range(slots: Iterable[int]) -> dict[int, int]:
    """Slots of a shard as bits by range."""
    raw: dict[int, bytearray] = {}
    for slot in slots:
        number, offset = divmod(slot, SLOTS_PER_RANGE)
        if number not in raw:
            raw[number] = bytearray(BYTES_PER_RANGE)
        raw[number][offset >> 3] |= 1 << (offset & 7)
    return {number: int.from_bytes(bits, "little") for number, bits in raw.items()}


def add_slots(to: dict[int, int], slots: Iterable[int]) -> None:
    """Add slots of a shard to bits by range."""
    for number, bits in by_range(slots).items():
        to[number] = to.get(number, 0) | bits


def slots_of(number: int, bits: int) -> list[int]:
    """The slot numbers of a range's bits, in rising order."""
    base = number * SLOTS_PER_RANGE
    return [base + offset for offset in bitmaps.offsets(bits)]
