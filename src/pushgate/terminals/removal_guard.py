"""Whether tokens a vendor called dead may leave the registry.

When suddenly most tokens of an app are dead, the likely reason is ours: the wrong app, the wrong
environment, the wrong credentials (docs/reference/vendors/index.md#tokens). Then removal is held
and an alarm raised, for the tokens are fine. All workers look at the same answers: the fault may
show as a few dead tokens at each of many. A batch may be what a crash or a retry has left of its
blocks, so in doubt these blocks are judged as a whole, as if they had been sent at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.redis.keys import QUEUE
from pushgate.redis.scripts import script

WINDOW = 2000
"""Answers looked back on."""
ENOUGH = 10
"""Dead tokens from which a share says something."""
ABNORMAL_SHARE = 0.5


def is_abnormal(of: int, dead: int) -> bool:
    """Whether so many dead among so many are more than are to be believed."""
    return dead >= ENOUGH and dead >= ABNORMAL_SHARE * of


@dataclass(frozen=True, slots=True)
class Share:
    """How many tokens a vendor has answered for, and how many of these are dead."""

    answered: int
    dead: int

    @property
    def abnormal(self) -> bool:
        """Whether more are dead than are to be believed."""
        return is_abnormal(self.answered, self.dead)

    def __add__(self, other: "Share") -> "Share":
        return Share(self.answered + other.answered, self.dead + other.dead)


class RemovalGuard:
    """Watches the answers of all vendors for all apps."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def holds(
        self, app: str, vendor: str, batch: Share, before: Callable[[], Awaitable[Share]]
    ) -> bool:
        """Count in a batch of answers; True when its dead tokens must stay. Raises EngineUnavailable.

        `before` reads what was answered earlier for the blocks of this batch. It is called in doubt alone, and has no
        say about a full window: whatever a crash has left, no more dead tokens leave than a window takes for usual.
        """
        key, args = f"{QUEUE}:removal:{app}:{vendor}", [batch.answered, batch.dead, WINDOW]
        answer = await script("pushgate.terminals", "removal_guard")(self._redis, [key], args)
        window = Share(*cast("list[int]", answer))
        # A batch is judged by itself, too: after much healthy traffic one that is all dead would hardly show.
        if not (batch.abnormal or window.abnormal):
            return False
        if window.abnormal and window.answered >= WINDOW:
            return True
        earlier = await before()
        return (batch + earlier).abnormal or (window + earlier).abnormal
