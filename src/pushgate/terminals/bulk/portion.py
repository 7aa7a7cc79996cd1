"""Writes rows and terms of new terminals of one shard as commands, portion by portion. Pure."""

import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Terminal
from pushgate.terminals.bulk.commands import Commands, word
from pushgate.terminals.bulk.slot_bits import Cell, SlotRun
from pushgate.terminals.chunks import SLOTS_PER_CHUNK
from pushgate.terminals.rows import bucket_of, group_key, names_for, pack_row
from pushgate.terminals.terms import (
    SECONDS_PER_DAY,
    attribute_terms,
    registered_term,
    seen_term,
    user_term,
)

_SLOT = struct.Struct("<I")
_FIELDS = tuple(word(b"%d" % slot) for slot in range(SLOTS_PER_CHUNK))
_EPOCH = date(1970, 1, 1).toordinal()
PersonTerms = Mapping[str, Sequence[str]]
"""By user, the terms of the attributes in the user's record."""


class Newcomer(msgspec.Struct, gc=False):
    """A terminal that is to be registered, with what its row needs."""

    terminal: Terminal
    group: str
    id: bytes
    ids_key: bytes
    names: list[str]
    registered: int
    """When it was registered, and last seen, in seconds."""
    seen: int


def newcomer(head: bytes, terminal: Terminal, now: int) -> Newcomer:
    """The terminal as it is written to the shard with this hash tag at `now` (s)."""
    seen, registered = terminal.last_seen, terminal.registered_at
    return Newcomer(
        terminal,
        group_key(terminal),
        terminal.id.encode(),
        b"%b:ids:%d" % (head, bucket_of(terminal.id)),
        names_for(terminal),
        to_ms(registered) // 1000 if registered else now,
        to_ms(seen) // 1000 if seen else now,
    )


class PortionTerms(msgspec.Struct):
    """The slots that a portion adds to terms."""

    cells: dict[str, list[Cell]]
    """Slots by term, without the terms of users."""
    users: dict[str, list[Cell]]
    """By the term of the user."""

    def add_run(self, run: SlotRun, newcomers: Sequence[Newcomer], people: PersonTerms) -> None:
        """Add the terms of the terminals that get the slots of a run."""
        of_run: defaultdict[str, list[int]] = defaultdict(list)
        for slot, item in enumerate(newcomers, run.first):
            terminal = item.terminal
            for term in item.names:
                of_run[term].append(slot)
            for term in _day_terms(item.seen // SECONDS_PER_DAY, item.registered // SECONDS_PER_DAY):
                of_run[term].append(slot)
            for name, value in terminal.attributes.items():
                of_run[attribute_terms(name, value)[0]].append(slot)
            if user := terminal.user:
                self._add_user(user_term(user), run, slot)
                for term in people.get(user, ()):
                    of_run[term].append(slot)
        for term, slots in of_run.items():
            self.cells.setdefault(term, []).append(Cell(run, slots))

    def _add_user(self, term: str, run: SlotRun, slot: int) -> None:
        cells = self.users.get(term)
        if cells is None:
            self.users[term] = [Cell(run, [slot])]
        elif cells[-1].run is run:
            cells[-1].slots.append(slot)
        else:
            cells.append(Cell(run, [slot]))

    def days(self) -> list[bytes]:
        """The terms of days."""
        return [term.encode() for term in self.cells if term.startswith(("d:", "r:"))]


@lru_cache(maxsize=4096)
def _day_terms(seen: int, registered: int) -> tuple[str, str]:
    """The terms of a day of being seen and a day of registration, both counted from the epoch."""
    return seen_term(date.fromordinal(_EPOCH + seen)), registered_term(date.fromordinal(_EPOCH + registered))


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
    for chunk, first, some in _by_chunk(run, newcomers):
        rows, tokens = list[bytes](), list[bytes]()
        for slot, item in enumerate(some, first):
            own = [numbers[name] for name in item.names]
            row = pack_row(item.terminal, own, now_ms, item.registered, item.seen)
            field, token = _FIELDS[slot % SLOTS_PER_CHUNK], item.terminal.token.encode()
            rows.append(b"%b$%d\r\n%b\r\n" % (field, len(row), row))
            tokens.append(b"%b$%d\r\n%b\r\n" % (field, len(token), token))
            commands.set_field(item.ids_key, item.id, _SLOT.pack(slot))
        for name, words in ((b"rows", rows), (b"tokens", tokens)):
            key = word(b"%b:%b:%d" % (head, name, chunk))
            commands.add_packed(2 + 2 * len(words), (word(b"HSET"), key, *words))


def _by_chunk(run: SlotRun, newcomers: Sequence[Newcomer]) -> Iterator[tuple[int, int, Sequence[Newcomer]]]:
    """The terminals of a run by chunk: its number, its first slot here, the terminals."""
    slot = run.first
    while slot < run.end:
        end = min(run.end, slot - slot % SLOTS_PER_CHUNK + SLOTS_PER_CHUNK)
        yield slot // SLOTS_PER_CHUNK, slot, newcomers[slot - run.first : end - run.first]
        slot = end
