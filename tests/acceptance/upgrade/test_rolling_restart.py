"""Two builds with the same key space: processes are exchanged under load, there and back."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.faults import clocks
from tests.support.faults.deployment import run_deployment
from tests.support.faults.stores import ClusterStore
from tests.support.faults.terminals import register
from tests.support.faults.webhook_play import SETTINGS, WebhookPlays
from tests.support.redis_cluster import RedisCluster
from tests.support.upgrade.old_build import VERSION, copy, unpack
from tests.support.upgrade.rolling import ONE_OF_EACH, Restarts, RollingRestart
from tests.support.webhooks.receiver import receiving

from pushgate import __version__
from pushgate.embedded.gearman import find_gearmand

TERMINALS = 600
SEED = 1
# A sender of the old build makes no further connection once an attempt was not answered in time.
UNHURRIED = {**SETTINGS, "webhooks": {**SETTINGS["webhooks"], "timeout": 20.0}}


@pytest.fixture(autouse=True)
def programs() -> None:
    """What a deployment needs."""
    if not find_gearmand():
        pytest.skip("gearmand is not installed")
    if not clocks.find():
        pytest.skip("libfaketime is not installed")


def test_nothing_is_lost_or_sent_twice_while_processes_are_exchanged_there_and_back() -> None:
    with TemporaryDirectory(prefix="pg") as folder:
        old = unpack(Path(folder) / "old")
        with (
            run_deployment(Path(folder) / "s", settings=UNHURRIED, senders=1, source=old) as deployment,
            receiving() as receiver,
        ):
            register(deployment, TERMINALS)
            webhook = WebhookPlays(deployment, receiver, TERMINALS)
            receiver.behaviour = webhook.take
            found = RollingRestart(deployment, webhook, TERMINALS, SEED).run(
                (None, ONE_OF_EACH), (old, ONE_OF_EACH)
            )
    check(found)


def test_so_it_is_on_a_cluster() -> None:
    """The old build of the other test knows no cluster: two installations of this checkout."""
    with TemporaryDirectory(prefix="pg") as folder:
        other = copy(Path(folder) / "other")
        store = ClusterStore(RedisCluster(Path(folder) / "c", replicas=0).start())
        with (
            run_deployment(
                Path(folder) / "s", settings=UNHURRIED, senders=1, source=other, store=store
            ) as deployment,
            receiving() as receiver,
        ):
            register(deployment, TERMINALS)
            webhook = WebhookPlays(deployment, receiver, TERMINALS)
            receiver.behaviour = webhook.take
            found = RollingRestart(deployment, webhook, TERMINALS, SEED).run((None, ONE_OF_EACH))
    check(found)


def check(found: Restarts) -> None:
    """Nothing was lost or sent twice, and both versions ran beside each other."""
    assert not found.faults, found
    assert found.duplicates == 0
    assert found.versions == {VERSION, __version__}
    assert found.small > 20
