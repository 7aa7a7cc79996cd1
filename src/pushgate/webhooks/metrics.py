"""What a sender of webhooks counts for Prometheus. Names and labels are what dashboards use."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pushgate.webhooks.answer import Answer

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class WebhookMetrics:
    """Attempts by result, events that were taken, and lanes that this process holds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "pushgate_webhook_attempts",
            "Attempts to deliver events, by the class of the status (2xx, 4xx, ...) or the failure",
            ["app", "result"],
            registry=registry,
        )
        self._events = Counter(
            "pushgate_webhook_events", "Events that receivers took", ["app"], registry=registry
        )
        self._seconds = Histogram(
            "pushgate_webhook_seconds",
            "How long an attempt took",
            ["app"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._paused = Counter(
            "pushgate_webhook_pauses",
            "Webhooks that were paused because of their receiver",
            ["app", "reason"],
            registry=registry,
        )
        self.lanes = Gauge(
            "pushgate_webhook_lanes", "Lanes of webhooks that this process serves", registry=registry
        )

    def attempted(self, app: str, answer: Answer) -> None:
        """An attempt ended."""
        result = f"{answer.status // 100}xx" if answer.status is not None else str(answer.failure)
        self._attempts.labels(app, result).inc()
        self._seconds.labels(app).observe(answer.duration.total_seconds())

    def taken(self, app: str, events: int) -> None:
        """A receiver took a delivery."""
        self._events.labels(app).inc(events)

    def paused(self, app: str, reason: str) -> None:
        """A webhook was paused because of its receiver."""
        self._paused.labels(app, reason).inc()
