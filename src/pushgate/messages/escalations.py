"""Messages with steps that are due, and the steps as they are made.

Serves the scheduler and readers. Knows nothing of terminals and receipts.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from msgspec import structs
from redis.asyncio import Redis

from pushgate.domain.audience import AudienceKind, AudienceSummary
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.escalation import Escalates, MadeStep, NoStep, Step, due_at, step_id
from pushgate.domain.message import Envelope, Message, Status
from pushgate.domain.message_id import created_ms
from pushgate.messages.codec import decode, decode_envelope, encode
from pushgate.messages.retention import Retention
from pushgate.messages.stored import log_unreadable, message_key, read_again, read_due, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value

_ESCALATIONS = f"{QUEUE}:escalations"
_FIELDS = ("steps", "resumed_at", "steps_cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEscalation:
    """A message that is due for a look at its next step. `raw` is its envelope as stored, `made`
    are the steps before the next one.
    """

    message: Envelope
    status: Status
    raw: bytes
    made: Sequence[MadeStep]
    resumed_at: datetime | None

    @property
    def created_at(self) -> datetime:
        """When the message was created."""
        return from_ms(created_ms(self.message.id))

    @property
    def step(self) -> Step:
        """The next step."""
        return self.message.escalate[len(self.made)]

    @property
    def due_at(self) -> datetime:
        """The instant of the next step."""
        return due_at(self.step, self.message.push_at, self.message.spread, self.resumed_at)

    def next_step(self, silent: Sequence[str]) -> Escalates:
        """Which step the next one is. `silent` are the vendors of which nobody reports
        deliveries.
        """
        return Escalates(
            message_id=self.message.id,
            number=len(self.made) + 1,
            unless=self.step.unless,
            to=self.step.to,
            earlier=tuple(one.message_id for one in self.made if one.message_id),
            silent=tuple(silent),
        )

    @property
    def following_at(self) -> datetime | None:
        """The instant of the step after the next one, None where there is none."""
        steps = self.message.escalate[len(self.made) + 1 :]
        at, spread = self.message.push_at, self.message.spread
        return due_at(steps[0], at, spread, self.resumed_at) if steps else None


@dataclass(frozen=True, slots=True)
class StepsMade:
    """The steps that are over, in their order, when a paused message was resumed last, and whether
    the steps to come were cancelled.
    """

    made: Sequence[MadeStep] = ()
    resumed_at: datetime | None = None
    is_cancelled: bool = False


class Escalations:
    """The steps of messages of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, retention: Retention) -> None:
        self._redis = redis
        self._retention = retention

    async def due(self, now: datetime, limit: int) -> Sequence[DueEscalation]:
        """At most `limit` messages whose next step is due for a look, the most overdue first."""
        due, over, later = list[DueEscalation](), list[str](), list[str]()
        found = await read_due(self._redis, _ESCALATIONS, now, limit, "envelope", "status", *_FIELDS)
        for message_id, (raw, status, *fields) in found:
            if not raw or not status or status == b"cancelled" or fields[-1] is not None:
                over.append(message_id)
            elif (one := _readable(raw, status, fields)) is None:
                later.append(message_id)
            elif len(one.made) >= len(one.message.escalate):
                over.append(message_id)
            else:
                due.append(one)
        await read_again(self._redis, _ESCALATIONS, later, now)
        await self._end(over)
        return due

    async def steps(self, message_id: str) -> StepsMade:
        """The results of a message's steps so far; empty for an unknown message."""
        async with reaching(Changes.NOTHING):
            row = await self._redis.hmget(message_key(message_id), list(_FIELDS))
        return _made(cast("list[bytes | None]", row))

    async def beside(self, step: Escalates) -> Escalates:
        """The step with all other steps that have messages counted as earlier ones: later steps may
        be planned, or reach users, while this one waits or is planned again.
        """
        async with reaching(Changes.NOTHING):
            read = self._redis.hget(message_key(step.message_id), "steps")
            stored = await cast("Awaitable[bytes | None]", read)
        made = enumerate((stored or b"").decode().split(), 1)
        others = [text for number, text in made if number != step.number and not text.startswith("-")]
        return replace(step, earlier=tuple(dict.fromkeys((*step.earlier, *others))))

    async def make(self, due: DueEscalation, silent: Sequence[str], now: datetime) -> Message | None:
        """Make the message of the next step, due at its instant.

        `silent` are the vendors of which nobody reports deliveries. Returns None, and makes
        nothing, if the message was changed, cancelled, paused or put aside, if its content was
        dropped or is of a later version, or if another process has made the step.
        """
        async with reaching(Changes.NOTHING):
            read = self._redis.hget(message_key(due.message.id), "body")
            body = await cast("Awaitable[bytes | None]", read)
        if body is None:
            await self._end([due.message.id])
            return None
        try:
            parent = decode(body)
        except ValueError as error:
            log_unreadable(error)
            await read_again(self._redis, _ESCALATIONS, [due.message.id], now)
            return None
        message = _step_of(parent, due, silent)
        kept = self._retention.keep_until(message), self._retention.content_until(message)
        times = map(to_ms, (message.push_at, *kept))
        stored = await self._finish_step(
            due, MadeStep(message.id), body, encode(message), encode(message.envelope), *times
        )
        return message if stored else None

    async def pass_over(self, due: DueEscalation, reason: NoStep, told: int = 0) -> None:
        """Note that the next step has no message. Does nothing where `make` would make nothing."""
        await self._finish_step(due, MadeStep(None, reason, told))

    async def claim(self, message_id: str, now: datetime, until: datetime) -> bool:
        """Claim the look at a message until this instant; returns False if another process has
        claimed it, or its steps are over.
        """
        return bool(await run(self._redis, "claim_look", message_id, to_ms(now), to_ms(until)))

    async def look_again(self, message_id: str, at: datetime) -> bool:
        """Look at a message again at this instant or later; returns False if that is not needed,
        because its steps are over or it is no longer being sent.
        """
        async with reaching(), self._redis.pipeline(transaction=True) as pipe:
            pipe.zadd(_ESCALATIONS, {message_id: to_ms(at)}, xx=True, gt=True)
            pipe.zscore(_ESCALATIONS, message_id)
            pipe.hget(message_key(message_id), "status")
            _, score, status = await pipe.execute()
        return score is not None and status in (b"sending", b"sent")

    async def _end(self, message_ids: Sequence[str]) -> None:
        """Stop looking at messages."""
        if message_ids:
            async with reaching():
                await self._redis.zrem(_ESCALATIONS, *message_ids)

    async def _finish_step(self, due: DueEscalation, made: MadeStep, *message: Value) -> bool:
        following = due.following_at
        args: tuple[Value, ...] = (
            due.message.id,
            due.message.app,
            due.raw,
            len(due.made),
            str(made),
            to_ms(following) if following else "",
            *message,
        )
        async with confirmed(self._redis, QUEUE):
            return bool(await run(self._redis, "make_step", *args))


