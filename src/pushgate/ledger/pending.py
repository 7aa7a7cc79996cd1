"""What is still to be sent of a message, as bits by block: planned once, taken under a lease, cleared by outcomes.

Serves the scheduler (plan, stuck) and the worker (take, flush, release). Each call is one script on one shard, so that
a terminal is in exactly one state at every moment.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message import Resend
from pushgate.domain.outcome import FailureCode, State
from pushgate.domain.terminal import Group
from pushgate.redis.client import Changes, fields_of, reaching
from pushgate.redis.keys import tag
from pushgate.redis.scripts import portions, script

PER_SCRIPT = 64
"""Blocks that one script plans, ends, resumes or looks at."""
_MOVES_PER_SCRIPT = 64


@dataclass(frozen=True, slots=True)
class MessageShard:
    """One message in one shard of its app, and until when what is known of it is kept."""

    app: App
    shard: int
    message_id: str
    keep_until: datetime

    @property
    def key(self) -> str:
        """The head of its keys."""
        return f"{tag(self.app, self.shard)}:m:{self.message_id}"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a group."""

    group: Group
    number: int

    @property
    def field(self) -> str:
        """Text form: `apns/en 12`."""
        return f"{self.group.key} {self.number}"

    @classmethod
    def parse(cls, field: str) -> "Block":
        """Read the text form back."""
        group, _, number = field.rpartition(" ")
        return cls(Group.parse(group), int(number))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why terminals ended as they did: the vendor's code, or one of ours, and what it means. Never content."""

    vendor: str
    code: str
    reason: str

    def label(self, state: State) -> str:
        """Text form, bounded: `apns|invalid|BadDeviceToken|the token is not one`."""
        clean = (self.vendor, state.value, self.code[:64], self.reason[:200])
        return "|".join(part.replace("|", "/") for part in clean)


NOT_CONFIGURED_REASON = "no worker that has settings for the vendor took it before the time to live was over"


def not_configured(vendor: str) -> Failure:
    """Why slots expire without an attempt: no process had settings for their vendor."""
    return Failure(vendor, FailureCode.VENDOR_NOT_CONFIGURED, f"never sent: {NOT_CONFIGURED_REASON}")


@dataclass(frozen=True, slots=True)
class Planned:
    """Slots of a block and the state they start in. The failure of pending ones is the reason if nobody tries them before
    the time to live is over; of those that start as expired the reason is known."""

    block: Block
    bits: int
    state: State = State.PENDING
    failure: Failure | None = None


class MoveKind(StrEnum):
    """How a move is meant: settled, or for the time in which something is sent at most once. Or it moves nothing: an
    attempt settled nothing (the vendor refused it for now, or gave no answer), or there was none, for it was held back."""

    FINAL = "final"
    RESERVE = "reserve"
    RELEASE = "release"
    TRIED = "tried"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Move:
    """Slots of a block that go from one state to another, and leave the failure that they had there.

    A final move to the state they are in says that they stay there. The failure of an attempt that settled nothing is
    kept until another attempt, and is the reason if the slots expire.
    """

    block: Block
    bits: int
    to: State
    failure: Failure | None = None
    origin: State = State.PENDING
    kind: MoveKind = MoveKind.FINAL


@dataclass(frozen=True, slots=True)
class Taken:
    """What a worker got: `pending` bits of the blocks it holds now; `held` tells how long others hold theirs.

    `ended` is the state the message was ended in, if it was.
    """

    pending: Mapping[Block, int]
    held: Mapping[Block, timedelta]
    ended: State | None


@dataclass(frozen=True, slots=True)
class Flushed:
    """What a flush found: terminals whose state is open in the shard, leases lost, the bits that each move moved."""

    open: int
    lost: int
    moved: Sequence[int]
    ended: State | None


