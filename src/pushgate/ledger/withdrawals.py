"""Slots of large messages from which the notification is removed, because the user clicked on
another terminal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.ledger.shard_scripts import run
from pushgate.ledger.values import MessageShard
from pushgate.redis.scripts import portions

_SLOTS_PER_SCRIPT = 256


class Withdrawals:
    """Chooses slots, and queues them. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def choose(
        self,
        app: App,
        message_id: str,
        slots: Mapping[int, Sequence[int]],
        unable: Sequence[str],
        keep_until: datetime,
    ) -> Counter[str]:
        """Choose among these slots, by shard, but those of these vendors, and queue those that are
        chosen in their shard. Each is chosen once.

        These have the message, and nobody clicked there. Returns by vendor how many are new.
        """
        found = Counter[str]()
        for shard, of_shard in slots.items():
            message_shard = MessageShard(app, shard, message_id, keep_until)
            head = to_ms(keep_until), to_ms(self._clock.now()), f" {' '.join(unable)} "
            for some in portions(of_shard, _SLOTS_PER_SCRIPT):
                split = [number for slot in some for number in bitmaps.split_slot(slot)]
                found += by_vendor(await run(self._redis, "withdraw", message_shard, *head, *split))
        return found


def by_vendor(answer: object) -> Counter[str]:
    """Vendors and numbers by turns, as scripts return them."""
    flat = cast("list[bytes | int]", answer)
    pairs = zip(cast("list[bytes]", flat[::2]), cast("list[int]", flat[1::2]), strict=True)
    return Counter({vendor.decode(): count for vendor, count in pairs})