def _readable(raw: bytes, status: bytes, fields: Sequence[bytes | None]) -> DueEscalation | None:
    """A message that is due, or None for one that this version cannot read."""
    try:
        known = _made(fields)
        return DueEscalation(
            message=decode_envelope(raw),
            status=Status(status.decode()),
            raw=raw,
            made=known.made,
            resumed_at=known.resumed_at,
        )
    except ValueError as error:
        log_unreadable(error)
        return None


def _made(row: Sequence[bytes | None]) -> StepsMade:
    steps, resumed_at, cancelled = row
    return StepsMade(
        [MadeStep.parse(one) for one in (steps or b"").decode().split()],
        from_ms(int(resumed_at)) if resumed_at else None,
        is_cancelled=cancelled is not None,
    )


def _step_of(parent: Message, due: DueEscalation, silent: Sequence[str]) -> Message:
    """The message of a step: the content and options of the escalated message, with the rest of its
    time to live.
    """
    at = due.due_at
    return structs.replace(
        parent,
        id=step_id(parent.id, len(due.made) + 1, at),
        push_at=at,
        created_at=at,
        audience=AudienceSummary(AudienceKind.STEP, expression=f'{{"escalation_of":"{parent.id}"}}'),
        options=replace(
            parent.options, ttl=parent.push_at + parent.lifetime - at, spread=None, require_audience=False
        ),
        resend=None,
        escalate=(),
        escalates=due.next_step(silent),
    )
