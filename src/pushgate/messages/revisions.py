"""Replacing a stored message: rescheduled before its push time, or resent after it was sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Message, Status
from pushgate.messages.codec import decode, encode
from pushgate.messages.idempotency import RECORD_LIFETIME_MS, RequestKey
from pushgate.messages.retention import Retention
from pushgate.messages.stored import StoredMessage, read_field, run
from pushgate.redis.scripts import Value

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class IdempotentAnswer:
    """A change under an idempotency key, and how its answer is rendered from the message that it
    leaves.
    """

    key: RequestKey
    render: Callable[[StoredMessage], bytes]


@dataclass(frozen=True, slots=True)
class _Revision:
    """A kind of change: its script, the status it needs, the status it leaves, and the text of a
    refusal.
    """

    script: str
    needs: Status
    leaves: Status
    refusal: str


NOT_SCHEDULED = "the message is {}; only a scheduled one can be changed"
NOT_SENT = "the message is {}; only of one that was sent can the failures be sent again"
_RESCHEDULE = _Revision(
    script="reschedule",
    needs=Status.SCHEDULED,
    leaves=Status.SCHEDULED,
    refusal=NOT_SCHEDULED,
)
_RESEND = _Revision(
    script="resend",
    needs=Status.SENT,
    leaves=Status.DISPATCHING,
    refusal=NOT_SENT,
)


class MessageRevisions:
    """Changes stored messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, retention: Retention) -> None:
        self._redis = redis
        self._clock = clock
        self._retention = retention

    async def reschedule(
        self,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        answer: IdempotentAnswer | None = None,
    ) -> StoredMessage:
        """Replace a message that is still scheduled by the result of `change`.

        Raises NotFound. Raises Conflict where the message is no longer scheduled, where others
        change it all the time, and where another request under the idempotency key has just changed
        it.
        """
        return await self._revise(_RESCHEDULE, app, message_id, change, answer)

    async def resend(
        self,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        answer: IdempotentAnswer | None = None,
    ) -> StoredMessage:
        """Replace a sent message by the result of `change`, and dispatch it again.

        Raises NotFound. Raises Conflict where the message is not sent, where others change it all
        the time, and where another request under the idempotency key has just resent it.
        """
        return await self._revise(_RESEND, app, message_id, change, answer)

    async def _revise(
        self,
        revision: _Revision,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        answer: IdempotentAnswer | None,
    ) -> StoredMessage:
        for _ in range(_ATTEMPTS):
            body, status = await read_field(self._redis, app, message_id, "body")
            if status is not revision.needs:
                raise Conflict(revision.refusal.format(status))
            message = decode(body)
            changed = replace(change(message), id=message.id, app=message.app)
            stored = StoredMessage(changed, revision.leaves)
            record = _record(answer, stored)
            args = message_id, app, body, encode(changed), encode(changed.envelope)
            match cast(
                "list[bytes]", await self._run(revision.script, *args, *record, *self._times(changed))
            ):
                case [b"stored", _]:
                    return stored
                case [b"known", _]:
                    raise Conflict("a request with this Idempotency-Key was just answered; repeat this one")
                case [b"missing"]:
                    raise NotFound(f"there is no message {message_id}")
        raise Conflict("the message is being changed by others; try again")

    def _times(self, message: Message) -> tuple[int, int, int]:
        """Push time, end of retention, and now, each in ms since the epoch."""
        keep_until = self._retention.keep_until(message)
        return to_ms(message.push_at), to_ms(keep_until), to_ms(self._clock.now())

    async def _run(self, name: str, *args: Value) -> object:
        return await run(self._redis, name, *args)


def _record(answer: IdempotentAnswer | None, stored: StoredMessage) -> tuple[str, bytes, int]:
    """The idempotency record's key ('' for none), its bytes, and how long it is kept in ms."""
    if answer is None:
        return "", b"", RECORD_LIFETIME_MS
    return answer.key.redis_key, answer.key.record(answer.render(stored)), RECORD_LIFETIME_MS
