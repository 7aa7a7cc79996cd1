"""A scheduler shows that it sees the store, and holds a store that went back to an earlier time."""

from datetime import datetime, timedelta

from pushgate.restore.holding import hold_restored
from pushgate.restore.resuming import count_waiting, end_hold
from pushgate.scheduler.context import SchedulerContext

_PAUSE = timedelta(minutes=1)
"""How often it is looked whether anything waits still: messages expire."""


class StoreHoldRounds:
    """Looks at the store again and again. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context
        self._due_at: datetime | None = None

    async def run_once(self) -> None:
        """Look at the store; end the hold where nothing waits any more."""
        stores, clock = self._context.stores, self._context.clock
        hold = await hold_restored(stores, clock, alive=True)
        now = clock.now()
        if hold is None or (self._due_at and now < self._due_at <= now + _PAUSE):
            return
        self._due_at = now + _PAUSE
        if await count_waiting(stores) == 0:
            await end_hold(stores)
