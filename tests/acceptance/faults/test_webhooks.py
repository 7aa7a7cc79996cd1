"""A webhook's receiver adds up what it is told; `make soak` runs more plays."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.faults import clocks
from tests.support.faults.deployment import run_deployment
from tests.support.faults.terminals import register
from tests.support.faults.webhook_play import SENDERS, SETTINGS, WebhookPlays
from tests.support.webhooks.receiver import receiving

from pushgate.embedded.gearman import find_gearmand

TERMINALS = 12_000
SEED = 1


def test_whatever_fails_what_a_receiver_adds_up_equals_the_results() -> None:
    """Senders, workers and the store are killed, and the receiver fails, by a seed."""
    if not find_gearmand():
        pytest.skip("gearmand is not installed")
    if not clocks.find():
        pytest.skip("libfaketime is not installed")
    with (
        TemporaryDirectory(prefix="pg") as folder,
        run_deployment(Path(folder) / "s", settings=SETTINGS, senders=SENDERS) as deployment,
        receiving() as receiver,
    ):
        register(deployment, TERMINALS)
        result = WebhookPlays(deployment, receiver, TERMINALS).run(SEED)
    assert not result.faults, str(result)
    assert result.events > TERMINALS // 512
