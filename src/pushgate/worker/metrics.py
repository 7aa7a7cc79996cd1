"""What a worker counts for Prometheus. Names and labels are what dashboards and alerts use."""

from collections import Counter as Counts
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram

from pushgate.worker.circuit_breaker import BreakerChange, log_change
from pushgate.worker.job_summary import JobSummary

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_PAIR = ("app", "vendor")
_MAX_CODES = 500
"""Vendors invent codes: a process counts codes beyond this number as `other`."""


class WorkerMetrics:
    """Answers of vendors, failed calls, times, postponed jobs, changes of circuit breakers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "pushgate_vendor_answers",
            "Answers of vendors to single pushes",
            (*_PAIR, "outcome", "code"),
            registry=registry,
        )
        self._failures = Counter(
            "pushgate_vendor_call_failures",
            "Calls to vendors that failed as a whole",
            (*_PAIR, "kind", "code"),
            registry=registry,
        )
        self._seconds = Histogram(
            "pushgate_vendor_answer_seconds",
            "Time from handing pushes to a vendor to the last answer, one observation a chunk of a block",
            _PAIR,
            buckets=_BUCKETS,
            registry=registry,
        )
        self._delay = Histogram(
            "pushgate_send_delay_seconds",
            "Time from a message's push time to a worker's start on a job of it, without retries",
            _PAIR,
            buckets=_BUCKETS,
            registry=registry,
        )
        self._postponed = Counter(
            "pushgate_jobs_put_off",
            "Jobs that come back later: to be tried again (retry), or to wait for permits or a pause to end "
            "(wait)",
            (*_PAIR, "reason"),
            registry=registry,
        )
        self._changes = Counter(
            "pushgate_circuit_breaker_changes",
            "Changes of circuit breakers that this process made",
            (*_PAIR, "state"),
            registry=registry,
        )
        self._codes: set[tuple[str, str]] = set()

    def started(self, app: str, vendor: str, delay: timedelta) -> None:
        """A job was taken for the first time, `delay` after its message's push time."""
        self._delay.labels(app, vendor).observe(max(0.0, delay.total_seconds()))

    def finished(self, app: str, vendor: str, summary: JobSummary) -> None:
        """A job has ended."""
        for (outcome, code), count in summary.verdicts.items():
            self._answers.labels(app, vendor, outcome.value, self._bounded(vendor, code)).inc(count)
        for (kind, code), count in Counts(summary.call_failures).items():
            self._failures.labels(app, vendor, kind, self._bounded(vendor, code)).inc(count)
        for seconds in summary.chunk_seconds:
            self._seconds.labels(app, vendor).observe(seconds)
        if summary.retry_needed:
            self._postponed.labels(app, vendor, "retry").inc()
        elif summary.rate_limited is not None or summary.paused:
            self._postponed.labels(app, vendor, "wait").inc()

    def breaker_changed(self, change: BreakerChange) -> None:
        """Count and log a change of a circuit breaker."""
        self._changes.labels(change.scope.app, change.scope.vendor, change.state.value).inc()
        log_change(change)

    def _bounded(self, vendor: str, code: str) -> str:
        key = (vendor, code)
        if key not in self._codes:
            if len(self._codes) >= _MAX_CODES:
                return "other"
            self._codes.add(key)
        return code
