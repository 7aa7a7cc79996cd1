"""What a scheduler counts for Prometheus. Names and labels are what dashboards and alerts use."""

from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class SchedulerMetrics:
    """Messages dispatched, how late they were, and work that was submitted again."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lateness = Histogram(
            "pushgate_dispatch_delay_seconds",
            "Time from a message's push time, from the decision on its rest, or from when it was resumed, to "
            "the start of its dispatch",
            ["app"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._jobs = Counter("pushgate_jobs_submitted", "Jobs of new messages", ["app"], registry=registry)
        self._resubmitted = Counter(
            "pushgate_blocks_resubmitted", "Blocks whose job was lost and submitted again", registry=registry
        )
        self._bundles_resubmitted = Counter(
            "pushgate_bundles_resubmitted",
            "Bundles submitted again, because a retry was due or their job was lost",
            ["app"],
            registry=registry,
        )

        self._withdrawn = Counter(
            "pushgate_withdrawn_terminals",
            "Terminals from which a notification is removed, because the user clicked on another one",
            ["app", "vendor"],
            registry=registry,
        )

        self._registry_changes = Counter(
            "pushgate_registry_changes",
            "What hygiene changed in registries: terminals moved, blocks returned, terms mended, ...",
            ["app", "change"],
            registry=registry,
        )

        self._audit_trimmed = Counter(
            "pushgate_audit_rows_trimmed_early",
            "Rows that left the audit log before audit.retention, because it had more than audit.max_entries",
            ["app"],
            registry=registry,
        )

        self._rollbacks = Counter(
            "pushgate_store_rollbacks",
            "Parts of the store that went back to an earlier state: their last writes are lost",
            registry=registry,
        )

    def store_rolled_back(self) -> None:
        """Count a part of the store that went back."""
        self._rollbacks.inc()

    def audit_trimmed_early(self, app: str, rows: int) -> None:
        """Rows left the audit log of an app before their time."""
        self._audit_trimmed.labels(app).inc(rows)

    def withdrawn(self, app: str, vendor: str, terminals: int) -> None:
        """A notification is removed from terminals of a vendor."""
        self._withdrawn.labels(app, vendor).inc(terminals)

    def registry_changed(self, app: str, change: str, count: int) -> None:
        """Hygiene changed a registry."""
        self._registry_changes.labels(app, change).inc(count)

    def dispatched(self, app: str, late: timedelta, jobs: int) -> None:
        """A message was dispatched."""
        self._lateness.labels(app).observe(max(0.0, late.total_seconds()))
        self._jobs.labels(app).inc(jobs)

    def small_dispatched(self, app: str, late: timedelta, messages: int) -> None:
        """Small messages of one push time were dispatched."""
        lateness, seconds = self._lateness.labels(app), max(0.0, late.total_seconds())
        for _ in range(messages):
            lateness.observe(seconds)

    def bundles_submitted(self, app: str, bundles: int) -> None:
        """Jobs of new bundles were submitted."""
        self._jobs.labels(app).inc(bundles)

    def bundles_resubmitted(self, app: str, bundles: int) -> None:
        """Bundles were submitted again: a retry was due, or the job was lost."""
        self._bundles_resubmitted.labels(app).inc(bundles)

    def resubmitted(self, blocks: int) -> None:
        """Lost jobs were submitted again."""
        self._resubmitted.inc(blocks)
