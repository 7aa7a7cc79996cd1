"""What workers and schedulers count, in Prometheus' form."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from tests.support import promtool

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import VendorAuthError
from pushgate.domain.outcome import Outcome
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.worker.circuit_breaker import BreakerChange, BreakerState
from pushgate.worker.job_summary import JobSummary
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.route import BreakerScope


def one_job() -> JobSummary:
    summary = JobSummary()
    summary.record_verdict(Verdict(Outcome.ACCEPTED, "200", ""), [0, 1, 2], [b"a", b"b", b"c"])
    summary.record_verdict(Verdict(Outcome.RETRY, "503", "", 2.0), [0], [b"d"])
    summary.record_call_failure(VendorAuthError("403", "no"))
    summary.chunk_seconds.append(0.2)
    return summary


def test_a_job_is_counted_by_outcome_and_code() -> None:
    registry = CollectorRegistry()
    metrics = WorkerMetrics(registry)
    metrics.started("shop", "apns", timedelta(seconds=1))
    metrics.finished("shop", "apns", one_job())
    metrics.breaker_changed(BreakerChange(BreakerScope("shop", "apns"), BreakerState.OPEN, "403", "no"))
    pair = {"app": "shop", "vendor": "apns"}
    for name, labels, value in (
        ("pushgate_vendor_answers_total", {"outcome": "accepted", "code": "200"}, 3),
        ("pushgate_vendor_answers_total", {"outcome": "retry", "code": "503"}, 1),
        ("pushgate_vendor_call_failures_total", {"kind": "VendorRefused", "code": "403"}, 1),
        ("pushgate_vendor_answer_seconds_sum", {}, 0.2),
        ("pushgate_send_delay_seconds_sum", {}, 1),
        ("pushgate_jobs_put_off_total", {"reason": "retry"}, 1),
        ("pushgate_circuit_breaker_changes_total", {"state": "open"}, 1),
    ):
        assert registry.get_sample_value(name, {**pair, **labels}) == value, name


def test_codes_that_vendors_invent_do_not_fill_the_memory() -> None:
    registry = CollectorRegistry()
    metrics = WorkerMetrics(registry)
    for number in range(600):
        summary = JobSummary()
        summary.record_verdict(Verdict(Outcome.REJECTED, f"code-{number}", ""), [0], [b"a"])
        metrics.finished("shop", "apns", summary)
    labels = {"app": "shop", "vendor": "apns", "outcome": "rejected", "code": "other"}
    assert registry.get_sample_value("pushgate_vendor_answers_total", labels) == 100


@pytest.mark.skipif(not promtool.find(), reason="promtool is not installed")
async def test_metrics_follow_the_conventions_of_prometheus() -> None:
    registry = CollectorRegistry()
    WorkerMetrics(registry).finished("shop", "apns", one_job())
    scheduler = SchedulerMetrics(registry)
    scheduler.dispatched("shop", timedelta(milliseconds=5), 2)
    scheduler.resubmitted(1)
    assert await promtool.complaints(["check", "metrics"], generate_latest(registry).decode()) == ""
