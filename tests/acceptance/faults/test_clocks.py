"""Clocks of processes that are set while they run."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.engines import wait_until
from tests.support.faults import clocks
from tests.support.faults.deployment import Deployment, run_deployment
from tests.support.faults.terminals import token

from pushgate.embedded.gearman import find_gearmand

HOUR = 3600
# Requests to Xiaomi carry no time. Other vendors refuse credentials signed at a wrong time.
LISTED = [{"vendor": "xiaomi", "token": token("xiaomi", n)} for n in range(40)]
BODY = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"tokens": LISTED}}


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    if not (find_gearmand() and clocks.find()):
        pytest.skip("gearmand or libfaketime is not installed")
    with TemporaryDirectory(prefix="pg") as folder, run_deployment(Path(folder) / "s") as found:
        yield found


@pytest.mark.parametrize("step", [-HOUR, 300 * 24 * HOUR, 0])
def test_sending_continues_after_clocks_were_set(deployment: Deployment, step: int) -> None:
    """Retries continue, too: Redis holds their time."""
    for clock in deployment.clocks.values():
        clock.set(step)
    time.sleep(2)  # processes read their clocks' files once a second
    deployment.sandbox.reset()
    deployment.sandbox.misbehave({"vendor": "xiaomi", "error": "10001", "times": 1})
    answer = deployment.api.post("/v1/messages", json=BODY)
    assert answer.status_code == 202, answer.text
    message = answer.json()["id"]
    wait_until(lambda: _all_accepted(deployment, message), 40, "the message to be sent")


def _all_accepted(deployment: Deployment, message: str) -> bool:
    answer = deployment.api.get(f"/v1/messages/{message}/results")
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["accepted"]
    return found == 40
