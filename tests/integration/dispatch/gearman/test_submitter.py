"""A submitter notices full queues and servers that do not answer."""

import socket
from pathlib import Path

import pytest
from tests.support.engines import Engine, gearman_engine
from tests.support.gearman import job

from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.errors import EngineUnavailable


async def test_gearmand_coalesces_the_same_attempt_at_the_same_blocks(gearmand: Engine) -> None:
    submitter = Submitter([gearmand.url], 5)
    await submitter.submit([job(1)])
    await submitter.submit([job(1), job(2)])
    waiting = {item.name: item.queued for item in await GearmanAdmin([gearmand.url], 3).status()}
    assert waiting["push.apns.shop"] == 2
    await submitter.close()


async def test_a_full_queue_is_an_error_and_not_an_endless_wait(gearmand: Engine, tmp_path: Path) -> None:
    limited = gearman_engine("gearmand", tmp_path)
    limited.start()
    submitter = Submitter([limited.url], 5)
    await submitter.submit([job(1)])  # a limit is for a function that is known
    host, _, port = limited.url.partition(":")
    with socket.create_connection((host, int(port))) as operator:
        operator.sendall(b"maxqueue push.apns.shop 3\n")
        assert operator.recv(16).startswith(b"OK")
    with pytest.raises(EngineUnavailable):
        await submitter.submit([job(n) for n in range(2, 10)])
    await submitter.submit([job(3, "fcm")])
    await submitter.close()
    limited.stop()


async def test_a_server_that_never_answers_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        submitter = Submitter([f"127.0.0.1:{silent.getsockname()[1]}"], 0.3)
        with pytest.raises(EngineUnavailable, match="TimeoutError"):
            await submitter.submit([job(1)])
        await submitter.close()
