"""An upgrade in the middle: some processes have settings for an app or a vendor that others have not heard of."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.engines import wait_until
from tests.support.faults import clocks
from tests.support.faults.events import VENDORS
from tests.support.faults.play import LANGUAGES, created, register
from tests.support.faults.stage import RESUBMIT_AFTER, Stage, stage

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
"""What each process lacks: all vendors, so the app, or one vendor."""
JOBS_WAITING = MESSAGES * LANGUAGES
"""Jobs that nobody takes: one for each message and group."""


def test_pushes_wait_for_a_process_that_has_the_settings() -> None:
    """Whoever plans them. While they wait nobody tries again and again; then everybody receives them once."""
    if not (find_gearmand() and clocks.find()):
        pytest.skip("gearmand or libfaketime is not installed")
    with TemporaryDirectory(prefix="pg") as folder, stage(Path(folder) / "s", OLD) as on:
        register(on, TERMINALS)
        messages = [created(on, f"old-{number}", "at_least_once") for number in range(MESSAGES)]
        others = TERMINALS * 3 // 4
        for message in messages:
            wait_until(lambda key=message: results(on, key)["accepted"] == others, 30, "the others")  # type: ignore[misc]  # bound on purpose
        since = time.monotonic()
        wait_until(lambda: submitted_again(on) >= MESSAGES, 30, "the sweep to look after what nobody takes")
        looks = (time.monotonic() - since) // RESUBMIT_AFTER + 1
        assert submitted_again(on) <= MESSAGES * (looks + 1)
        assert queued(on) == JOBS_WAITING
        for message in messages:
            found = results(on, message)
            assert (found["pending"], found["failures"]) == (TERMINALS - others, []), found
            assert [reason["reason"] for reason in found["waiting"]] == ["vendor_not_served"], found  # type: ignore[attr-defined]  # JSON
        for name in ("worker-2", "scheduler-1"):
            on.configure(name)
            assert on.drain(name) == 0
            on.start(name)
        messages += [created(on, f"new-{number}", "at_least_once") for number in range(MESSAGES)]
        for message in messages:
            wait_until(lambda key=message: results(on, key)["accepted"] == TERMINALS, 30, "everybody")  # type: ignore[misc]  # bound on purpose
            assert results(on, message)["failures"] == []
        for vendor in VENDORS:
            assert on.sandbox.summary(vendor)["duplicates"] == 0, vendor


def submitted_again(on: Stage) -> int:
    """How often the schedulers took a message's jobs for lost."""
    return sum(on.log(name).count('"resubmitted"') for name in ("scheduler-1", "scheduler-2"))


def queued(on: Stage) -> int:
    """Jobs in Gearman that nobody has taken."""
    return sum(
        state.queued - state.running for state in asyncio.run(GearmanAdmin([on.gearman.url], 2.0).status())
    )


def results(on: Stage, message: str | None) -> dict[str, object]:
    found: dict[str, object] = on.api.get(f"/v1/messages/{message}/results").json()
    return found