class Pending:
    """Pending bits and outcomes of all messages."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def plan(self, scope: MessageShard, planned: Sequence[Planned]) -> bool:
        """Write who is targeted in this shard and where they start. Does nothing, and says so, the second time."""
        now, planner = self._clock.now(), secrets.token_hex(8)
        parts = list(portions(planned, PER_SCRIPT)) or [()]
        for number, part in enumerate(parts):
            rows: list[str | bytes] = []
            for item in part:
                rows += (
                    item.block.field,
                    bitmaps.to_bytes(item.bits),
                    item.state.value,
                    _label(item.failure, item.state),
                )
            head = to_ms(scope.keep_until), to_ms(now), _minute(now), planner, number
            if not await self._run("plan", scope, *head, int(number == len(parts) - 1), *rows):
                return False
        return True

    async def unplanned(self, app: App, message_id: str) -> list[int]:
        """The shards in which nobody has planned the message to the end, or whose plan was lost."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.get(f"{tag(app, shard)}:m:{message_id}:marker")
            markers = cast("list[bytes | None]", await pipe.execute())
        return [shard for shard, marker in enumerate(markers) if not is_planned(marker)]

    async def blocks(self, scope: MessageShard) -> list[Block]:
        """The blocks with something pending."""
        found: dict[Block, None] = {}
        async for fields in fields_of(self._redis, f"{scope.key}:pending", PER_SCRIPT):
            found |= dict.fromkeys(Block.parse(field.decode()) for field in fields)
        return list(found)

    async def resume(self, scope: MessageShard, resend: Resend, vendors: Collection[str]) -> None:
        """Make failures pending once more.

        `vendors` are those that this process has settings for. What is another vendor's waits for a process that has
        them. Changes nothing the second time for the same resend.
        """
        cursor = b"0"
        while True:
            answer = await self._run(
                "resume",
                scope,
                to_ms(scope.keep_until),
                to_ms(self._clock.now()),
                resend.count,
                cursor,
                PER_SCRIPT,
                len(resend.states),
                *(state.value for state in resend.states),
                1,
                FailureCode.UNANSWERED,
                not_configured("").label(State.EXPIRED),
                *vendors,
            )
            cursor = cast("bytes", answer)
            if cursor == b"0":
                return

    async def count(self, scope: MessageShard, wanted: Sequence[Block], *states: State) -> list[int]:
        """How many slots of these blocks are in each of the states."""
        fields = [block.field for block in wanted]
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for state in states:
                pipe.hmget(f"{scope.key}:{state.value}", fields)
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        return [sum(bitmaps.from_bytes(bits).bit_count() for bits in row if bits) for row in rows]

    async def take(
        self, scope: MessageShard, holder: str, lease: timedelta, wanted: Sequence[Block]
    ) -> Taken:
        """Take a lease on these blocks, where nobody else has one, and read what is pending in them."""
        now = to_ms(self._clock.now())
        answer = await self._run("take", scope, holder, _ms(lease), now, *(block.field for block in wanted))
        marker, *rows = cast("list[bytes]", answer)
        pending: dict[Block, int] = {}
        held: dict[Block, timedelta] = {}
        for block, row in zip(wanted, rows, strict=True):
            if len(row) == bitmaps.BYTES_PER_BLOCK:
                pending[block] = bitmaps.from_bytes(row)
            elif row:
                held[block] = timedelta(milliseconds=int(row))
        return Taken(pending, held, _ended(marker))

    async def flush(
        self, scope: MessageShard, holder: str, lease: timedelta, held: Sequence[Block], moves: Sequence[Move]
    ) -> Flushed:
        """Record outcomes and renew the leases; a portion of the outcomes in one step."""
        done = [
            await self._flush(scope, holder, lease, held, some)
            for some in list(portions(moves, _MOVES_PER_SCRIPT)) or [()]
        ]
        return Flushed(
            done[-1].open,
            max(part.lost for part in done),
            [bits for part in done for bits in part.moved],
            next((part.ended for part in done if part.ended), None),
        )

    async def _flush(
        self, scope: MessageShard, holder: str, lease: timedelta, held: Sequence[Block], moves: Sequence[Move]
    ) -> Flushed:
        rows: list[str | bytes] = []
        for move in moves:
            rows += (
                move.block.field,
                bitmaps.to_bytes(move.bits),
                move.origin.value,
                move.to.value,
                _label(move.failure, move.to),
                move.kind.value,
            )
        answer = await self._run(
            "flush",
            scope,
            holder,
            _ms(lease),
            to_ms(scope.keep_until),
            _minute(self._clock.now()),
            len(held),
            *(block.field for block in held),
            *rows,
        )
        marker, still_open, lost, *moved = cast("list[object]", answer)
        return Flushed(
            cast("int", still_open),
            cast("int", lost),
            [bitmaps.from_bytes(bits) for bits in cast("list[bytes]", moved)],
            _ended(cast("bytes", marker)),
        )

    async def release(
        self, scope: MessageShard, holder: str, held: Sequence[Block], retry_at: datetime | None = None
    ) -> None:
        """Give up the leases; with `retry_at`, a job for what is left of these blocks waits until then."""
        if held:
            due = to_ms(retry_at) if retry_at else ""
            fields = (block.field for block in held)
            await self._run("release", scope, holder, to_ms(scope.keep_until), due, *fields)

    async def end(self, app: App, message_id: str, keep_until: datetime, state: State) -> int:
        """End all that is pending of a message as cancelled or expired; returns how many. Idempotent.

        Shards that are not planned yet will not be.
        """
        total = 0
        for shard in range(app.shards):
            now = self._clock.now()
            scope = MessageShard(app, shard, message_id, keep_until)
            cursor, done = b"0", 0
            while not done:
                head = state.value, to_ms(keep_until), _minute(now)
                answer = await self._run("end", scope, *head, cursor, PER_SCRIPT)
                done, cursor, ended = cast("tuple[int, bytes, int]", answer)
                total += ended
        return total

    async def stuck(
        self, scope: MessageShard, submitted_before: datetime, retry_before: datetime, limit: int
    ) -> tuple[int, list[Block]]:
        """How many are open in this shard, and the blocks with something pending that nobody is going to send.

        They count as submitted from now on.
        """
        now, cursor = to_ms(self._clock.now()), b"0"
        found: dict[Block, None] = {}
        looked_at = 0
        while True:
            answer = await self._run(
                "stuck", scope, now, to_ms(submitted_before), to_ms(retry_before), cursor, PER_SCRIPT
            )
            cursor, still_open, pending, *fields = cast("tuple[bytes, int, int, bytes]", answer)
            looked_at += pending
            found |= dict.fromkeys(Block.parse(field.decode()) for field in fields)
            if cursor == b"0" or len(found) >= limit:
                break
        if not looked_at and still_open:
            still_open = await self._withheld(scope)
        return still_open, list(found)

    async def _withheld(self, scope: MessageShard) -> int:
        """How many are open where nothing is pending; none, once nobody is at work on them."""
        cursor = b"0"
        while True:
            answer = await self._run("withheld", scope, cursor, PER_SCRIPT)
            cursor, still_open = cast("tuple[bytes, int]", answer)
            if cursor == b"0":
                return still_open

    async def _run(self, name: str, scope: MessageShard, *args: bytes | str | int) -> object:
        return await script("pushgate.ledger", name)(self._redis, [scope.key], args)


def is_planned(marker: bytes | None) -> bool:
    """Whether a shard with this marker has its plan, or was ended without one."""
    return marker is not None and not marker.startswith((b"planning ", b"resuming "))


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def _minute(instant: datetime) -> int:
    return to_ms(instant) // 60_000


def _label(failure: Failure | None, state: State) -> str:
    return failure.label(state) if failure else ""


def _ended(marker: bytes) -> State | None:
    return State(marker.decode()) if marker in (b"cancelled", b"expired") else None
