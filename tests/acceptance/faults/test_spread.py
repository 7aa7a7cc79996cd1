"""A broadcast is spread over some time, or begins with a canary. Processes are killed meanwhile."""

import time

from tests.support.engines import wait_until
from tests.support.faults.deployment import Deployment
from tests.support.faults.injection import VENDORS
from tests.support.faults.scenario import wait_until_ended

from pushgate.domain.outcome import State

SPREAD = 40
"""Seconds."""


def test_killed_schedulers_do_not_send_the_rest_at_once(deployment: Deployment, terminals: int) -> None:
    body = {
        "content": {"en": {"title": "t", "body": "b"}},
        "audience": {"all": True},
        "options": {"ttl": 3600, "spread": f"{SPREAD}s"},
    }
    answer = deployment.api.post("/v1/messages", json=body)
    assert answer.status_code == 202, answer.text
    message = answer.json()["id"]
    wait_until(lambda: pushes(deployment) > 0, 30, "the first push")
    began = time.monotonic()
    for name in ("scheduler-1", "scheduler-2"):
        deployment.kill(name)
    for name in ("scheduler-1", "scheduler-2"):
        deployment.start(name)
    wait_until(lambda: pushes(deployment) > terminals / 10, 60, "the schedulers go on")
    sent = pushes(deployment)
    # However slow this machine is: what was sent by now is at most what was due by now.
    due = terminals * (time.monotonic() - began + 10) / SPREAD
    assert sent < min(due, terminals)
    deployment.kill("scheduler-1")
    faults: list[str] = []
    results = wait_until_ended(deployment, message, time.monotonic(), faults)
    assert not faults, faults
    assert results["accepted"] == pushes(deployment) == terminals
    assert time.monotonic() - began > SPREAD * 0.8
    deployment.start("scheduler-1")


def test_killed_processes_send_the_rest_after_a_canary_neither_early_nor_never(
    deployment: Deployment, terminals: int
) -> None:
    body = {
        "content": {"en": {"title": "t", "body": "b"}},
        "audience": {"all": True},
        "options": {"ttl": 3600, "canary": {"share": 10, "wait": "8s", "hold_if": {"rejected": 50}}},
    }
    before = pushes(deployment)
    answer = deployment.api.post("/v1/messages", json=body)
    assert answer.status_code == 202, answer.text
    path = f"/v1/messages/{answer.json()['id']}/results"
    wait_until(lambda: pushes(deployment) > before, 30, "the first push")
    for name in ("scheduler-1", "scheduler-2", "worker-1"):
        deployment.kill(name)
    deployment.start("scheduler-2")

    def is_over() -> bool:
        sent, results = pushes(deployment) - before, deployment.api.get(path).json()
        assert results["targeted"] == sum(results[state] for state in State)
        # Some may be sent twice: their answers were lost with the workers.
        is_running = results["canary"]["phase"] == "running"
        assert sent < terminals * 0.2 or not is_running, "the sample alone"
        return not is_running

    wait_until(is_over, 60, "the end of the canary")
    wait_until(lambda: deployment.api.get(path).json()["status"] == "sent", 60, "the end")
    results = deployment.api.get(path).json()
    assert (results["canary"]["phase"], results["accepted"]) == ("passed", terminals)


def pushes(deployment: Deployment) -> int:
    return sum(deployment.sandbox.summary(vendor)["pushes"] for vendor in VENDORS)
