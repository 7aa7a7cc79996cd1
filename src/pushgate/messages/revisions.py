"""Replaces stored messages: reschedules them before their push time, or sends them again
afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from msgspec.structs import replace
from redis.asyncio import Redis

from pushgate.audiences.naming import saved_names
from pushgate.domain.audience import Audience
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.family import next_part
from pushgate.domain.message import Message, Status
from pushgate.domain.message_id import MAX_PARTS, part_id
from pushgate.messages.codec import decode, encode, split
from pushgate.messages.families import Families
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.retention import Retention
from pushgate.messages.store import deleted_meanwhile
from pushgate.messages.stored import StoredMessage, read_fields, run
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Revision:
    """A kind of change: its script, the status it needs, the status it leaves, and the text of the
    refusal of a message that has another status.
    """

    script: str
    needs: Status
    leaves: Status
    refusal: Callable[[Message, Status], str]


def not_scheduled(message: Message | None, status: Status) -> str:
    """The error of a message that cannot be changed, with what to do if its pushes may be held.
    None stands for a message whose content was dropped.
    """
    text = f"the message is {status}; only a scheduled one can be changed"
    waits = message is not None and message.options.waits_in_quiet_hours
    if not waits or status not in (Status.SENDING, Status.PAUSED):
        return text
    return (
        f"{text}. To change pushes that are held until quiet hours end, cancel the message, "
        "and send another one to those who did not accept this one"
    )


NOT_SENT = "the message is {}; only of one that was sent can the failures be sent again"
_RESCHEDULE = _Revision(
    script="reschedule",
    needs=Status.SCHEDULED,
    leaves=Status.SCHEDULED,
    refusal=not_scheduled,
)
_RESEND = _Revision(
    script="resend",
    needs=Status.SENT,
    leaves=Status.DISPATCHING,
    refusal=lambda _, status: NOT_SENT.format(status),
)


class MessageRevisions:
    """Changes stored messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, retention: Retention) -> None:
        self._redis = redis
        self._clock = clock
        self._retention = retention
        self._families = Families(redis, retention)

    async def reschedule(
        self,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        key: RequestKey | None = None,
        audience: Audience | None = None,
    ) -> StoredMessage:
        """Replace a message that is still scheduled by the result of `change`. With `audience`,
        also replace its audience; the result of `change` carries the summary of the new one.

        A repeated request under `key` changes nothing. Raises NotFound. Raises Conflict where the
        message is no longer scheduled, where others change it all the time, and where a saved
        audience that it names was deleted.
        """
        async with confirmed(self._redis, QUEUE):
            return await self._revise(_RESCHEDULE, app, message_id, change, key, _as_stored(audience))

    async def name_audiences(
        self, message: Message, before: Audience, audience: Audience, change: int
    ) -> None:
        """Note which saved audiences a small message is about to name, before it is changed.

        None of them is deleted from now on.

        The audiences that it named `before` are held, too, until they are released. `change` is the
        unique number of the change. Raises Conflict where one was deleted.
        """
        names_before, names = saved_names(before), saved_names(audience)
        if names_before or names:
            push_at, keep_until, _, now = self._times(message)
            args = message.app, message.id, " ".join(names), change
            found = await self._run("name_audiences", *args, push_at, keep_until, now)
            if isinstance(found, bytes):
                raise deleted_meanwhile(found)

    async def release_audiences(
        self, message: Message, before: Audience, audience: Audience, change: int | None
    ) -> None:
        """Release the saved audiences that a small message named before this change and no longer
        names, so that they can be deleted.

        Does nothing where another change began meanwhile: the message may be about to name one of
        them again. None stands for the message's end.
        """
        kept = saved_names(audience)
        names = [name for name in saved_names(before) if name not in kept]
        if names:
            args = message.app, message.id, " ".join(names), "" if change is None else change
            await self._run("release_audiences", *args)

    async def resend(
        self,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        key: RequestKey | None = None,
    ) -> StoredMessage:
        """Replace a sent message by the result of `change`, and dispatch it again.

        A repeated request under `key` changes nothing. Raises NotFound. Raises Conflict where the
        message is not sent, and where others change it all the time.
        """
        async with confirmed(self._redis, QUEUE):
            return await self._revise(_RESEND, app, message_id, change, key)

    async def _revise(
        self,
        revision: _Revision,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        key: RequestKey | None,
        audience: Sequence[Value] = (),
    ) -> StoredMessage:
        request = key.request_name if key else ""
        for _ in range(_ATTEMPTS):
            fields = "body", "envelope", "request"
            (body, envelope, known), status = await read_fields(self._redis, app, message_id, *fields)
            if body is None:
                raise NotFound(f"there is no message {message_id}")
            message = decode(body)
            if request and known == request.encode():
                return StoredMessage(message, status)
            goes_out = message.family is not None and status is Status.SENDING
            if status is not revision.needs and not goes_out:
                raise Conflict(revision.refusal(message, status))
            changed = replace(change(message), id=message.id, app=message.app)
            if goes_out:
                if audience:
                    raise Conflict("parts of the message went out already: its audience cannot be changed")
                await self._check_family(message, changed)
            args: tuple[Value, ...] = (message_id, app, body, encode(changed, body))
            args += (encode(changed.envelope, envelope), request, *self._times(changed), *audience)
            match cast("list[bytes]", await self._run(revision.script, *args)):
                case [b"stored", _]:
                    return StoredMessage(changed, status if goes_out else revision.leaves)
                case [b"unknown", name]:
                    raise deleted_meanwhile(name)
                case [b"missing"]:
                    raise NotFound(f"there is no message {message_id}")
        raise Conflict("the message is being changed by others; try again")

    async def _check_family(self, before: Message, changed: Message) -> None:
        """Refuse a change of a family that already has parts, if it would have no effect, or if
        reached terminals might be forgotten before the family's end.
        """
        made = await self._families.made(before.id)
        assert before.family is not None
        assert changed.family is not None
        if next_part(before.id, before.family, before.audience, before.lifetime, made) is None:
            raise Conflict("all parts of the message went out already")
        if made.count + len(changed.family.timetable.instants()) >= MAX_PARTS:
            raise Conflict("the message was changed too often; send a new message instead")
        first = part_id(before.id, 1)
        envelope = (await self._families.envelopes([first])).get(first)
        if envelope is None or changed.family.last_at >= self._retention.keep_until(envelope):
            raise Conflict("the time is too late: who was reached already would be forgotten before")

    def _times(self, message: Message) -> tuple[int, int, int, int]:
        """Push time, end of retention, that of the content, and now, each in ms since the epoch."""
        kept = self._retention.keep_until(message), self._retention.content_until(message)
        return to_ms(message.push_at), to_ms(kept[0]), to_ms(kept[1]), to_ms(self._clock.now())

    async def _run(self, name: str, *args: Value) -> object:
        return await run(self._redis, name, *args)


def _as_stored(audience: Audience | None) -> Sequence[Value]:
    """The names of saved audiences, and the pieces, of the audience that a message gets."""
    if audience is None:
        return ()
    _, pieces = split(audience)
    return " ".join(saved_names(audience)), *pieces
