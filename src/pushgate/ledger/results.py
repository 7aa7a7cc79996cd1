"""Who received, who clicked: reads a message's results and records receipts, each terminal once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.outcome import ReceiptKind, SlotRef
from pushgate.ledger.pending import PER_SCRIPT, Block, is_planned
from pushgate.ledger.report import Report, report
from pushgate.redis.client import Changes, fields_of, reaching
from pushgate.redis.keys import shard_of, tag
from pushgate.redis.scripts import portions, script

_REPORTS_PER_SCRIPT = 250


class ResultStore:
    """The results of all messages."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def report(self, app: App, message_id: str) -> Report:
        """The message's results; all zero before it is planned."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            for shard in range(app.shards):
                for name in ("counts", "failures", "timeline"):
                    pipe.hgetall(f"{tag(app, shard)}:m:{message_id}:{name}")
            pipe.hgetall(_unknown(app, message_id))
            rows = cast("list[Mapping[bytes, bytes]]", await pipe.execute())
        *fields, unknown = [[(field.decode(), int(value)) for field, value in row.items()] for row in rows]
        counts, failures, timeline = ([item for row in fields[part::3] for item in row] for part in range(3))
        return report(counts, failures, timeline, unknown)

    async def note_unknown(
        self, receipt: ReceiptKind, app: App, message_id: str, reports: int, keep_until: datetime
    ) -> None:
        """Count reports on terminals that the message was not for."""
        key = _unknown(app, message_id)
        async with reaching(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hincrby(key, receipt.value, reports)
            pipe.pexpireat(key, to_ms(keep_until))
            await pipe.execute()

    async def open_count(self, app: App, message_id: str) -> int:
        """How many terminals are pending, or withheld while they are being sent at most once, in all shards."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.hget(f"{tag(app, shard)}:m:{message_id}:counts", "|open")
                pipe.exists(f"{tag(app, shard)}:m:{message_id}:pending")
            found = await pipe.execute()
        # The bits have the last word: as long as there are any, something is open.
        return sum(
            max(int(counted or 0), int(any_bits))
            for counted, any_bits in zip(found[::2], found[1::2], strict=True)
        )

    async def settled(self, app: App, message_id: str) -> bool:
        """Whether nothing is open in any shard, and every shard is planned: only then has the message come to its end."""
        if await self.open_count(app, message_id):
            return False
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.get(f"{tag(app, shard)}:m:{message_id}:marker")
            return all(map(is_planned, cast("list[bytes | None]", await pipe.execute())))

    async def recallable(
        self, app: App, message_id: str, shard: int, vendors: Collection[str]
    ) -> dict[Block, int]:
        """The slots that have the message through these vendors, or may have it, and of which it was not taken back."""
        key = f"{tag(app, shard)}:m:{message_id}"
        found: dict[Block, int] = {}
        for name in ("accepted", "doubt"):
            async for fields in fields_of(self._redis, f"{key}:{name}", PER_SCRIPT):
                wanted = {field: Block.parse(field.decode()) for field in fields}
                wanted = {field: block for field, block in wanted.items() if block.group.vendor in vendors}
                for field, left in (await self._recallable(key, list(wanted))).items():
                    found[wanted[field]] = left
        return {block: left for block, left in found.items() if left}

    async def _recallable(self, key: str, fields: Sequence[bytes]) -> dict[bytes, int]:
        if not fields:
            return {}
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for name in ("accepted", "doubt", ReceiptKind.RECALLED.value):
                pipe.hmget(f"{key}:{name}", [field.decode() for field in fields])
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        bits = [[bitmaps.from_bytes(raw or b"") for raw in row] for row in rows]
        return {
            field: (had | may_have) & ~lost for field, had, may_have, lost in zip(fields, *bits, strict=True)
        }

    async def record_receipts(
        self,
        receipt: ReceiptKind,
        app: App,
        message_id: str,
        slot_refs: Sequence[Sequence[SlotRef]],
        keep_until: datetime,
    ) -> list[int]:
        """Record receipts of one message; returns for each report 1 if it is new, 0 if it was known, -1 if it is of no
        terminal that the message was for.

        For each report, the spots are tried in order until one was targeted by the message: a terminal that changed
        its language since is known by its former spot.
        """
        found = [-1] * len(slot_refs)
        remaining = [(number, 0) for number, candidates in enumerate(slot_refs) if candidates]
        while remaining:
            by_shard: dict[int, list[tuple[int, int]]] = {}
            for number, index in remaining:
                by_shard.setdefault(slot_refs[number][index].shard, []).append((number, index))
            remaining = []
            for shard, some in by_shard.items():
                verdicts = await self._record_receipts(
                    receipt,
                    app,
                    message_id,
                    shard,
                    [slot_refs[number][index] for number, index in some],
                    keep_until,
                )
                for (number, index), verdict in zip(some, verdicts, strict=True):
                    found[number] = verdict
                    if verdict == -1 and index + 1 < len(slot_refs[number]):
                        remaining.append((number, index + 1))
        return found

    async def _record_receipts(
        self,
        receipt: ReceiptKind,
        app: App,
        message_id: str,
        shard: int,
        slot_refs: Sequence[SlotRef],
        keep_until: datetime,
    ) -> list[int]:
        now, found = self._clock.now(), list[int]()
        for some in portions(slot_refs, _REPORTS_PER_SCRIPT):
            args: list[str | int] = [receipt.value, to_ms(keep_until), to_ms(now) // 60_000]
            for slot_ref in some:
                number, offset = bitmaps.place(slot_ref.slot)
                args += [Block(slot_ref.group, number).field, offset]
            answer = await script("pushgate.ledger", "receive")(
                self._redis, [f"{tag(app, shard)}:m:{message_id}"], args
            )
            found += cast("list[int]", answer)
        return found


def _unknown(app: App, message_id: str) -> str:
    return f"{tag(app, shard_of(app, message_id))}:m:{message_id}:unknown"
