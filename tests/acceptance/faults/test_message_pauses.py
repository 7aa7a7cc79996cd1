"""A broadcast is paused in the middle, and goes on where it was after processes were killed."""

import time
from typing import Any

from tests.support.engines import wait_until
from tests.support.faults.deployment import Deployment
from tests.support.faults.injection import VENDORS
from tests.support.faults.scenario import create_with_patience, wait_until_ended

QUIET = 8.0
"""Seconds in which every request that had begun is answered and recorded."""


def test_nothing_is_sent_while_a_message_is_paused_whoever_dies_and_all_of_it_afterwards(
    deployment: Deployment, terminals: int
) -> None:
    deployment.sandbox.misbehave(*({"vendor": vendor, "delay": 3} for vendor in VENDORS))
    message = create_with_patience(deployment, "paused", "at_least_once")
    wait_until(lambda: sum(pushes(deployment)) > 0, 30, "the first push")
    assert call(deployment, message, "pause")["status"] == "paused"
    time.sleep(QUIET)
    results, sent = read(deployment, message), pushes(deployment)
    assert (results["status"], results["accepted"]) == ("paused", sum(sent))
    assert results["pending"] == terminals - results["accepted"] > 0

    for name in ("worker-1", "scheduler-1", "worker-2", "scheduler-2"):
        deployment.kill(name)
        deployment.start(name)
    time.sleep(QUIET)
    assert (read(deployment, message)["pending"], pushes(deployment)) == (results["pending"], sent)

    call(deployment, message, "resume")
    deployment.sandbox.misbehave()
    faults: list[str] = []
    results = wait_until_ended(deployment, message, time.monotonic(), faults)
    assert not faults, faults
    assert results["accepted"] == terminals
    assert sum(pushes(deployment)) == terminals
    assert [deployment.sandbox.summary(vendor)["duplicates"] for vendor in VENDORS] == [0] * len(VENDORS)


def call(deployment: Deployment, message: str, action: str) -> dict[str, Any]:
    answer = deployment.api.post(f"/v1/messages/{message}:{action}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read(deployment: Deployment, message: str) -> dict[str, Any]:
    found: dict[str, Any] = deployment.api.get(f"/v1/messages/{message}/results").json()
    return found


def pushes(deployment: Deployment) -> list[int]:
    return [deployment.sandbox.summary(vendor)["pushes"] for vendor in VENDORS]
