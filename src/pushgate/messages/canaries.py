"""The canaries of large messages: begun when a message is claimed, and decided once.

`ledger.canary_shards` keeps notes in the shards, by which workers leave the rest alone.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.canary import CanaryState, FewAnswers, Finding, Phase
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.message import Envelope, Status
from pushgate.messages.lifecycle import due_for_check
from pushgate.messages.stored import StoredEnvelope, message_key, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed

_KEY = f"{QUEUE}:canaries"
_MAX_LISTED = 1000
_encoder = msgspec.json.Encoder()
_findings = msgspec.json.Decoder(Finding)


class _Noted(msgspec.Struct):
    """When a canary was decided (ms since the epoch), and what could not be judged."""

    at_ms: int
    few_answers: tuple[FewAnswers, ...] = ()


_notes = msgspec.json.Decoder(_Noted)


@dataclass(frozen=True, slots=True)
class HeldCanary:
    """A message that is held by its canary."""

    app: str
    message_id: str
    finding: Finding | None


class Decided(NamedTuple):
    """A message after a decision: its status, None where it is forgotten, the number of its last
    pause, and whether it was decided just now.
    """

    status: Status | None
    pause: int
    is_new: bool


class Canaries:
    """The canaries of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def begin(self, message_id: str, until: datetime) -> CanaryState:
        """Begin a claimed message's canary, to run until `until`, unless it was decided before."""
        async with confirmed(self._redis, QUEUE):
            answer = await run(self._redis, "begin_canary", message_id, to_ms(until))
        state = _state(cast("bytes", answer))
        # The instant of the decision is stored with the decision.
        return state if state.phase is Phase.RUNNING else await self.find(message_id) or state

    async def find(self, message_id: str) -> CanaryState | None:
        """The canary of a message, None where it has not begun."""
        async with reaching(Changes.NOTHING):
            names = ["canary", "canary_finding", "canary_decided"]
            raw = await self._redis.hmget(message_key(message_id), names)
        state, finding, noted = cast("list[bytes | None]", raw)
        return _state(state, finding, noted) if state else None

    async def due(self, now: datetime, next_look_at: datetime, limit: int) -> list[StoredEnvelope]:
        """Messages whose canaries run or are held, and are due for a look. Each is due again at
        `next_look_at`.
        """
        return await due_for_check(self._redis, "canaries", now, next_look_at, limit)

    async def forget(self, message_id: str) -> None:
        """Stop looking at the canary of a message that is over."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.zrem(_KEY, message_id)

    async def decide(
        self,
        message: Envelope,
        until: datetime,
        phase: Phase,
        finding: Finding | None,
        event: bytes = b"",
        few_answers: Sequence[FewAnswers] = (),
    ) -> Decided:
        """Decide about the canary that ran until `until`, unless it was decided before or the
        message is not being sent. The caller notes a pause in the shards. `event` is the entry's
        part that reports it to readers; `few_answers` says what could not be judged.
        """
        found = _encoder.encode(finding) if finding else b""
        now_ms = to_ms(self._clock.now())
        noted = _encoder.encode(_Noted(now_ms, tuple(few_answers)))
        args = f"{Phase.RUNNING} {to_ms(until)}", phase.value, found, now_ms, event, noted
        async with confirmed(self._redis, QUEUE):
            answer = await run(self._redis, "decide_canary", message.id, message.app, *args)
        if answer is None:
            return Decided(None, 0, is_new=False)
        before, status, number = cast("tuple[bytes, bytes, bytes]", answer)
        return Decided(Status(status.decode()), int(number), is_new=before != status)

    async def held(self) -> list[HeldCanary]:
        """The messages that are paused by their canaries, at most 1,000."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[list[bytes]]", self._redis.zrange(_KEY, 0, _MAX_LISTED - 1))
        if not rows:
            return []
        ids = [raw.decode() for raw in rows]
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for message_id in ids:
                pipe.hmget(message_key(message_id), ["app", "status", "canary", "canary_finding"])
            found = cast("list[list[bytes | None]]", await pipe.execute())
        return [
            HeldCanary(app.decode(), message_id, _finding(finding))
            for message_id, (app, status, canary, finding) in zip(ids, found, strict=True)
            if app and status == Status.PAUSED.value.encode() and canary == Phase.HELD.value.encode()
        ]


def _state(raw: bytes, finding: bytes | None = None, noted: bytes | None = None) -> CanaryState:
    phase, _, until = raw.decode().partition(" ")
    state = CanaryState(Phase(phase), from_ms(int(until)) if until else None, _finding(finding))
    if noted is None or state.phase is Phase.RUNNING:
        return state
    known = _notes.decode(noted)
    return replace(state, few_answers=known.few_answers, decided_at=from_ms(known.at_ms))


def _finding(raw: bytes | None) -> Finding | None:
    return _findings.decode(raw) if raw else None
