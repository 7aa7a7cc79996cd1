"""The terms of a portion, as commands that write them. Pure."""

from collections.abc import Iterable, Sequence

from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.terminals.bulk.commands import Commands
from pushgate.terminals.bulk.slot_bits import (
    Cell,
    SlotRun,
    bits_key,
    open_bits,
    set_bits,
    set_each,
)
from pushgate.terminals.bulk.term_forms import WIDE, ReadTerm, unpack_slots
from pushgate.terminals.terms import ALIVE, SHARED

_ALIVE, _SHARED = ALIVE.encode(), SHARED.encode()


def write_alive(commands: Commands, head: bytes, runs: Iterable[SlotRun]) -> None:
    """Add commands that mark slots as used."""
    _write_bits(commands, head, _ALIVE, [Cell(run, list(range(run.first, run.end))) for run in runs])


def write_shared(commands: Commands, head: bytes, users: Iterable[ReadTerm]) -> None:
    """Add commands that mark the slots of users who have two or more terminals from now on."""
    by_run: dict[SlotRun, list[int]] = {}
    for read in users:
        before: Sequence[int] = () if read.form == WIDE else unpack_slots(read.form)
        added = sum(len(cell.slots) for cell in read.cells)
        if read.form != WIDE and len(before) + added < 2:
            continue
        for cell in read.cells:
            by_run.setdefault(cell.run, []).extend(cell.slots)
        if len(before) == 1:
            key = bits_key(head, before[0] // SLOTS_PER_RANGE, _SHARED)
            open_bits(commands, key)
            set_each(commands, key, before)
    _write_bits(commands, head, _SHARED, [Cell(run, sorted(slots)) for run, slots in by_run.items()])


def _write_bits(commands: Commands, head: bytes, name: bytes, cells: Sequence[Cell]) -> None:
    opened: set[bytes] = set()
    for cell in cells:
        key = bits_key(head, cell.run.first // SLOTS_PER_RANGE, name)
        if key not in opened:
            open_bits(commands, key)
            opened.add(key)
        set_bits(commands, key, cell)
