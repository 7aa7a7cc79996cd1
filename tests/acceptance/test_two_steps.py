"""A worker is killed between the two steps of a vendor that stores the content first."""

import os
import signal
from collections.abc import Iterator

import pytest
from tests.support.engines import wait_until
from tests.support.system import System, children, running

BROADCAST, SMALL = 70, 30


@pytest.fixture(scope="module")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system in which others soon take the work of a worker that died."""
    with running(tmp_path_factory.mktemp("steps"), {"PUSHGATE_WORKER__LEASE": "PT2S"}) as system:
        yield system


@pytest.mark.parametrize(
    ("vendor", "second", "options", "count"),
    [
        ("vivo", "pushToList", {}, BROADCAST),
        ("oppo", "broadcast", {"oppo": {"big_picture_id": "p1"}}, BROADCAST),
        ("oppo", "broadcast", {"oppo": {"big_picture_id": "p1"}}, SMALL),
    ],
    ids=["vivo", "oppo", "oppo-small"],
)
def test_nothing_is_sent_twice_and_nothing_is_lost(
    vendor: str, second: str, options: dict[str, object], count: int, system: System
) -> None:
    """vivo takes small messages in one step."""
    # The first push after the content was saved is delayed, and lost.
    rule = {"vendor": vendor, "path": second, "delay": 8, "drop": "before", "times": 1}
    assert system.sandbox.put("/faults", json={"rules": [rule]}).status_code == 200
    tokens = [{"vendor": vendor, "token": f"{n:04d}-{'a' * 20}"} for n in range(count)]
    body = {
        "content": {"en": {"title": "t", "body": "b"}},
        "audience": {"tokens": tokens},
        "options": options,
    }
    message_id = system.api.post("/v1/messages", json=body).json()["id"]

    def saved() -> int:
        return sum(item["code"] == "saved" for item in system.received())

    wait_until(lambda: saved() == 1, 60, "the content to be saved")
    worker = children(system.process.pid)["worker"]
    os.kill(worker, signal.SIGKILL)
    assert system.results(message_id)["pending"] == count, "nothing was sent"
    assert system.finished(message_id, 60)["accepted"] == count
    assert saved() == 2, "the next attempt saves it again"
    summary = system.sandbox.get("/summary").json()["vendors"][vendor]
    assert (summary["accepted"], summary["duplicates"]) == (count, 0)
