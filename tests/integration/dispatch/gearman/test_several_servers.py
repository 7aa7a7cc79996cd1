"""A stopped server of two costs one submission its time limit, and nobody else anything."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.engines import Engine, gearman_engine
from tests.support.gearman import LONG, JobRecorder, job, queued

from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.errors import EngineUnavailable

TIMEOUT = 3.0


@pytest.fixture
def frozen(server: Engine, tmp_path: Path) -> Iterator[Engine]:
    """A second server of the same kind. A test stops it and lets it go on."""
    kind = "gearmand" if "gearmand" in str(server.command[0]) else "gear"
    engine = gearman_engine(kind, tmp_path).start()
    yield engine
    engine.thaw()
    engine.stop(signal.SIGKILL)


@pytest.fixture
async def submitter(server: Engine, frozen: Engine) -> AsyncIterator[Submitter]:
    """Of jobs to both servers."""
    submitter = Submitter([server.url, frozen.url], TIMEOUT)
    yield submitter
    await submitter.close()


async def test_a_stopped_server_holds_up_one_submission_and_takes_jobs_again_when_it_goes_on(
    submitter: Submitter, server: Engine, frozen: Engine
) -> None:
    await submitter.submit([job(n) for n in range(2)])
    await submitter.submit([job(n) for n in range(2, 4)])
    frozen.freeze()

    began = time.monotonic()
    await asyncio.gather(*(submitter.submit([job(n)]) for n in range(10, 30)))
    assert TIMEOUT <= time.monotonic() - began < 2 * TIMEOUT, "those that waited behind it go elsewhere"
    began = time.monotonic()
    for number in range(30, 50):
        await submitter.submit([job(number)])
    assert time.monotonic() - began < TIMEOUT, "no other submission tries the stopped server"
    assert await queued(server, "push.apns.shop") >= 40

    frozen.thaw()
    before = await queued(frozen, "push.apns.shop")
    async with asyncio.timeout(10):
        while await queued(frozen, "push.apns.shop") <= before + 1:
            await asyncio.sleep(0.1)
            number += 1
            await submitter.submit([job(number)])


async def test_the_only_server_takes_jobs_again_as_soon_as_it_is_back(server: Engine) -> None:
    submitter = Submitter([server.url], TIMEOUT)
    await submitter.submit([job(1)])
    server.stop(signal.SIGKILL)
    for _ in range(3):
        began = time.monotonic()
        with pytest.raises(EngineUnavailable):
            await submitter.submit([job(2)])
        assert time.monotonic() - began < TIMEOUT
    server.start()
    await submitter.submit([job(3)])
    await submitter.close()


async def test_a_stopped_server_holds_up_the_first_survey_alone(server: Engine, frozen: Engine) -> None:
    admin = GearmanAdmin([server.url, frozen.url], TIMEOUT)
    assert (await admin.survey()).down == []
    frozen.freeze()
    began = time.monotonic()
    await admin.ping()
    assert time.monotonic() - began < TIMEOUT / 2, "one server that answers is enough"
    servers = await admin.survey()
    assert (servers.up, servers.down, servers.lost) == ([server.url], [frozen.url], [])
    assert servers.waiting_functions() is None, "jobs may wait in the other one"
    began = time.monotonic()
    assert (await admin.survey()).down == [frozen.url]
    assert time.monotonic() - began < TIMEOUT / 2
    with pytest.raises(EngineUnavailable, match=frozen.url):
        await admin.status()
    frozen.thaw()
    async with asyncio.timeout(10):
        while (await admin.survey()).down:  # noqa: ASYNC110  # the server tells nobody
            await asyncio.sleep(0.05)


async def test_a_consumer_that_waits_for_a_stopped_server_drains(
    submitter: Submitter, server: Engine, frozen: Engine
) -> None:
    recorder = JobRecorder()
    consumer = JobConsumer(
        servers=[server.url, frozen.url],
        pairs=[("shop", "apns")],
        connections=4,
        urgent_connections=0,
        handler=recorder,
    )
    consumer.start()
    await submitter.submit([job(1)])
    await submitter.submit([job(2)])
    await recorder.until_done(2)
    recorder.hold()
    await submitter.submit([job(3)])
    await submitter.submit([job(4)])
    await recorder.until_running(2)
    frozen.freeze()
    recorder.resume()
    await recorder.until_done(4)
    began = time.monotonic()
    assert await consumer.drain(LONG) == 0
    assert time.monotonic() - began < LONG.total_seconds() - 1, "it does not wait for the answer for ever"
