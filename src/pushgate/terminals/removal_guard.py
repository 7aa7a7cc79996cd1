"""Whether tokens that a vendor calls dead may leave the registry.

The rule: dead tokens are removed on the vendor's word, unless they are at least 10 and at least
half of the tokens that they are compared with. When suddenly most tokens of an app are dead, the
likely reason is a mistake of the operator: wrong credentials, the wrong app or environment. Then
the tokens are kept, and the caller raises an alarm.

A vendor has two ways to call a token dead, and each is compared with the most telling numbers:

- In the response to a push (`distrusts_responses`): with the responses of the same batch, and with
  the last 2,000 responses that all workers got for the app and vendor, since a mistake may show as
  a few dead tokens at each of many workers. A batch may be the rest of blocks that a crash or a
  retry has left, so both are judged together with the earlier responses for these blocks.
- In a later receipt of a large message (`distrusts_receipts`): with all terminals that accepted the
  message through the vendor, since a callback may report nothing but dead tokens.
- In a later receipt of a small message (`distrusts_late_responses`): with the last 2,000 responses,
  among which it counts as one that comes late. Messages to one terminal each would show nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

WINDOW = 2000
"""Responses that a batch is compared with."""
MIN_DEAD = 10
"""Fewer dead tokens are always believed."""
MAX_DEAD_SHARE = 0.5
"""From this share of dead tokens on, the vendor is not believed."""


@dataclass(frozen=True, slots=True)
class DeadShare:
    """The number of tokens that a vendor judged, and how many of them it called dead."""

    tokens: int
    dead: int

    @property
    def implausible(self) -> bool:
        """Whether so many are dead that a mistake is more likely. This is the rule of
        the module.
        """
        return self.dead >= MIN_DEAD and self.dead >= MAX_DEAD_SHARE * self.tokens

    def __add__(self, other: "DeadShare") -> "DeadShare":
        return DeadShare(self.tokens + other.tokens, self.dead + other.dead)


class RemovalGuard:
    """Compares dead tokens with live ones, for each app and vendor."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def distrusts_responses(
        self, app: str, vendor: str, batch: DeadShare, read_earlier: Callable[[], Awaitable[DeadShare]]
    ) -> bool:
        """Count the responses of a batch; returns whether its dead tokens must stay.

        `read_earlier` returns the earlier responses for the blocks of the batch. It is called only
        in doubt, and has no say about a full window: whatever a crash has left, no more dead tokens
        leave than a full window allows. Raises EngineUnavailable.
        """
        window = await self.count(app, vendor, batch)
        # The batch counts by itself, too: after much healthy traffic a wholly dead batch hardly
        # shows.
        if not (batch.implausible or window.implausible):
            return False
        if window.implausible and window.tokens >= WINDOW:
            return True
        earlier = await read_earlier()
        return (batch + earlier).implausible or (window + earlier).implausible

    def distrusts_receipts(self, reported: DeadShare) -> bool:
        """Return whether tokens that receipts call dead must stay.

        `reported` counts the terminals that accepted the message through the vendor, and those of
        them that were reported dead so far.
        """
        return reported.implausible

    async def distrusts_late_responses(self, app: str, vendor: str, dead: int) -> bool:
        """Count tokens that the vendor called dead after it had accepted pushes to them; returns
        whether they must stay.

        The acceptances are in the window already. Where it is empty, because nothing was sent for a
        day, there is nothing to compare with, and as many as make an alarm stay. Raises
        EngineUnavailable.
        """
        return (await self.count(app, vendor, DeadShare(0, dead))).implausible

    async def count(self, app: str, vendor: str, batch: DeadShare) -> DeadShare:
        """Add the responses of a batch to the window; returns the window's sums.

        Raises EngineUnavailable.
        """
        key, args = f"{QUEUE}:removal:{app}:{vendor}", [batch.tokens, batch.dead, WINDOW]
        sums = await script("pushgate.terminals", "removal_guard")(self._redis, [key], args)
        return DeadShare(*cast("list[int]", sums))
