"""Checks bundles, each at the instant that is stored for it: ends expired sends, decides about held
sends whose quiet hours have ended, and submits bundles with due retries or lost jobs.
"""

from collections.abc import Sequence
from datetime import timedelta

from pushgate.bundles.bundle_values import DueBundle
from pushgate.bundles.values import Home
from pushgate.domain.clock import from_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.jobs import bundle_job
from pushgate.scheduler.small_deferral import release_small
from pushgate.scheduler.small_dispatcher import QUIET_PATIENCE

PORTION = 32
"""Bundles that one script call checks."""
PAUSED_PATIENCE = timedelta(seconds=15)
"""How often a bundle is checked while its app or vendor is paused."""


class BundleRecovery:
    """Checks the bundles of all homes."""

    def __init__(self, context: SchedulerContext, resubmit_after: timedelta) -> None:
        """`resubmit_after` is how long a job waits in Gearman before it counts as lost."""
        self._context = context
        self._resubmit_after = resubmit_after

    async def look_after(self, home: Home) -> bool:
        """Check some due bundles of the home; returns whether more are due.

        A bundle is submitted even if its job still waits in Gearman or in the backlog: equal jobs
        are queued once. Raises EngineUnavailable; then the bundles are checked again later.
        """
        limiter = self._context.job_limiter
        patience = QUIET_PATIENCE if limiter.is_quiet(home.app.name) else self._resubmit_after
        looked_at, due = await self._context.stores.bundles.look_after(home, patience, PORTION)
        pauses = self._context.stores.pauses
        paused = [bundle for bundle in due if pauses.find(home.app.name, bundle.vendor)]
        if paused:
            await self._look_later(home, paused)
            due = [bundle for bundle in due if bundle not in paused]
        to_send = [bundle for bundle in due if bundle.is_to_send]
        if to_send:
            await self._submit(home, to_send)
            self._context.metrics.bundles_resubmitted(home.app.name, len(to_send))
        if deferred := [bundle for bundle in due if bundle.has_deferred]:
            released = await release_small(self._context, home, [bundle.number for bundle in deferred])
            await self._submit(home, [bundle for bundle in deferred if bundle.number in released])
        return looked_at >= PORTION

    async def _look_later(self, home: Home, paused: Sequence[DueBundle]) -> None:
        """Put off the check of bundles whose app or vendor is paused. When these are resumed, the
        bundles are checked at once.
        """
        later = self._context.clock.now() + PAUSED_PATIENCE
        looks = {bundle.number: min(later, from_ms(1000 * bundle.expires_s)) for bundle in paused}
        await self._context.stores.bundles.look_later(home, looks)

    async def _submit(self, home: Home, due: Sequence[DueBundle]) -> None:
        """Submit the jobs of bundles. If that fails, the bundles are checked again soon."""
        jobs = [
            bundle_job(home, one.number, one.vendor, one.priority, one.expires_s, one.due_s) for one in due
        ]
        try:
            await self._context.job_limiter.submit(jobs)
        except EngineUnavailable:
            soon = self._context.clock.now() + QUIET_PATIENCE
            await self._context.stores.bundles.look_soon(home, [bundle.number for bundle in due], soon)
            raise
