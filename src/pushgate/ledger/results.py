"""Results of messages: read as reports, and completed by receipts, each terminal once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import ReceiptKind, SlotRef
from pushgate.ledger.report import Report, report
from pushgate.ledger.shard_scripts import BLOCKS_PER_SCRIPT, minute_of, run
from pushgate.ledger.values import Block, MessageShard, is_planned, message_key
from pushgate.redis.client import Changes, fields_of, reaching
from pushgate.redis.hash_tags import shard_of
from pushgate.redis.scripts import portions

_REPORTS_PER_SCRIPT = 250
NEW, KNOWN, NOT_TARGETED = 1, 0, -1
"""What became of a receipt: recorded, recorded before, or of no terminal that the message was for.
"""


class ResultStore:
    """The results of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def report(self, app: App, message_id: str) -> Report:
        """The message's results; all zero before it is planned."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            for shard in range(app.shards):
                for name in ("counts", "failures", "timeline"):
                    pipe.hgetall(f"{message_key(app, shard, message_id)}:{name}")
            pipe.hgetall(_unknown_key(app, message_id))
            rows = cast("list[Mapping[bytes, bytes]]", await pipe.execute())
        *fields, unknown = [[(field.decode(), int(value)) for field, value in row.items()] for row in rows]
        counts, failures, timeline = ([item for row in fields[part::3] for item in row] for part in range(3))
        return report(counts, failures, timeline, unknown)

    async def add_unknown_reports(
        self, receipt: ReceiptKind, app: App, message_id: str, reports: int, keep_until: datetime
    ) -> None:
        """Count reports on terminals that the message was not for."""
        key = _unknown_key(app, message_id)
        async with reaching(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hincrby(key, receipt.value, reports)
            pipe.pexpireat(key, to_ms(keep_until))
            await pipe.execute()

    async def open_count(self, app: App, message_id: str) -> int:
        """How many terminals are open in all shards: pending, or reserved while they are sent at
        most once.
        """
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                key = message_key(app, shard, message_id)
                pipe.hget(f"{key}:counts", "|open")
                pipe.exists(f"{key}:pending")
            found = await pipe.execute()
        # The bits decide: as long as there are pending ones, something is open.
        return sum(
            max(int(counted or 0), int(any_bits))
            for counted, any_bits in zip(found[::2], found[1::2], strict=True)
        )

    async def settled(self, app: App, message_id: str) -> bool:
        """Whether the message has come to its end: nothing is open in any shard, and every shard is
        planned.
        """
        if await self.open_count(app, message_id):
            return False
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.get(f"{message_key(app, shard, message_id)}:marker")
            return all(map(is_planned, cast("list[bytes | None]", await pipe.execute())))

    async def recallable(
        self, app: App, message_id: str, shard: int, vendors: Collection[str]
    ) -> dict[Block, int]:
        """The slots of one shard from which the message can be taken back through these vendors.

        These are the slots that have the message or may have it, without those from which it was
        taken back.
        """
        key = message_key(app, shard, message_id)
        found: dict[Block, int] = {}
        for name in ("accepted", "doubt"):
            async for fields in fields_of(self._redis, f"{key}:{name}", BLOCKS_PER_SCRIPT):
                blocks = {field: Block.parse(field.decode()) for field in fields}
                wanted = [field for field, block in blocks.items() if block.group.vendor in vendors]
                for field, bits in (await self._recallable(key, wanted)).items():
                    found[blocks[field]] = bits
        return {block: bits for block, bits in found.items() if bits}

    async def _recallable(self, key: str, fields: Sequence[bytes]) -> dict[bytes, int]:
        if not fields:
            return {}
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for name in ("accepted", "doubt", ReceiptKind.RECALLED.value):
                pipe.hmget(f"{key}:{name}", [field.decode() for field in fields])
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        bits = [[bitmaps.from_bytes(raw or b"") for raw in row] for row in rows]
        return {
            field: (accepted | doubtful) & ~recalled
            for field, accepted, doubtful, recalled in zip(fields, *bits, strict=True)
        }

    async def record_receipts(
        self,
        receipt: ReceiptKind,
        app: App,
        message_id: str,
        slot_refs: Sequence[Sequence[SlotRef]],
        keep_until: datetime,
    ) -> list[int]:
        """Record receipts of one message; returns `NEW`, `KNOWN` or `NOT_TARGETED` for each report.

        For each report, its slots are tried in order until the message was for one: a terminal that
        moved between groups after the message was planned is known by its former slot.
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
                verdicts = await self._record_receipts(receipt, message_shard, tried)
                for (number, index), verdict in zip(some, verdicts, strict=True):
                    found[number] = verdict
                    if verdict == NOT_TARGETED and index + 1 < len(slot_refs[number]):
                        remaining.append((number, index + 1))
        return found

    async def _record_receipts(
        self, receipt: ReceiptKind, message_shard: MessageShard, slot_refs: Sequence[SlotRef]
    ) -> list[int]:
        """One verdict for each slot of the shard."""
        head = receipt.value, to_ms(message_shard.keep_until), minute_of(self._clock.now())
        found: list[int] = []
        for some in portions(slot_refs, _REPORTS_PER_SCRIPT):
            rows: list[str | int] = []
            for slot_ref in some:
                number, offset = bitmaps.split_slot(slot_ref.slot)
                rows += (Block(slot_ref.group, number).field, offset)
            found += cast("list[int]", await run(self._redis, "record_receipts", message_shard, *head, *rows))
        return found


def _unknown_key(app: App, message_id: str) -> str:
    return f"{message_key(app, shard_of(app, message_id), message_id)}:unknown"
