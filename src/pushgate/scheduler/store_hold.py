"""Notes that a scheduler sees the store, and holds a store that went back to an earlier time."""

from datetime import datetime, timedelta

from pushgate.restore.holding import hold_restored
from pushgate.restore.resuming import count_waiting, end_hold
from pushgate.scheduler.context import SchedulerContext

_PAUSE = timedelta(minutes=1)
"""How often to check whether anything still waits: messages expire meanwhile."""


class StoreHoldRounds:
    """Checks the store again and again. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context
        self._due_at: datetime | None = None

    async def run_once(self) -> None:
        """Check the store; end the hold if nothing waits any more."""
        stores, clock = self._context.stores, self._context.clock
        hold = await hold_restored(stores, clock, alive=True)
        now = clock.now()
        if hold is None or (self._due_at and now < self._due_at <= now + _PAUSE):
            return
        self._due_at = now + _PAUSE
        if await count_waiting(stores) == 0:
            await end_hold(stores)
