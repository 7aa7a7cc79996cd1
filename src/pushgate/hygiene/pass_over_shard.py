"""A pass over a shard: what hygiene does, in its order."""

from collections.abc import Sequence
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.domain.clock import Clock
from pushgate.hygiene.compaction import BlockReturn, Compaction
from pushgate.hygiene.lost_slots import LostSlots
from pushgate.hygiene.progress import Phase
from pushgate.hygiene.term_repair import RowTerms, TermRows
from pushgate.hygiene.unused_hours import UnusedHours
from pushgate.hygiene.unused_names import UnusedNames


def phases(redis: Redis, clock: Clock, reuse_after: timedelta) -> Sequence[Phase]:
    """The phases of a pass. A slot is used again `reuse_after` it became free.

    Terms are mended before names without terminals are forgotten, and lost slots are found before
    compaction, which leaves blocks with such slots alone.
    """
    return (
        LostSlots(redis, clock),
        RowTerms(redis),
        TermRows(redis),
        UnusedNames(redis, clock),
        Compaction(redis, clock, reuse_after),
        BlockReturn(redis, clock, reuse_after),
        UnusedHours(redis, clock),
    )
