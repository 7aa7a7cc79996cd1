"""New terminals of one shard that are written together: their rows and terms, as commands. Pure."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Terminal
from pushgate.terminals.bulk.commands import Commands, word
from pushgate.terminals.bulk.slot_bits import Cell, SlotRun
from pushgate.terminals.chunks import SLOTS_PER_CHUNK
from pushgate.terminals.rows import NAME_BYTES, bucket_of, encode_fields, names_for
from pushgate.terminals.terms import (
    SECONDS_PER_DAY,
    attribute_terms,
    registered_term,
    seen_term,
)

_HEAD = struct.Struct("<IIB")
_SLOT = struct.Struct("<I")
_TIME_BYTES = 6
_FIELDS = tuple(word(b"%d" % slot) for slot in range(SLOTS_PER_CHUNK))
_EPOCH = date(1970, 1, 1).toordinal()
PersonTerms = Mapping[str, Sequence[str]]
"""By user, the terms of the attributes in the user's record."""


@lru_cache(maxsize=4096)
def _day_terms(seen: int, registered: int) -> tuple[str, str]:
    """The terms of a day of being seen and a day of registration, both counted from the epoch."""
    return seen_term(date.fromordinal(_EPOCH + seen)), registered_term(date.fromordinal(_EPOCH + registered))


@dataclass(slots=True)
class Newcomer:
    """A terminal that is to be registered, with what its row needs."""

    terminal: Terminal
    id: bytes
    ids_key: bytes
    names: list[str]


def newcomer(head: bytes, terminal: Terminal) -> Newcomer:
    """The terminal as it is written to the shard with this hash tag."""
    key = b"%b:ids:%d" % (head, bucket_of(terminal.id))
    return Newcomer(terminal, terminal.id.encode(), key, names_for(terminal))


@dataclass(slots=True)
class PortionTerms:
    """The slots that a portion adds to terms."""

    cells: dict[str, list[Cell]] = field(default_factory=dict)
    """By term, those of users left out."""
    users: dict[str, list[Cell]] = field(default_factory=dict)
    """By user."""

    def add_run(self, run: SlotRun, newcomers: Sequence[Newcomer], people: PersonTerms, now: int) -> None:
        """Add the terms of the terminals that get the slots of a run. `now` is in seconds."""
        of_run: dict[str, list[int]] = {}
        for slot, item in enumerate(newcomers, run.first):
            terminal = item.terminal
            for term in item.names:
                _append(of_run, term, slot)
            for term in _day_terms(*days_of(terminal, now)):
                _append(of_run, term, slot)
            for name, value in terminal.attributes.items():
                _append(of_run, attribute_terms(name, value)[0], slot)
            if user := terminal.user:
                self._add_user(user, run, slot)
                for term in people.get(user, ()):
                    _append(of_run, term, slot)
        for term, slots in of_run.items():
            cell = Cell(run, slots)
            if found := self.cells.get(term):
                found.append(cell)
            else:
                self.cells[term] = [cell]

    def _add_user(self, user: str, run: SlotRun, slot: int) -> None:
        cells = self.users.get(user)
        if cells is None:
            self.users[user] = [Cell(run, [slot])]
        elif cells[-1].run is run:
            cells[-1].slots.append(slot)
        else:
            cells.append(Cell(run, [slot]))

    def days(self) -> list[bytes]:
        """The terms of days."""
        return [term.encode() for term in self.cells if term.startswith(("d:", "r:"))]


def _append(of_run: dict[str, list[int]], term: str, slot: int) -> None:
    slots = of_run.get(term)
    if slots is None:
        of_run[term] = [slot]
    elif slots[-1] != slot:  # a tag that is given twice
        slots.append(slot)


def seconds_of(terminal: Terminal, now: int) -> tuple[int, int]:
    """When the terminal was last seen and when it was registered, in seconds."""
    seen, registered = terminal.last_seen, terminal.registered_at
    return (_seconds(seen) if seen else now), (_seconds(registered) if registered else now)


def days_of(terminal: Terminal, now: int) -> tuple[int, int]:
    """The days, counted from the epoch, on which the terminal was last seen and registered."""
    if terminal.last_seen is None and terminal.registered_at is None:
        today = now // SECONDS_PER_DAY
        return today, today
    seen, registered = seconds_of(terminal, now)
    return seen // SECONDS_PER_DAY, registered // SECONDS_PER_DAY


def _seconds(instant: datetime) -> int:
    return to_ms(instant) // 1000


def write_run(
    commands: Commands,
    head: bytes,
    run: SlotRun,
    newcomers: Sequence[Newcomer],
    numbers: Mapping[str, bytes],
    now_ms: int,
) -> None:
    """Add commands that write ids, rows and push tokens of the terminals that get the slots of a
    run. `numbers` are those of names, as a row has them.
    """
    changed, now = now_ms.to_bytes(_TIME_BYTES, "little"), now_ms // 1000
    for chunk, slot, some in _by_chunk(run, newcomers):
        rows, tokens = list[bytes](), list[bytes]()
        for at, item in enumerate(some, slot):
            terminal, names = item.terminal, item.names
            head_of_row = _HEAD.pack(*reversed(seconds_of(terminal, now)), len(names))
            own = b"".join([numbers[name] for name in names])
            row = b"".join((changed, head_of_row, own, encode_fields(terminal)))
            field, token = _FIELDS[at % SLOTS_PER_CHUNK], terminal.token.encode()
            rows += (field, b"$%d\r\n%b\r\n" % (len(row), row))
            tokens += (field, b"$%d\r\n%b\r\n" % (len(token), token))
            commands.set_field(item.ids_key, item.id, _SLOT.pack(at))
        for name, words in ((b"rows", rows), (b"tokens", tokens)):
            key = word(b"%b:%b:%d" % (head, name, chunk))
            commands.add_packed(2 + len(words), (word(b"HSET"), key, *words))


def pack_number(number: int) -> bytes:
    """The number of a name, as a row has it."""
    return number.to_bytes(NAME_BYTES, "little")


def _by_chunk(run: SlotRun, newcomers: Sequence[Newcomer]) -> Iterator[tuple[int, int, Sequence[Newcomer]]]:
    """The terminals of a run by chunk: its number, its first slot here, the terminals."""
    slot = run.first
    while slot < run.end:
        end = min(run.end, slot - slot % SLOTS_PER_CHUNK + SLOTS_PER_CHUNK)
        yield slot // SLOTS_PER_CHUNK, slot, newcomers[slot - run.first : end - run.first]
        slot = end
