"""Two builds with the same key space: processes are exchanged under load, there and back."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.faults import clocks
from tests.support.faults.deployment import run_deployment
from tests.support.faults.terminals import register
from tests.support.faults.webhook_play import SETTINGS, WebhookPlays
from tests.support.upgrade.old_build import VERSION, unpack
from tests.support.upgrade.rolling import RollingRestart
from tests.support.webhooks.receiver import receiving

from pushgate import __version__
from pushgate.embedded.gearman import find_gearmand

TERMINALS = 1000
SEED = 1


def test_nothing_is_lost_or_sent_twice_while_processes_are_exchanged_there_and_back() -> None:
    if not find_gearmand():
        pytest.skip("gearmand is not installed")
    if not clocks.find():
        pytest.skip("libfaketime is not installed")
    with TemporaryDirectory(prefix="pg") as folder:
        old = unpack(Path(folder) / "old")
        with (
            run_deployment(Path(folder) / "s", settings=SETTINGS, senders=1, source=old) as deployment,
            receiving() as receiver,
        ):
            register(deployment, TERMINALS)
            webhook = WebhookPlays(deployment, receiver, TERMINALS)
            receiver.behaviour = webhook.take
            found = RollingRestart(deployment, webhook, TERMINALS, SEED).run([None, old])
    assert not found.faults, found
    assert found.duplicates == 0
    assert found.versions == {VERSION, __version__}
    assert found.small > 100
