"""One of two gearmands is killed, stopped or restarted under load; all workers go on."""

import signal

import pytest
from tests.support.engines import wait_until
from tests.support.hosts.fleet import HostFleet
from tests.support.hosts.load import loading

STALL = 120.0
"""Seconds within which all is sent: what the rate limit takes, the time limit of an answer,
and `resubmit_after`, which bounds how long a job that was lost in any way waits.
"""


@pytest.mark.parametrize("how", ["killed", "stopped", "restarted"])
def test_one_gearmand_of_two_fails_under_load(fleet: HostFleet, how: str) -> None:
    server = fleet.gearmands[2]
    try:
        with loading(fleet) as load:
            load.broadcast(1)
            load.broadcast(2)
            load.look(1)
            if how == "stopped":
                server.freeze()
            else:
                server.stop(signal.SIGKILL)
            if how == "restarted":
                server.start()
            load.look(1)
            load.broadcast(1)
            load.check(0, STALL)
    finally:
        if how == "stopped":
            server.thaw()
        elif not server.process:
            server.start()
    wait_until(lambda: not fleet.status(1)["gearman_servers"]["down"], 20, "the gearmand")
