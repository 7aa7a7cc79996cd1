"""Whether tokens that a vendor calls dead may leave the registry.

The rule: dead tokens are removed on the vendor's word, unless they are at least 10 and at least
half of the tokens that they are compared with. When suddenly most tokens of an app are dead, the
likely reason is a mistake of the operator: wrong credentials, the wrong app or environment. Then
the tokens are kept, and the caller raises an alarm.

A vendor can call a token dead in three ways. Each is compared with the numbers that say most:

- In the response to a push (`distrusts_responses`): with the responses of the same batch, and with
  the last 2,000 responses that all workers got for the app and vendor, since a mistake may show as
  a few dead tokens at each of many workers. A batch may be the rest of blocks that a crash or a
  retry has left, so both are judged together with the earlier responses for these blocks.
- In a later receipt of a large message (`distrusts_receipts`): with all terminals that accepted the
  message through the vendor, since a callback may report nothing but dead tokens.
- In a later receipt of a small message (`distrusts_late_responses`): with the last 2,000 responses,
  where the receipt counts as a late response. Messages to one terminal each would show nothing.

Anonymous terminals registered themselves without a registration token, so anybody may have
registered invalid tokens. Their dead tokens are judged separately: they are compared with the
responses that called no token dead, and have no effect on the tokens of other terminals.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

WINDOW = 2000
"""Responses that a batch is compared with."""
MIN_DEAD = 10
"""Fewer dead tokens are always believed."""
MAX_DEAD_SHARE = 0.5
"""From this share of dead tokens on, the vendor is not believed."""
_GONE_KEPT = timedelta(days=60)
"""Longer than a message is kept by default; receipts come within days."""


@dataclass(frozen=True, slots=True)
class DeadShare:
    """The number of tokens that a vendor judged, how many of them it called dead, and how many of
    the dead ones are those of anonymous terminals.
    """

    tokens: int
    dead: int
    anonymous: int = 0

    @property
    def others(self) -> "DeadShare":
        """The share without the dead tokens of anonymous terminals."""
        return DeadShare(max(0, self.tokens - self.anonymous), self.dead - self.anonymous)

    @property
    def of_anonymous(self) -> "DeadShare":
        """The share without the dead tokens of other terminals."""
        return DeadShare(max(0, self.tokens - self.dead + self.anonymous), self.anonymous)

    @property
    def implausible(self) -> bool:
        """Whether so many are dead that a mistake is more likely. This is the rule of
        the module.
        """
        return self.dead >= MIN_DEAD and self.dead >= MAX_DEAD_SHARE * self.tokens

    def __add__(self, other: "DeadShare") -> "DeadShare":
        return DeadShare(self.tokens + other.tokens, self.dead + other.dead, self.anonymous + other.anonymous)


class Distrust(NamedTuple):
    """Whether dead tokens must stay: those of anonymous terminals, and those of all others."""

    others: bool
    anonymous: bool

    def of(self, is_anonymous: bool) -> bool:
        """Whether the token of a terminal of this kind must stay."""
        return self.anonymous if is_anonymous else self.others


class Windows(NamedTuple):
    """The sums of the latest responses, without the dead tokens of the other kind of terminals."""

    others: DeadShare
    anonymous: DeadShare


class RemovalGuard:
    """Compares dead tokens with live ones, for each app and vendor."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def distrusts_responses(
        self, app: str, vendor: str, batch: DeadShare, read_earlier: Callable[[], Awaitable[DeadShare]]
    ) -> Distrust:
        """Count the responses of a batch; returns whether its dead tokens must stay.

        `read_earlier` returns the earlier responses for the blocks of the batch. It is called only
        in doubt, and does not affect the rule for a full window: whatever a crash has left, no more
        dead tokens are removed than a full window allows. Raises EngineUnavailable.
        """
        windows = await self.count(app, vendor, batch)
        return Distrust(
            others=await _is_doubtful(batch.others, windows.others, read_earlier),
            anonymous=batch.anonymous > 0
            and await _is_doubtful(batch.of_anonymous, windows.anonymous, read_earlier),
        )

    def distrusts_receipts(self, reported: DeadShare) -> Distrust:
        """Return whether tokens that receipts call dead must stay.

        `reported` counts the terminals that accepted the message through the vendor, and those of
        them that were reported dead so far.
        """
        return _distrust(reported.others, reported.of_anonymous)

    async def distrusts_late_responses(
        self, app: str, vendor: str, dead: int, anonymous: int = 0
    ) -> Distrust:
        """Count tokens that the vendor called dead after it had accepted pushes to them; returns
        whether they must stay. `anonymous` are those of anonymous terminals among them.

        The acceptances are in the window already. If the window is empty, because nothing was sent
        for a day, there is nothing to compare with: then tokens stay if there are enough of them
        for an alarm. Raises EngineUnavailable.
        """
        return _distrust(*await self.count(app, vendor, DeadShare(0, dead, anonymous)))

    async def count_gone(self, app: str, vendor: str, message_id: str, anonymous: int) -> int:
        """Count tokens of anonymous terminals that receipts of a large message newly call dead;
        returns how many there were so far. Raises EngineUnavailable.
        """
        key = f"{QUEUE}:removal:{app}:{vendor}:gone:{message_id}"
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
            if not anonymous:
                pipe.get(key)
            else:
                pipe.incrby(key, anonymous)
                pipe.expire(key, _GONE_KEPT)
            found = await pipe.execute()
        return int(found[0] or 0)

    async def count(self, app: str, vendor: str, batch: DeadShare) -> Windows:
        """Add the responses of a batch to the windows; returns their sums.

        Raises EngineUnavailable.
        """
        key, others, anonymous = f"{QUEUE}:removal:{app}:{vendor}", batch.others, batch.of_anonymous
        args = [others.tokens, others.dead, anonymous.tokens, anonymous.dead, WINDOW]
        sums = cast(
            "list[int]", await script("pushgate.terminals", "removal_guard")(self._redis, [key], args)
        )
        return Windows(DeadShare(*sums[:2]), DeadShare(*sums[2:]))


def _distrust(others: DeadShare, anonymous: DeadShare) -> Distrust:
    return Distrust(others.implausible, anonymous.implausible)


async def _is_doubtful(
    batch: DeadShare, window: DeadShare, read_earlier: Callable[[], Awaitable[DeadShare]]
) -> bool:
    # The batch is also judged by itself: after much healthy traffic, a wholly dead batch hardly
    # shows in the window.
    if not (batch.implausible or window.implausible):
        return False
    if window.implausible and window.tokens >= WINDOW:
        return True
    earlier = await read_earlier()
    return (batch + earlier).implausible or (window + earlier).implausible
