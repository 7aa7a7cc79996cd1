"""Running totals over all messages, for monitoring: how many terminals of an app and vendor came to which state, and what
was reported of terminals that nobody knows.

LRUCache beside the accounts, not in them: a worker killed between the two leaves these a little low, never the accounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.outcome import ReceiptKind, State
from pushgate.redis.client import reaching
from pushgate.redis.keys import QUEUE

_KEY = f"{QUEUE}:totals"
_HELD = f"{QUEUE}:removal-held"
_HELD_FOR = timedelta(days=1)
_UNKNOWN = f"{QUEUE}:unknown-reports"


class Unknown(StrEnum):
    """What a report names that is not known: a message of the app, or a terminal that the message was for."""

    MESSAGE = "message"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True, order=True)
class UnknownReports:
    """Reports of one kind that count for no terminal. `source` is the vendor, or `client` for the app itself."""

    app: str
    source: str
    receipt: str
    unknown: str
    count: int


class Totals:
    """The running totals."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, app: str, vendor: str, counts: Mapping[State, int]) -> None:
        """Add what a job came to."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for state, count in counts.items():
                if count and state is not State.PENDING:
                    pipe.hincrby(_KEY, f"{app}|{vendor}|{state.value}", count)
            await pipe.execute()

    async def hold(self, app: str, vendor: str, dead: int) -> None:
        """So many tokens were called dead and kept all the same, for there were too many to be believed."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby(_HELD, f"{app}|{vendor}", dead)
            pipe.expire(_HELD, _HELD_FOR)
            await pipe.execute()

    async def held(self) -> dict[tuple[str, str], int]:
        """Tokens that were kept so, by (app, vendor); forgotten a day after the last of them."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_HELD))
        found: dict[tuple[str, str], int] = {}
        for field, value in raw.items():
            app, _, vendor = field.decode().partition("|")
            found[app, vendor] = int(value)
        return found

    async def note_unknown(
        self, app: str, vendor: str | None, receipt: ReceiptKind, unknown: Unknown, reports: int
    ) -> None:
        """Count reports that name what is not known."""
        async with reaching():
            await self._redis.hincrby(
                _UNKNOWN, f"{app}|{vendor or 'client'}|{receipt.value}|{unknown.value}", reports
            )

    async def unknown(self) -> list[UnknownReports]:
        """Reports that count for no terminal, since the store was made."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_UNKNOWN))
        found: list[UnknownReports] = []
        for field, value in raw.items():
            app, source, receipt, unknown = field.decode().split("|")
            found.append(UnknownReports(app, source, receipt, unknown, int(value)))
        return sorted(found)

    async def read(self) -> dict[tuple[str, str, str], int]:
        """Totals by (app, vendor, state)."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_KEY))
        found: dict[tuple[str, str, str], int] = {}
        for field, value in raw.items():
            app, vendor, state = field.decode().split("|")
            found[(app, vendor, state)] = int(value)
        return found
