"""An upgrade: every process is stopped in good order and started again, one after the other, while messages are sent."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.engines import wait_until
from tests.support.faults import clocks
from tests.support.faults.events import VENDORS
from tests.support.faults.play import created, ended, register
from tests.support.faults.stage import DRAIN, stage

from pushgate.embedded.gearman import find_gearmand

TERMINALS = 4000
ORDER = ("worker-1", "scheduler-1", "api", "scheduler-2", "worker-2")


def test_a_rolling_restart_under_load_loses_nothing_and_sends_nothing_twice() -> None:
    if not (find_gearmand() and clocks.find()):
        pytest.skip("gearmand or libfaketime is not installed")
    with TemporaryDirectory(prefix="pg") as folder, stage(Path(folder) / "s") as on:
        register(on, TERMINALS)
        messages: list[str] = []

        def send(key: str) -> bool:
            message = created(on, key, "at_least_once")  # None while the API is away: then once more
            messages.extend([message] if message else [])
            return message is not None

        for number, name in enumerate(ORDER):
            wait_until(lambda key=f"before-{number}": send(key), 20, "the API")  # type: ignore[misc]  # bound on purpose
            assert on.drain(name) == 0, f"{name} ends in good order"
            on.start(name)
        wrong: list[str] = []
        for message in messages:
            results = ended(on, message, time.monotonic(), wrong)
            assert results["accepted"] == TERMINALS, results
        assert not wrong, wrong
        assert len(messages) == len(ORDER)
        for vendor in VENDORS:
            assert on.sandbox.summary(vendor)["duplicates"] == 0, vendor


def test_a_worker_whose_redis_hangs_ends_in_time_and_the_others_do_its_work() -> None:
    """Each thing that it still has to tell Redis could wait for long; together they must not."""
    if not (find_gearmand() and clocks.find()):
        pytest.skip("gearmand or libfaketime is not installed")
    with TemporaryDirectory(prefix="pg") as folder, stage(Path(folder) / "s") as on:
        register(on, TERMINALS)
        on.sandbox.misbehave({"vendor": "apns", "delay": 0.3})
        message = created(on, "one", "at_least_once")
        assert message
        wait_until(lambda: on.sandbox.summary("apns")["pushes"] > 0, 20, "the first push")
        on.links.say("freeze worker-1-redis")
        told_at = time.monotonic()
        assert on.drain("worker-1") in (0, 1)
        assert time.monotonic() - told_at < DRAIN + 15
        on.links.say("heal worker-1-redis")
        on.sandbox.reset()
        wrong: list[str] = []
        results = ended(on, message, time.monotonic(), wrong)
        assert not wrong, wrong
        assert results["accepted"] == TERMINALS, results
