"""Results of messages: read as reports, and completed by receipts, each terminal once."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.report import Report, report
from pushgate.ledger.shard_scripts import list_blocks, minute_of, read_blocks, run
from pushgate.ledger.slot_sets import DEFERRED
from pushgate.ledger.values import Block, MessageShard, is_planned, message_key
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import shard_of
from pushgate.redis.scripts import portions, script

_REPORTS_PER_SCRIPT = 250
NEW, KNOWN, NOT_TARGETED = 1, 0, -1
"""The result of a receipt: recorded now, recorded before, or about a terminal that the message was
not for.
"""
_Row = list[bytes]
"""Fields and values of a hash in turn, as a script returns them."""


class ResultStore:
    """The results of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def report(self, app: App, *message_ids: str) -> Report:
        """The results of these messages together; all zero before they are planned."""
        heads = [message_key(app, shard, one) for one in message_ids for shard in range(app.shards)]
        call = script("pushgate.ledger", "read_report")
        shards = cast("list[list[_Row]]", await call.many(self._redis, [([head], ()) for head in heads]))
        counts, failures, timeline = (
            [item for rows in shards for item in _items(rows[part])] for part in range(3)
        )
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for message_id in message_ids:
                pipe.hgetall(_unknown_key(app, message_id))
            rows = cast("list[Mapping[bytes, bytes]]", await pipe.execute())
        unknown = Counter[str]()
        for row in rows:
            unknown.update({name.decode(): int(n) for name, n in row.items()})
        return report(counts, failures, timeline, unknown.items())

    async def add_unknown_reports(
        self, receipt: ReceiptKind, app: App, message_id: str, reports: int, keep_until: datetime
    ) -> None:
        """Count reports on terminals that the message was not for."""
        key = _unknown_key(app, message_id)
        async with reaching(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hincrby(key, receipt.value, reports)
            pipe.pexpireat(key, to_ms(keep_until))
            await pipe.execute()

    async def pending_by_vendor(self, app: App, message_id: str) -> Mapping[str, int]:
        """How many terminals are pending, by vendor; vendors with none are left out."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.hgetall(f"{message_key(app, shard, message_id)}:counts")
            rows = cast("list[Mapping[bytes, bytes]]", await pipe.execute())
        found = Counter[str]()
        for row in rows:
            for name, count in row.items():
                group, _, counted = name.decode().partition("|")
                if group and counted == State.PENDING:
                    found[Group.parse(group).vendor] += int(count)
        return +found

    async def open_counts(
        self, app: App, message_id: str, shards: Collection[int] | None = None
    ) -> dict[int, int]:
        """How many terminals are open in each of these shards, by default in all: pending,
        reserved while they are sent at most once, or deferred. Shards with none are left out.
        """
        asked = range(app.shards) if shards is None else shards
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in asked:
                key = message_key(app, shard, message_id)
                pipe.hmget(f"{key}:counts", "|open", "|pending", f"|{DEFERRED}")
            found = cast("list[list[bytes | None]]", await pipe.execute())
        # Pending ones decide: as long as there are any, something is open.
        counts = (max(int(row[0] or 0), int(row[1] or 0)) + int(row[2] or 0) for row in found)
        return {shard: count for shard, count in zip(asked, counts, strict=True) if count}

    async def open_count(self, app: App, message_id: str) -> int:
        """How many terminals are open in all shards."""
        return sum((await self.open_counts(app, message_id)).values())

    async def settled(self, app: App, message_id: str) -> bool:
        """Whether the message has ended: no terminal is open in any shard, and every shard is
        planned.
        """
        if await self.open_counts(app, message_id):
            return False
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.get(f"{message_key(app, shard, message_id)}:marker")
            return all(map(is_planned, cast("list[bytes | None]", await pipe.execute())))

    async def recallable(
        self, app: App, message_id: str, shard: int, vendors: Collection[str]
    ) -> dict[Block, int]:
        """The slots of one shard from which the message can be taken back through these vendors.

        These are the slots that have or may have the message, without those from which it was
        already taken back.
        """
        key, found = message_key(app, shard, message_id), dict[Block, int]()
        for name in ("accepted", "doubt"):
            async for blocks in list_blocks(self._redis, key, name):
                wanted = [block.number for block in blocks if block.group.vendor in vendors]
                names = ("accepted", "doubt", ReceiptKind.RECALLED.value)
                for block, row in (await read_blocks(self._redis, key, names, wanted)).items():
                    accepted, doubtful, recalled = map(bitmaps.from_bytes, row)
                    found[block] = (accepted | doubtful) & ~recalled
        return {block: bits for block, bits in found.items() if bits}

    async def record_receipts(
        self,
        receipt: ReceiptKind,
        app: App,
        message_id: str,
        slot_refs: Sequence[Sequence[SlotRef]],
        keep_until: datetime,
        *,
        clears: bool = False,
    ) -> list[int]:
        """Record receipts of one message; returns `NEW`, `KNOWN` or `NOT_TARGETED` for each report.

        For each report, its slots are tried in order until the message was for one: a terminal that
        moved between groups after the message was planned is known by its former slot. With
        `clears`, new clicks are queued, so that the notification is removed from the user's other
        terminals.
        """
        found = [NOT_TARGETED] * len(slot_refs)
        remaining = [(number, 0) for number, candidates in enumerate(slot_refs) if candidates]
        while remaining:
            by_shard: dict[int, list[tuple[int, int]]] = {}
            for number, index in remaining:
                by_shard.setdefault(slot_refs[number][index].shard, []).append((number, index))
            remaining = []
            for shard, some in by_shard.items():
                message_shard = MessageShard(app, shard, message_id, keep_until)
                tried = [slot_refs[number][index] for number, index in some]
                verdicts = await self._record_receipts(receipt, message_shard, tried, clears=clears)
                for (number, index), verdict in zip(some, verdicts, strict=True):
                    found[number] = verdict
                    if verdict == NOT_TARGETED and index + 1 < len(slot_refs[number]):
                        remaining.append((number, index + 1))
        return found

    async def _record_receipts(
        self,
        receipt: ReceiptKind,
        message_shard: MessageShard,
        slot_refs: Sequence[SlotRef],
        *,
        clears: bool,
    ) -> list[int]:
        """One verdict for each slot of the shard."""
        queues = "1" if clears and receipt is ReceiptKind.CLICKED else ""
        head = receipt.value, to_ms(message_shard.keep_until), minute_of(self._clock.now()), queues
        found: list[int] = []
        for some in portions(slot_refs, _REPORTS_PER_SCRIPT):
            rows: list[int] = []
            for slot_ref in some:
                number, offset = bitmaps.split_slot(slot_ref.slot)
                rows += (number, offset)
            found += cast("list[int]", await run(self._redis, "record_receipts", message_shard, *head, *rows))
        return found


def _unknown_key(app: App, message_id: str) -> str:
    return f"{message_key(app, shard_of(app, message_id), message_id)}:unknown"


def _items(row: _Row) -> list[tuple[str, int]]:
    return [(field.decode(), int(value)) for field, value in zip(row[::2], row[1::2], strict=True)]
