"""Running totals over all messages, for monitoring: how many terminals of an app and vendor came to which state.

Kept beside the accounts, not in them: a worker killed between the two leaves these a little low, never the accounts.
"""

from collections.abc import Mapping
from typing import cast

from redis.asyncio import Redis

from pushgate.model import State
from pushgate.redis import QUEUE, reaching

_KEY = f"{QUEUE}:totals"


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

    async def read(self) -> dict[tuple[str, str, str], int]:
        """Totals by (app, vendor, state)."""
        async with reaching():
            raw = cast("Mapping[bytes, bytes]", await self._redis.hgetall(_KEY))
        found: dict[tuple[str, str, str], int] = {}
        for field, value in raw.items():
            app, vendor, state = field.decode().split("|")
            found[(app, vendor, state)] = int(value)
        return found
