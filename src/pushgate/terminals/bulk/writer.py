"""Writes portions of new terminals to a shard, each portion as a whole or not at all.

A portion is watched (ids, terms, people), read, packed, and written in MULTI and EXEC. Terminals
that are known already, or that others change meanwhile, are left to the ordinary registration.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

import msgspec
from redis import exceptions
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.attributes import value_of
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import tag
from pushgate.terminals.attribute_lengths import note_lengths
from pushgate.terminals.bulk.commands import Commands
from pushgate.terminals.bulk.connections import BulkConnections
from pushgate.terminals.bulk.portion import Newcomer, PersonTerms, PortionTerms, newcomer, write_run
from pushgate.terminals.bulk.registered_events import ask_for_readers, epoch_key, write_registered
from pushgate.terminals.bulk.reservation import Reservation
from pushgate.terminals.bulk.slot_bits import SlotRun
from pushgate.terminals.bulk.term_forms import ReadTerm, add_to_term
from pushgate.terminals.bulk.term_reads import read_common, read_users
from pushgate.terminals.bulk.term_writes import write_alive, write_shared
from pushgate.terminals.terms import attribute_terms, bucket_of_term, user_term

_ATTEMPTS = 3
_decode_person = msgspec.msgpack.Decoder(tuple[int, dict[str, str]]).decode
Placed = list[tuple[SlotRun, Sequence[Newcomer]]]
"""Runs of slots, and the terminals that get them."""


class ShardWriter:
    """Writes new terminals to one shard of an app, for one import."""

    def __init__(self, redis: Redis, connections: BulkConnections, app: App, shard: int) -> None:
        self._app, self._shard = app, shard
        self._head = tag(app, shard).encode()
        self._connections = connections
        self._redis = redis

    async def write(self, terminals: Sequence[Terminal], now_ms: int) -> list[Terminal]:
        """Register terminals with different ids, sorted by group; returns those that are new and
        registered now.

        The remaining ones are known already, or others change them again and again. Raises the
        errors of redis-py, and EngineUnavailable.
        """
        self._connection = await self._connections.at(self._head)
        # A length that is noted for a terminal which is not written then does no harm.
        await note_lengths(self._redis, self._app, self._shard, terminals)
        newcomers = [newcomer(self._head, terminal, now_ms // 1000) for terminal in terminals]
        reservation = Reservation(self._redis, self._head)
        for _ in range(_ATTEMPTS):
            newcomers, has_people, epoch = await self._watch_ids(newcomers)
            if not newcomers:
                break
            people = await self._read_people(newcomers) if has_people else {}
            if await self._try(newcomers, people, reservation, now_ms, epoch):
                return [item.terminal for item in newcomers]
        return []

    async def _watch_ids(self, newcomers: Sequence[Newcomer]) -> tuple[list[Newcomer], bool, bytes | None]:
        """The terminals that are not registered yet, whether any user has a record, and the epoch
        of events where anybody reads.
        """
        commands, people = Commands(), self._head + b":people"
        commands.add(b"UNWATCH")
        commands.add(b"WATCH", people, epoch_key(self._head), *{item.ids_key for item in newcomers})
        commands.add(b"EXISTS", people)
        ask_for_readers(commands, self._head)
        for item in newcomers:
            commands.get_field(item.ids_key, item.id)
        answers = await self._exchange(commands)
        has_people, epoch, has_readers, *slots = answers[2:]
        fresh = [item for item, slot in zip(newcomers, slots, strict=True) if slot is None]
        return fresh, bool(has_people), cast("bytes | None", epoch) if has_readers else None

    async def _read_people(self, newcomers: Sequence[Newcomer]) -> PersonTerms:
        """The terms of the attributes of the terminals' users."""
        users = sorted({item.terminal.user for item in newcomers if item.terminal.user})
        if not users:
            return {}
        keys = [self._head + b":people:" + bucket_of_term(user_term(user)).encode() for user in users]
        commands = Commands()
        commands.add(b"WATCH", *set(keys))
        for key, user in zip(keys, users, strict=True):
            commands.get_field(key, user.encode())
        answers = cast("list[bytes | None]", (await self._exchange(commands))[1:])
        return {
            user: [
                attribute_terms(name, value_of(text))[1] for name, text in _decode_person(record)[1].items()
            ]
            for user, record in zip(users, answers, strict=True)
            if record
        }

    async def _try(
        self,
        newcomers: Sequence[Newcomer],
        people: PersonTerms,
        reservation: Reservation,
        now_ms: int,
        epoch: bytes | None,
    ) -> bool:
        """Write the terminals unless something watched was changed meanwhile. Returns whether they
        were written.
        """
        by_group = Counter([item.group for item in newcomers])
        names = {name: None for item in newcomers for name in item.names}
        taken, numbers = await reservation.take(by_group, list(names))
        placed = _place(newcomers, [run for runs in taken.values() for run in runs])
        terms = PortionTerms({}, {})
        for run, some in placed:
            terms.add_run(run, some, people)
        common = await read_common(self._connection, self._head, terms.cells)
        users = await read_users(self._connection, self._head, terms.users)
        commands = self._pack(placed, numbers, now_ms)
        self._pack_terms(commands, terms, common, users)
        if epoch:
            write_registered(commands, self._head, epoch, placed, now_ms)
        commands.add(b"EXEC")
        done = (await self._exchange(commands))[-1]
        if done is None:
            reservation.put_back(taken)
            return False
        for answer in cast("list[object]", done):
            if isinstance(answer, exceptions.ResponseError):
                raise answer
        return True

    def _pack(self, placed: Placed, numbers: Mapping[str, bytes], now_ms: int) -> Commands:
        commands = Commands()
        commands.add(b"MULTI")
        for run, some in placed:
            write_run(commands, self._head, run, some, numbers, now_ms)
        write_alive(commands, self._head, (run for run, _ in placed))
        return commands

    def _pack_terms(
        self, commands: Commands, terms: PortionTerms, common: Sequence[ReadTerm], users: Sequence[ReadTerm]
    ) -> None:
        for read in (*common, *users):
            add_to_term(commands, self._head, read)
        write_shared(commands, self._head, users)
        commands.add(b"SADD", self._head + b":days", *terms.days())

    async def _exchange(self, commands: Commands) -> list[object]:
        return await self._connection.exchange(commands.packed(), commands.count)


def _place(newcomers: Sequence[Newcomer], runs: Sequence[SlotRun]) -> Placed:
    """Give slots to terminals. Both are in the order of groups, and as many."""
    placed: Placed = []
    at = 0
    for run in runs:
        size = run.end - run.first
        placed.append((run, newcomers[at : at + size]))
        at += size
    return placed
