"""What a step from one version of the key space to the next must be.

A step is a module `v<n>_to_v<n + 1>` with a class that has the shape of `Step`, listed in
`migrate.STEPS`. It works in portions: a script call converts a bounded part, and notes in the same
call that this part is done, or it does no harm when it is repeated. So a step that was killed goes
on where it stopped, and two that run at the same time do no damage. It leaves nothing behind that
only the older version reads, and keeps how long keys live.

A step uses scripts and codecs of the version that it leads to. When a further version changes
these, what the step uses is copied beside the step, so that the step goes on writing its own
version. A store that the older version really wrote is recorded for its test
(`tests/support/upgrade/record.py`).
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from redis.asyncio import Redis

Progress = Callable[[str, int, int], None]
"""Is told what is being converted (`shop, shard 0: rows`), how much of it is done, and how much
there is.
"""


class Step(Protocol):
    """Carries a store over to the next version. All calls raise EngineUnavailable."""

    source: int
    """The version that it converts; it leads to the next one."""

    async def count(self, redis: Redis) -> Mapping[str, int]:
        """How much there is to convert, by what it is. Changes nothing."""
        ...

    async def convert(self, redis: Redis, progress: Progress) -> None:
        """Convert everything, or what is left of it. No process uses the store meanwhile."""
        ...

    async def clean_up(self, redis: Redis) -> None:
        """Delete what the step noted about its progress, once the store has the new version."""
        ...
