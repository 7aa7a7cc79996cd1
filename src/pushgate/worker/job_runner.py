"""The worker's entry point: runs every job that Gearman delivers.

Only a worker tries anything again: adapters never do.
"""

from contextlib import suppress
from datetime import timedelta

from pushgate.apps.catalog import AppCatalog
from pushgate.dispatch.job import BundleJob, Job
from pushgate.domain.errors import EngineUnavailable
from pushgate.worker.block_runner import BlockRunner
from pushgate.worker.bundle_runner import BundleRunner
from pushgate.worker.context import WorkerContext
from pushgate.worker.push_renderer import PushRenderer, Sign


class JobRunner:
    """Runs jobs of blocks and of bundles, several at once."""

    def __init__(self, context: WorkerContext, catalog: AppCatalog, sign: Sign, holder: str) -> None:
        """`sign` makes the callback token of an app and a message id.

        `holder` names this process; no other process, now or before, has the same name.
        """
        renderer = PushRenderer(context.clock, sign)
        self._blocks = BlockRunner(context, catalog, renderer, holder)
        self._uses = context.credential_uses
        self._bundles = BundleRunner(context, catalog, sign, holder)

    async def __call__(self, job: Job) -> None:
        """Do the job. What stays pending comes back later. Raises EngineUnavailable."""
        if isinstance(job, BundleJob):
            await self._bundles(job)
        else:
            await self._blocks(job)

    async def drain(self, limit: timedelta) -> int:
        """Wait for bundles that go on without their jobs; returns how many `limit` cut off."""
        left = await self._bundles.drain(limit)
        with suppress(EngineUnavailable):
            await self._uses.flush()
        return left
