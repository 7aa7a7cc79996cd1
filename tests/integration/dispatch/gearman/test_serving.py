"""A consumer takes other functions while it runs."""

import asyncio

from msgspec.structs import replace
from tests.support.engines import Engine
from tests.support.gearman import LONG, JobRecorder, bundle_job, job, number_of

from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.message import Priority


def consumer_of(server: Engine, recorder: JobRecorder, *pairs: tuple[str, str]) -> JobConsumer:
    return JobConsumer(
        servers=[server.url], pairs=pairs, connections=2, urgent_connections=1, handler=recorder
    )


async def workers(server: Engine, function: str) -> int:
    states = await GearmanAdmin([server.url], 3).status()
    return sum(state.workers for state in states if state.name == function)


async def test_a_consumer_without_pairs_waits_for_some(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    await submitter.submit([job(1)])
    consumer = consumer_of(server, recorder)
    consumer.start()
    await asyncio.sleep(0.2)
    assert recorder.done == []
    consumer.serve([("shop", "apns")])
    assert await recorder.until_done(1) == [job(1)], "a job that waited already is taken"
    await submitter.submit([job(2), bundle_job(3, priority=Priority.HIGH)])
    assert sorted(map(number_of, await recorder.until_done(3))) == [1, 2, 3]
    assert await consumer.drain(LONG) == 0
    await submitter.close()


async def test_a_pair_that_goes_is_served_no_more_and_its_running_jobs_end(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    consumer = consumer_of(server, recorder, ("shop", "apns"), ("news", "apns"))
    consumer.start()
    recorder.hold()
    await submitter.submit([job(1)])
    await recorder.until_running(1)
    consumer.serve([("news", "apns")])
    await asyncio.sleep(0.7)
    recorder.resume()
    await recorder.until_done(1)
    async with asyncio.timeout(10):
        while await workers(server, "push.apns.shop"):  # noqa: ASYNC110  # the server tells nobody
            await asyncio.sleep(0.1)
    await submitter.submit([job(2), replace(job(3), app="news")])
    assert [number_of(done) for done in await recorder.until_done(2)] == [1, 3]
    await consumer.drain(LONG)
    await submitter.close()


async def test_no_job_is_lost_while_functions_change_under_load(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    pairs = [("shop", "apns"), ("shop", "fcm")]
    consumer = consumer_of(server, recorder, *pairs)
    consumer.start()
    jobs = [job(n, ("apns", "fcm")[n % 2]) for n in range(600)]
    for start in range(0, 600, 50):
        await submitter.submit(jobs[start : start + 50])
        consumer.serve([*pairs, ("news", f"v{start}")])
        await asyncio.sleep(0.01)
    assert sorted(await recorder.until_done(600), key=number_of) == jobs
    await consumer.drain(LONG)
    await submitter.close()
