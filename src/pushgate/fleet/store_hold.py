"""The hold on a store that went back to an earlier time: a copy that was started, or a store that
no scheduler has seen for long.

Messages may have been sent since, of which the store knows nothing. So these messages wait until
somebody decides about them.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

_KEY = f"{QUEUE}:restored"
_FIELDS = ("id", "since", "at", "reason", "state")


class HoldReason(StrEnum):
    """Why a store is held."""

    BACKUP = "backup"
    """It has the mark of a backup, and another server than the one that was copied."""
    SILENCE = "silence"
    """No scheduler has seen it for long, and another server has it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHold:
    """A hold: its id, the instant since which events may be missing in the store, when the hold
    began, and why.

    `is_complete` says whether everything that must wait is put aside.
    """

    id: str
    since: datetime
    at: datetime
    reason: HoldReason
    is_complete: bool

    def may_put_aside(self, created_at: datetime) -> bool:
        """Whether a message that was created at this instant may still be put aside. The store may
        not know what was sent of the message, so no part or step is made meanwhile.
        """
        return not self.is_complete and created_at < self.at


class StoreHolds:
    """The hold of the store. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, hold_after: timedelta = timedelta(0)) -> None:
        """`hold_after` is how long no scheduler may have seen the store; zero for any time."""
        self._redis = redis
        self._clock = clock
        self._hold_after_ms = hold_after // timedelta(milliseconds=1)

    async def look(self, *, alive: bool = False) -> StoreHold | None:
        """Begin a hold where the store went back; return the hold that there is.

        `alive` notes that a scheduler looks.
        """
        args = to_ms(self._clock.now()), secrets.token_hex(8), self._hold_after_ms, int(alive)
        answer = await script("pushgate.fleet", "look_at_store")(self._redis, [QUEUE], args)
        return _parse(cast("list[bytes | None]", answer))

    async def read(self) -> StoreHold | None:
        """Return the hold that there is, None for none."""
        async with reaching(Changes.NOTHING):
            return _parse(cast("list[bytes | None]", await self._redis.hmget(_KEY, _FIELDS)))

    async def complete(self, hold: StoreHold) -> None:
        """Note that everything that must wait is put aside."""
        await script("pushgate.fleet", "change_hold")(self._redis, [QUEUE], [hold.id, "held"])

    async def end(self, hold: StoreHold) -> None:
        """End the hold."""
        await script("pushgate.fleet", "change_hold")(self._redis, [QUEUE], [hold.id, ""])

    async def mark_backup(self, backup_id: str) -> None:
        """Mark the store, so that a copy of it is recognised when it is started."""
        args = to_ms(self._clock.now()), backup_id
        await script("pushgate.fleet", "mark_backup")(self._redis, [QUEUE], args)

    async def unmark_backup(self, backup_id: str) -> bool:
        """Remove the mark of a backup. The mark of a later backup stays.

        Returns whether the mark was there: a failover of the store removes it.
        """
        return bool(await script("pushgate.fleet", "unmark_backup")(self._redis, [QUEUE], [backup_id]))


def _parse(values: "list[bytes | None]") -> StoreHold | None:
    if not values or any(value is None for value in values):
        return None
    found_id, since, at, reason, state = (value.decode() for value in values if value is not None)
    return StoreHold(
        id=found_id,
        since=from_ms(int(since)),
        at=from_ms(int(at)),
        reason=HoldReason(reason),
        is_complete=state == "held",
    )
