"""A consumer that is drained finishes its running jobs and takes no more."""

import asyncio
from datetime import timedelta

from tests.support.engines import Engine
from tests.support.gearman import LONG, JobRecorder, job, queued

from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter


async def test_draining_finishes_running_jobs_and_takes_no_more(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    recorder.hold()
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=0, handler=recorder
    )
    consumer.start()
    await submitter.submit([job(n) for n in range(6)])
    await recorder.until_running(2)
    draining = asyncio.create_task(consumer.drain(LONG))
    await asyncio.sleep(0)
    recorder.resume()
    assert await draining == 0
    assert len(recorder.done) == 2
    # The end of a job and the query go over two connections, so the server may see the query first.
    async with asyncio.timeout(5):
        while await queued(server, "push.apns.shop") != 4:  # noqa: ASYNC110  # it sets no event of ours
            await asyncio.sleep(0.02)
    await submitter.close()


async def test_jobs_that_do_not_finish_in_time_are_abandoned(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    recorder.hold()
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=recorder
    )
    consumer.start()
    await submitter.submit([job(1)])
    await recorder.until_running(1)
    assert await consumer.drain(timedelta(milliseconds=100)) == 1
    await submitter.close()


async def test_an_idle_worker_drains_at_once(server: Engine) -> None:
    consumer = JobConsumer(
        servers=[server.url],
        pairs=[("shop", "apns")],
        connections=4,
        urgent_connections=0,
        handler=JobRecorder(),
    )
    consumer.start()
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await consumer.drain(LONG) == 0
    assert loop.time() - began < 5
