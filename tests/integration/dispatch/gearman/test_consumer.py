"""Jobs go through real Gearman servers to consumers: the embedded server and, where it is
installed, gearmand.
"""

import asyncio

from msgspec.structs import replace
from tests.support.engines import Engine
from tests.support.gearman import LONG, JobRecorder, bundle_job, job, number_of, queued

from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import FunctionKind, Job
from pushgate.domain.message import Priority


async def test_every_job_arrives_once_and_whole(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    consumer = JobConsumer(
        servers=[server.url],
        pairs=[("shop", "apns"), ("shop", "fcm")],
        connections=4,
        urgent_connections=0,
        handler=recorder,
    )
    consumer.start()
    jobs = [job(n, ("apns", "fcm")[n % 2]) for n in range(600)]
    await submitter.submit(jobs)
    assert sorted((await recorder.until_done(600)), key=number_of) == jobs
    assert await consumer.drain(LONG) == 0
    await submitter.close()


async def test_urgent_jobs_go_first(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    await submitter.submit([job(n, priority=Priority.LOW) for n in range(5)])
    await submitter.submit([job(n) for n in range(10, 15)])
    await submitter.submit([job(n, priority=Priority.HIGH) for n in range(20, 25)])
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=recorder
    )
    consumer.start()
    order = [done.priority for done in await recorder.until_done(15)]
    assert order == [Priority.HIGH] * 5 + [Priority.NORMAL] * 5 + [Priority.LOW] * 5
    await consumer.drain(LONG)
    await submitter.close()


async def test_one_apps_broadcast_does_not_delay_another_app(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    await submitter.submit([job(n) for n in range(200)])
    await submitter.submit([replace(job(n), app="news") for n in range(5)])
    consumer = JobConsumer(
        servers=[server.url],
        pairs=[("shop", "apns"), ("news", "apns")],
        connections=1,
        urgent_connections=0,
        handler=recorder,
    )
    consumer.start()
    order = [done.app for done in await recorder.until_done(205)]
    assert order[:20].count("news") == 5
    await consumer.drain(LONG)
    await submitter.close()


async def test_a_vendor_that_hangs_for_one_app_leaves_a_connection_to_the_others(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    recorder.hold()
    others, arrived = list[Job](), asyncio.Event()

    async def handle(given: Job) -> None:
        if given.app == "shop":
            await recorder(given)
        else:
            others.append(given)
            arrived.set()

    consumer = JobConsumer(
        servers=[server.url],
        pairs=[("shop", "apns"), ("news", "apns")],
        connections=3,
        urgent_connections=0,
        handler=handle,
    )
    consumer.start()
    await submitter.submit([job(n) for n in range(10)])
    await recorder.until_running(2)
    await submitter.submit([replace(job(99), app="news")])
    async with asyncio.timeout(10):
        await arrived.wait()
    assert (recorder.running, recorder.done) == (2, []), "the first app's jobs hang"
    recorder.resume()
    await recorder.until_done(10)
    await consumer.drain(LONG)
    await submitter.close()


async def test_urgent_jobs_have_connections_of_their_own(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    recorder.hold()
    urgent: list[Job] = []
    done = asyncio.Event()

    async def handle(given: Job) -> None:
        if given.kind is FunctionKind.URGENT:
            urgent.append(given)
            done.set()
        else:
            await recorder(given)

    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=1, handler=handle
    )
    consumer.start()
    await submitter.submit([job(n) for n in range(10)])
    await recorder.until_running(2)
    await submitter.submit([replace(job(99), urgent=True, priority=Priority.HIGH)])
    async with asyncio.timeout(10):
        await done.wait()
    await submitter.submit([bundle_job(100, priority=Priority.HIGH)])
    async with asyncio.timeout(10):
        while len(urgent) < 2:
            done.clear()
            await done.wait()
    assert [number_of(given) for given in urgent] == [99, 100]
    assert recorder.done == [], "the others still run"
    recorder.resume()
    await recorder.until_done(10)
    await consumer.drain(LONG)
    await submitter.close()


async def test_bundles_arrive_beside_blocks(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=0, handler=recorder
    )
    jobs: list[Job] = [job(1), bundle_job(1)]
    jobs += bundle_job(2, priority=Priority.LOW), bundle_job(3, priority=Priority.HIGH)
    await submitter.submit(jobs)
    for function, count in (("push.apns.shop", 1), ("bundle.apns.shop", 2), ("urgent.apns.shop", 1)):
        assert await queued(server, function) == count
    if "gearmand" in str(server.command[0]):
        await submitter.submit(jobs)
        assert await queued(server, "bundle.apns.shop") == 2, "the same bundle waits once"
    consumer.start()
    done = await recorder.until_done(4)
    assert sorted(done, key=jobs.index) == jobs
    await consumer.drain(LONG)
    await submitter.close()


async def test_a_worker_takes_only_the_vendors_it_serves(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "fcm")], connections=2, urgent_connections=0, handler=recorder
    )
    consumer.start()
    await submitter.submit([job(1, "apns"), job(2, "fcm")])
    assert await recorder.until_done(1) == [job(2, "fcm")]
    waiting = {item.name: item.queued for item in await GearmanAdmin([server.url], 3).status()}
    assert waiting["push.apns.shop"] == 1
    await consumer.drain(LONG)
    await submitter.close()
