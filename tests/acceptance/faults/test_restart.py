"""An upgrade: every process is drained and restarted in turn while messages are sent."""

import time

from tests.support.engines import wait_until
from tests.support.faults.deployment import Deployment
from tests.support.faults.injection import VENDORS
from tests.support.faults.scenario import create_with_patience, wait_until_ended

ORDER = ("worker-1", "scheduler-1", "api", "scheduler-2", "worker-2")


def test_a_rolling_restart_under_load_loses_nothing_and_sends_nothing_twice(
    deployment: Deployment, terminals: int
) -> None:
    messages: list[str] = []
    for number, name in enumerate(ORDER):
        messages.append(create_with_patience(deployment, f"before-{number}", "at_least_once"))
        assert deployment.drain(name) == 0, f"{name} drains"
        deployment.start(name)
    faults: list[str] = []
    for message in messages:
        results = wait_until_ended(deployment, message, time.monotonic(), faults)
        assert results["accepted"] == terminals, results
    assert not faults, faults
    assert len(messages) == len(ORDER)
    for vendor in VENDORS:
        assert deployment.sandbox.summary(vendor)["duplicates"] == 0, vendor


def test_a_worker_whose_redis_hangs_stops_in_time_and_others_do_its_work(
    deployment: Deployment, terminals: int
) -> None:
    """Each of its last commands to Redis may wait for long; all together must not."""
    deployment.sandbox.misbehave({"vendor": "apns", "delay": 0.3})
    message = create_with_patience(deployment, "one", "at_least_once")
    wait_until(lambda: deployment.sandbox.summary("apns")["pushes"] > 0, 20, "the first push")
    deployment.network.command("freeze worker-1-redis")
    assert deployment.drain("worker-1") in (0, 1), "it ends by itself"
    deployment.network.command("heal worker-1-redis")
    deployment.sandbox.reset()
    faults: list[str] = []
    results = wait_until_ended(deployment, message, time.monotonic(), faults)
    assert not faults, faults
    assert results["accepted"] == terminals, results
