"""Bits of fresh slots, as commands that write them. Pure.

A byte of eight fresh slots is written whole: nobody else has a bit there. The other bits are set
one by one.
"""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from pushgate.domain.bitmaps import SLOTS_PER_RANGE, short_bytes
from pushgate.terminals.bulk.commands import Commands

_BY_ONE = 2
"""Up to this many bits are set one by one, because a command for a run costs more."""


class SlotRun(msgspec.Struct, frozen=True, gc=False):
    """Slots `first` up to `end`, without `end`, that were never used and go to one portion. They
    are of one block.
    """

    first: int
    end: int


class Cell(msgspec.Struct, gc=False):
    """The slots of one term in one run, in rising order."""

    run: SlotRun
    slots: list[int]


def bits_key(head: bytes, number: int, name: bytes) -> bytes:
    """The key of the bits of a set of slots in a range; `head` is the hash tag of the shard."""
    return b"%b:b:%d:%b" % (head, number, name)


def set_bits(commands: Commands, key: bytes, cell: Cell) -> None:
    """Add commands that set the bits of a cell."""
    slots, run = cell.slots, cell.run
    if len(slots) <= _BY_ONE:
        set_each(commands, key, slots)
        return
    first, end = -(-run.first // 8) * 8, run.end // 8 * 8
    low, high = bisect_left(slots, first), bisect_left(slots, end)
    if high - low <= _BY_ONE:
        set_each(commands, key, slots)
        return
    whole = slots[low:high]
    base = whole[0] // 8 * 8
    content = b"\xff" * (len(whole) // 8) if len(whole) == end - first else bits_of(whole, base)
    commands.add(b"SETRANGE", key, b"%d" % (base % SLOTS_PER_RANGE // 8), content)
    set_each(commands, key, slots[:low])
    set_each(commands, key, slots[high:])


def bits_of(slots: Sequence[int], base: int) -> bytes:
    """Bits of slots from `base` on, little-endian, up to the last slot's byte."""
    bits = 0
    for slot in slots:
        bits |= 1 << slot - base
    return short_bytes(bits)


def open_bits(commands: Commands, key: bytes) -> None:
    """Add a command that gives bits that may be new their full size. Redis doubles the memory of
    strings that grow.
    """
    commands.add(b"BITFIELD", key, b"INCRBY", b"u1", b"%d" % (SLOTS_PER_RANGE - 1), b"0")


def set_each(commands: Commands, key: bytes, slots: Sequence[int]) -> None:
    """Add commands that set the bit of each slot."""
    for slot in slots:
        # SETBIT counts from the highest bit of each byte.
        commands.set_bit(key, slot % SLOTS_PER_RANGE ^ 7)
