"""Whether tokens a vendor called dead may leave the registry.

When suddenly most tokens of an app are dead, the likely reason is ours: the wrong app, the wrong environment, the
wrong credentials (VENDORS 1.2, rule 3). Then removal is held and an alarm raised, for the tokens are fine. All workers
look at the same answers: the fault may show as a few dead tokens at each of many.
"""

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


class RemovalGuard:
    """Watches the answers of all vendors for all apps."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def holds(self, app: str, vendor: str, answered: int, dead: int) -> bool:
        """Count in a batch of answers; True when its dead tokens must stay. Raises EngineUnavailable."""
        key, args = f"{QUEUE}:removal:{app}:{vendor}", [answered, dead, WINDOW, ENOUGH, ABNORMAL_SHARE]
        return bool(await script("pushgate.terminals", "removal")(self._redis, [key], args))
