"""Handlers, jobs, servers and workers that fail do not stop the jobs after them."""

import asyncio
import signal
import socket
import subprocess
import sys

import pytest
from structlog.testing import capture_logs
from tests.support.engines import Engine, free_port
from tests.support.gearman import LONG, JobRecorder, job, number_of

from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import Job
from pushgate.domain.errors import EngineUnavailable
from pushgate.embedded.children import die_with_parent


@pytest.mark.parametrize(
    ("error", "action", "traceback"),
    [
        (RuntimeError("a fault of ours"), "job_failed", True),
        (EngineUnavailable("Redis does not answer: no connection"), "job_interrupted", False),
    ],
)
async def test_a_handler_that_fails_does_not_stop_the_next_job(
    gearmand: Engine, error: Exception, action: str, *, traceback: bool
) -> None:
    done: list[Job] = []
    finished = asyncio.Event()

    async def handle(given: Job) -> None:
        if given == job(1):
            raise error
        done.append(given)
        finished.set()

    submitter = Submitter([gearmand.url], 5)
    consumer = JobConsumer(
        servers=[gearmand.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=handle
    )
    with capture_logs() as lines:
        consumer.start()
        await submitter.submit([job(1)])
        await submitter.submit([job(2)])
        async with asyncio.timeout(10):
            await finished.wait()
    assert done == [job(2)]
    assert [(line["action"], bool(line.get("exc_info"))) for line in lines] == [(action, traceback)]
    await consumer.drain(LONG)
    await submitter.close()


async def test_bytes_that_are_no_job_are_dropped_and_the_next_job_done(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 5)
    host, _, port = server.url.partition(":")
    data = b"push.apns.shop\0unique\0not a job \0 at all"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(
            b"\0REQ" + (18).to_bytes(4, "big") + len(data).to_bytes(4, "big") + data
        )  # SUBMIT_JOB_BG
        assert client.recv(64).startswith(b"\0RES")
    await submitter.submit([job(7)])
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=recorder
    )
    consumer.start()
    assert await recorder.until_done(1) == [job(7)]
    await consumer.drain(LONG)
    await submitter.close()


async def test_submitter_and_consumer_reconnect_after_the_server_was_killed(server: Engine) -> None:
    recorder, submitter = JobRecorder(), Submitter([server.url], 2)
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=0, handler=recorder
    )
    consumer.start()
    await submitter.submit([job(1)])
    await recorder.until_done(1)
    server.stop(signal.SIGKILL)
    with pytest.raises(EngineUnavailable):
        await submitter.submit([job(2)])
    server.start()
    await submitter.submit([job(3)])
    assert (await recorder.until_done(2))[1] == job(3)
    await consumer.drain(LONG)
    await submitter.close()


WORKER = """
import asyncio, sys
from pushgate.dispatch.gearman.consumer import JobConsumer
async def main():
    async def handle(job):
        print("running", flush=True)
        await asyncio.Event().wait()
    JobConsumer(
        servers=[sys.argv[1]], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=handle
    ).start()
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_the_job_of_a_killed_worker_goes_to_another_with_gearmand_and_is_gone_with_gear(
    server: Engine,
) -> None:
    """With gear, lease and recovery have to bring the job back."""
    submitter = Submitter([server.url], 5)
    await submitter.submit([job(1)])
    victim = subprocess.Popen(  # noqa: ASYNC220  # starting it takes no time; waiting for it is done in a thread
        [sys.executable, "-c", WORKER, server.url],
        stdout=subprocess.PIPE,
        preexec_fn=die_with_parent(),  # noqa: PLW1509  # the child dies with the test
    )
    assert victim.stdout is not None
    assert await asyncio.to_thread(victim.stdout.readline) == b"running\n"
    victim.kill()
    victim.wait()
    victim.stdout.close()
    recorder = JobRecorder()
    consumer = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=recorder
    )
    consumer.start()
    await submitter.submit([job(2)])
    if "gearmand" in str(server.command[0]):
        assert sorted(map(number_of, await recorder.until_done(2))) == [1, 2]
    else:
        assert await recorder.until_done(1) == [job(2)]
    await consumer.drain(LONG)
    await submitter.close()


async def test_with_two_servers_one_may_be_down(server: Engine) -> None:
    servers = [f"127.0.0.1:{free_port()}", server.url]
    recorder, submitter = JobRecorder(), Submitter(servers, 5)
    consumer = JobConsumer(
        servers=servers, pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=recorder
    )
    consumer.start()
    await submitter.submit([job(n) for n in range(20)])
    assert len(await recorder.until_done(20)) == 20
    await GearmanAdmin(servers, 3).ping()
    with pytest.raises(EngineUnavailable):
        await GearmanAdmin(servers, 3).status()
    await consumer.drain(LONG)
    await submitter.close()
