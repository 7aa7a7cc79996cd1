"""A scheduler and a worker that go on with a store which another version wrote."""

from collections.abc import Sequence
from datetime import timedelta

from prometheus_client import CollectorRegistry
from tests.support.apps import catalog_of
from tests.support.pipeline import Pipeline

from pushgate.bundles.values import Home
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import Job
from pushgate.domain.app import App
from pushgate.scheduler.bundle_recovery import BundleRecovery
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.recovery import Recovery, RecoveryIntervals
from pushgate.scheduler.retry_submitter import RetrySubmitter
from pushgate.scheduler.small_dispatcher import SmallDispatcher

_PATIENCE = timedelta(seconds=3)


class SubmittedJobs:
    """Takes the place of the job limiter: a test runs the jobs. No job waits in Gearman."""

    def __init__(self, jobs: list[Job]) -> None:
        self._jobs = jobs

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Keep the jobs for the test."""
        self._jobs += jobs

    def count_losses(self) -> int:
        """No server is lost."""
        return 0

    async def refill(self) -> int:
        """No job waits for room."""
        return 0

    async def drop_expired(self, _: object) -> None:
        """No job waits for room."""

    def has_backlog(self, _: Job) -> bool:
        """No job waits for room."""
        return False

    def is_quiet(self, _: str) -> bool:
        """Whether no job of the app waits in Gearman."""
        return True


async def run_everything(pipeline: Pipeline, app: App, vendors: Sequence[str], gearman: str) -> None:
    """Do what a scheduler and a worker do within a quarter of an hour."""
    context = SchedulerContext(
        stores=pipeline.stores,
        catalog=catalog_of(pipeline.stores.registered_apps, app, vendors),
        job_limiter=SubmittedJobs(pipeline.jobs),  # type: ignore[arg-type]  # all that is used of it
        clock=pipeline.clock,
        metrics=SchedulerMetrics(CollectorRegistry()),
    )
    recovery = Recovery(context, GearmanAdmin([gearman], 3), RecoveryIntervals(_PATIENCE, _PATIENCE))
    small, bundles = SmallDispatcher(context, _PATIENCE), BundleRecovery(context, _PATIENCE)
    for _ in range(30):
        for home in [Home(app, shard) for shard in range(app.shards)]:
            while await small.run_round(home, urgent=False) or await bundles.look_after(home):
                pass
        await pipeline.dispatch_due()
        await RetrySubmitter(context).submit_due()
        await recovery.run_once()
        await pipeline.run_jobs()
        await pipeline.run_job.drain(timedelta(seconds=10))
        pipeline.clock.advance(30)
