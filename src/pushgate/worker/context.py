"""The objects that all jobs of a worker process share: stores, limits, clock, timings and
metrics.
"""

from dataclasses import dataclass
from datetime import timedelta

from pushgate.domain.clock import Clock
from pushgate.runtime.tracing import Tracer
from pushgate.stores import Stores
from pushgate.worker.circuit_breaker import CircuitBreaker
from pushgate.worker.credential_uses import CredentialUses
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.rate_limiter import RateLimiter


@dataclass(frozen=True, slots=True)
class WorkerTimings:
    """How long a lease on blocks lasts without renewal, and how often outcomes are recorded."""

    lease: timedelta
    flush_interval: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What the worker gives to each job run."""

    stores: Stores
    rate_limiter: RateLimiter
    circuit_breaker: CircuitBreaker
    clock: Clock
    timings: WorkerTimings
    metrics: WorkerMetrics
    credential_uses: CredentialUses
    tracer: Tracer | None = None
