"""The state of real Gearman servers."""

import pytest
from tests.support.engines import Engine, free_port
from tests.support.gearman import LONG, JobRecorder, job

from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.errors import EngineUnavailable


async def test_the_state_of_a_server_is_read_by_function(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    recorder.hold()
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=0, handler=recorder
    )
    consumer.start()
    await submitter.submit([job(n) for n in range(5)])
    await recorder.until_running(2)
    (state,) = [
        item for item in await GearmanAdmin([server.url], 3).status() if item.name == "push.apns.shop"
    ]
    assert (state.queued, state.running, state.workers) == (5, 2, 2)
    recorder.resume()
    await consumer.drain(LONG)
    await submitter.close()


async def test_a_server_that_does_not_listen_is_an_error() -> None:
    with pytest.raises(EngineUnavailable):
        await GearmanAdmin([f"127.0.0.1:{free_port()}"], 1).ping()
