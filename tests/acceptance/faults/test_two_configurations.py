"""An upgrade half done: some processes have settings for an app or vendor that others lack."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.engines import wait_until
from tests.support.faults import clocks
from tests.support.faults.deployment import APP, RESUBMIT_AFTER, Deployment, run_deployment
from tests.support.faults.injection import VENDORS
from tests.support.faults.scenario import create_with_patience
from tests.support.faults.terminals import LANGUAGES, register

from pushgate.adapters.registry import vendors
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.embedded.gearman import find_gearmand

TERMINALS = 400
MESSAGES = 6
OLD = {
    "scheduler-1": tuple(vendors()),
    "worker-1": tuple(vendors()),
    "scheduler-2": ("fcm",),
    "worker-2": ("fcm",),
}
"""By process, the vendors without settings. A process that lacks all vendors lacks the app."""
JOBS_WAITING = MESSAGES * len(LANGUAGES) * APP.shards
"""Jobs that no worker takes: one for each message, group and shard."""


def test_pushes_wait_for_a_process_that_has_the_settings() -> None:
    """Whichever scheduler plans them.

    While they wait, nothing is tried again and again; then every terminal receives them once.
    """
    if not (find_gearmand() and clocks.find()):
        pytest.skip("gearmand or libfaketime is not installed")
    with TemporaryDirectory(prefix="pg") as folder, run_deployment(Path(folder) / "s", OLD) as deployment:
        register(deployment, TERMINALS)
        started_at = time.monotonic()
        messages = [
            create_with_patience(deployment, f"old-{number}", "at_least_once") for number in range(MESSAGES)
        ]
        others = TERMINALS * 3 // 4
        for message in messages:
            wait_until(lambda key=message: results(deployment, key)["accepted"] == others, 60, "the others")  # type: ignore[misc]  # bound on purpose
        wait_until(lambda: resubmissions(deployment) >= MESSAGES, 60, "the recovery of waiting jobs")
        rounds = (time.monotonic() - started_at) // RESUBMIT_AFTER + 1
        assert resubmissions(deployment) <= MESSAGES * (rounds + 1)
        assert queued(deployment) == JOBS_WAITING
        for message in messages:
            found = results(deployment, message)
            assert (found["pending"], found["failures"]) == (TERMINALS - others, []), found
            assert [reason["reason"] for reason in found["waiting"]] == ["vendor_not_served"], found  # type: ignore[attr-defined]  # JSON
        for name in ("worker-2", "scheduler-1"):
            deployment.configure(name)
            assert deployment.drain(name) == 0
            deployment.start(name)
        messages += [
            create_with_patience(deployment, f"new-{number}", "at_least_once") for number in range(MESSAGES)
        ]
        for message in messages:
            wait_until(lambda key=message: results(deployment, key)["accepted"] == TERMINALS, 60, "everybody")  # type: ignore[misc]  # bound on purpose
            assert results(deployment, message)["failures"] == []
        for vendor in VENDORS:
            assert deployment.sandbox.summary(vendor)["duplicates"] == 0, vendor


def resubmissions(deployment: Deployment) -> int:
    """How often the schedulers submitted a message's jobs again."""
    return sum(deployment.log(name).count('"resubmitted"') for name in ("scheduler-1", "scheduler-2"))


def queued(deployment: Deployment) -> int:
    """Jobs in Gearman that no worker has taken."""
    return sum(
        state.queued - state.running
        for state in asyncio.run(GearmanAdmin([deployment.gearman.url], 2.0).status())
    )


def results(deployment: Deployment, message: str | None) -> dict[str, object]:
    found: dict[str, object] = deployment.api.get(f"/v1/messages/{message}/results").json()
    return found
