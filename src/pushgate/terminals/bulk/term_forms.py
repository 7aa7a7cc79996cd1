"""Terms to which fresh slots are added, as commands that write them. Pure.

`terms.lua` describes the forms of a term, and changes them in scripts.
"""

import struct
from array import array
from collections.abc import Mapping, Sequence

import msgspec

from pushgate.domain.bitmaps import BYTES_PER_RANGE, SLOTS_PER_RANGE
from pushgate.terminals.bulk.commands import Commands
from pushgate.terminals.bulk.slot_bits import Cell, bits_key, bits_of, set_bits

MAX_SLOTS, MAX_OFFSETS = 64, 256
WIDE = b"*"
"""The form of a term, or of one of its ranges, that has too many slots to list."""
_SLOT = struct.Struct("<I")
Ranges = Mapping[int, bytes | None]
"""What a term has by range: offsets, WIDE, or None."""


class ReadTerm(msgspec.Struct, gc=False):
    """A term, the key of its bucket, and its form before slots are added."""

    term: bytes
    key: bytes
    form: bytes | None
    ranges: Ranges
    """Only of terms that are WIDE: those to which slots are added."""
    cells: Sequence[Cell]
    """What is added."""


def terms_key(head: bytes, bucket: str) -> bytes:
    """The key of a bucket of terms; `head` is the hash tag of the shard."""
    return b"%b:terms:%b" % (head, bucket.encode())


def ranges_key(head: bytes, term: bytes) -> bytes:
    """The key of a term's ranges."""
    return b"%b:t:%b" % (head, term)


def unpack_slots(form: bytes | None) -> list[int]:
    """The slots in the form of a term that lists them."""
    return list(struct.unpack(f"<{len(form) // _SLOT.size}I", form)) if form else []


def ranges_of(cells: Sequence[Cell]) -> list[int]:
    """The ranges in which the cells are."""
    return sorted({cell.run.first // SLOTS_PER_RANGE for cell in cells})


def add_to_term(commands: Commands, head: bytes, read: ReadTerm) -> None:
    """Add commands that add the slots of its cells to a term."""
    if read.form is None and len(read.cells) == 1 and len(read.cells[0].slots) == 1:
        # Most terms are users with one terminal.
        commands.set_field(read.key, read.term, _SLOT.pack(read.cells[0].slots[0]))
        return
    before: list[int] = []
    if read.form != WIDE:
        before, added = unpack_slots(read.form), [slot for cell in read.cells for slot in cell.slots]
        few = len(before) + len(added) <= MAX_SLOTS
        packed = (read.form or b"") + struct.pack(f"<{len(added)}I", *added) if few else WIDE
        commands.set_field(read.key, read.term, packed)
        if few:
            return
    if read.form == WIDE:
        texts = {number: text or b"" for number, text in read.ranges.items()}
    else:
        texts = _offsets_by_range(before)
    by_range: dict[int, list[Cell]] = {number: [] for number in texts}
    for cell in read.cells:
        by_range.setdefault(cell.run.first // SLOTS_PER_RANGE, []).append(cell)
    for number, cells in by_range.items():
        _add_to_range(commands, head, read.term, number, texts.get(number, b""), cells)


def _offsets_by_range(slots: Sequence[int]) -> dict[int, bytes]:
    found: dict[int, array[int]] = {}
    for slot in slots:
        found.setdefault(slot // SLOTS_PER_RANGE, array("H")).append(slot % SLOTS_PER_RANGE)
    return {number: offsets.tobytes() for number, offsets in found.items()}


def _add_to_range(
    commands: Commands, head: bytes, term: bytes, number: int, text: bytes, cells: Sequence[Cell]
) -> None:
    key = bits_key(head, number, term)
    if text == WIDE:
        for cell in cells:
            set_bits(commands, key, cell)
        return
    offsets = array("H", text)
    for cell in cells:
        offsets.extend([slot % SLOTS_PER_RANGE for slot in cell.slots])
    few = len(offsets) <= MAX_OFFSETS
    commands.set_field(ranges_key(head, term), b"%d" % number, offsets.tobytes() if few else WIDE)
    if not few:
        commands.add(b"SET", key, bits_of(offsets, 0).ljust(BYTES_PER_RANGE, b"\0"))
