"""Works on frozen audiences in the background, at a bounded pace: marks their terminals, and
releases the terminals of former ones.
"""

from datetime import timedelta

from pushgate.domain.app import App
from pushgate.freezing.records import FreezeClaim
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.hygiene import TICK

SLOTS_PER_SECOND = 10_000
"""How many terminals are marked or released in a second. That takes about a tenth of Redis's time.
"""
_LEASE = timedelta(seconds=60)
"""How long a frozen audience waits for another scheduler if the one that works on it dies."""


class FreezeRounds:
    """Carries out the work on frozen audiences, one at a time. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext, slots_per_second: int = SLOTS_PER_SECOND) -> None:
        self._context = context
        self._freezing = context.stores.freezing
        self._records = context.stores.freezing.records
        self._slots_per_tick = slots_per_second * TICK.total_seconds()
        self._credit = 0.0

    async def run_once(self) -> None:
        """Work for one tick: as much as the pace allows. If the last step took too long, the next
        ticks do nothing in exchange.
        """
        self._credit = min(self._credit + self._slots_per_tick, self._slots_per_tick)
        while self._credit > 0:
            now = self._context.clock.now()
            claim = await self._records.claim(now, now + _LEASE)
            if claim is None:
                return
            app = await self._context.stores.registered_apps.find_app(claim.app)
            await self._work(claim, app or App(claim.app))

    async def _work(self, claim: FreezeClaim, app: App) -> None:
        """Work until nothing is left or the credit is used up. Then any scheduler may go on."""
        kept: FreezeClaim | None = claim
        while self._credit > 0 and kept:
            step = await self._freezing.step(app, claim.key)
            self._credit -= step.slots
            if step.is_over:
                await self._records.keep(kept, None)
                return
            kept = await self._records.keep(kept, self._context.clock.now() + _LEASE)
        if kept:
            await self._records.keep(kept, self._context.clock.now())
