"""What the parts of a scheduler process share: its stores, apps, job limiter, clock and metrics."""

from dataclasses import dataclass

from pushgate.apps.catalog import AppCatalog
from pushgate.domain.clock import Clock
from pushgate.runtime.tracing import Tracer
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerContext:
    """What the scheduler gives to dispatcher, retries and recovery."""

    stores: Stores
    catalog: AppCatalog
    job_limiter: JobQueueLimiter
    clock: Clock
    metrics: SchedulerMetrics
    tracer: Tracer | None = None
