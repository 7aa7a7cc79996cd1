"""Whether tokens a vendor called dead may leave the registry.

When suddenly most tokens of an app are dead, the likely reason is ours: the wrong app, the wrong environment, the
wrong credentials (VENDORS 1.2, rule 3). Then removal is held and an alarm raised, for the tokens are fine. All workers
look at the same answers: the fault may show as a few dead tokens at each of many. A few answers say little by
themselves: they may be what a crash has left of a message that the others took. Then the whole message is looked at.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

from redis.asyncio import Redis

from pushgate.redis import QUEUE, script

WINDOW = 2000
"""Answers looked back on."""
ENOUGH = 10
"""Dead tokens from which a share says something."""
ABNORMAL_SHARE = 0.5


def is_abnormal(of: int, dead: int) -> bool:
    """Whether so many dead among so many are more than are to be believed."""
    return dead >= ENOUGH and dead >= ABNORMAL_SHARE * of


class _Share(IntEnum):
    """What the answers say; the script returns it."""

    USUAL = 0
    DOUBTFUL = 1
    """Too many are dead, of the batch or of a window that is not full."""
    ABNORMAL = 2
    """Too many of a full window are dead."""


@dataclass(frozen=True, slots=True)
class Told:
    """How many of a message's terminals a vendor has answered for, before and after a crash, and how many are dead."""

    answered: int
    dead: int

    @property
    def shows_no_fault(self) -> bool:
        """Whether so many are alive that app, environment and credentials must be right."""
        return self.answered > 0 and self.dead < ABNORMAL_SHARE * self.answered


class RemovalGuard:
    """Watches the answers of all vendors for all apps."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def holds(
        self, app: str, vendor: str, answered: int, dead: int, message: Callable[[], Awaitable[Told]]
    ) -> bool:
        """Count in a batch of answers of a message; True when its dead tokens must stay. Raises EngineUnavailable.

        `message` reads what was answered for the whole message, this batch included. It is called in doubt alone.
        """
        key, args = f"{QUEUE}:removal:{app}:{vendor}", [answered, dead, WINDOW, ENOUGH, ABNORMAL_SHARE]
        share = await script("pushgate.terminals", "removal")(self._redis, [key], args)
        if share == _Share.DOUBTFUL:
            return not (await message()).shows_no_fault
        return share == _Share.ABNORMAL
