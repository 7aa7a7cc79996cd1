"""Running totals over all messages, for monitoring: terminals by app, vendor and state, and reports
that could not be counted.

Totals are stored apart from the ledger of each message. If a worker is killed between the two
writes, the totals stay a little low; the ledger stays exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.outcome import ReceiptKind, State
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import QUEUE

_TOTALS_KEY = f"{QUEUE}:totals"
_UNKNOWN_REPORTS_KEY = f"{QUEUE}:unknown-reports"


class UnknownTarget(StrEnum):
    """The unknown thing that a report names: a message of the app, or a terminal of the message."""

    MESSAGE = "message"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True, order=True)
class UnknownReports:
    """Reports of one kind that count for no terminal. `source` is the vendor, or `client` for the
    client app.
    """

    app: str
    source: str
    receipt: str
    unknown: str
    count: int


class Totals:
    """The running totals. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, app: str, vendor: str, counts: Mapping[State, int]) -> None:
        """Add the terminals that a job brought to each state. Pending ones are left out."""
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for state, count in counts.items():
                if count and state is not State.PENDING:
                    pipe.hincrby(_TOTALS_KEY, f"{app}|{vendor}|{state.value}", count)
            await pipe.execute()

    async def read(self) -> dict[tuple[str, str, str], int]:
        """Terminals by (app, vendor, state)."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_TOTALS_KEY))
        found: dict[tuple[str, str, str], int] = {}
        for field, value in raw.items():
            app, vendor, state = field.decode().split("|")
            found[(app, vendor, state)] = int(value)
        return found

    async def add_unknown_reports(
        self, app: str, vendor: str | None, receipt: ReceiptKind, unknown: UnknownTarget, reports: int
    ) -> None:
        """Count reports that name an unknown message or terminal. `vendor` is None for the client
        app.
        """
        field = f"{app}|{vendor or 'client'}|{receipt.value}|{unknown.value}"
        async with reaching():
            await self._redis.hincrby(_UNKNOWN_REPORTS_KEY, field, reports)

    async def unknown_reports(self) -> list[UnknownReports]:
        """Reports that count for no terminal, since the store was created; sorted."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_UNKNOWN_REPORTS_KEY))
        found: list[UnknownReports] = []
        for field, value in raw.items():
            app, source, receipt, unknown = field.decode().split("|")
            found.append(
                UnknownReports(app=app, source=source, receipt=receipt, unknown=unknown, count=int(value))
            )
        return sorted(found)
