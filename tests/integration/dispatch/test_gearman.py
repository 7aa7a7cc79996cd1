"""Jobs through real Gearman servers: the embedded one and, where it is installed, gearmand."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.engines import Engine, free_port, gearman_engine, gearman_servers

from pushgate.dispatch.gearman.consumer import JobConsumer, assign_pairs
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import Job
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Priority
from pushgate.domain.terminal import Group
from pushgate.embedded.children import die_with_parent

LONG = timedelta(seconds=10)


@pytest.fixture(params=gearman_servers())
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = gearman_engine(request.param, tmp_path).start()
    yield engine
    if engine.process:
        engine.stop()


@pytest.fixture
def gearmand(tmp_path: Path) -> Iterator[Engine]:
    if "gearmand" not in gearman_servers():
        pytest.skip("gearmand is not installed; in CI its absence is an error of the whole run")
    engine = gearman_engine("gearmand", tmp_path).start()
    yield engine
    if engine.process:
        engine.stop()


def job(number: int, vendor: str = "apns", priority: Priority = Priority.NORMAL) -> Job:
    return Job(
        app="shop",
        message_id=f"{number:028x}",
        group=Group(vendor, "en"),
        shard=0,
        blocks=(number,),
        priority=priority,
    )


class Desk:
    """Takes jobs and remembers them."""

    def __init__(self) -> None:
        self.done: list[Job] = []
        self.news = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.in_hand = 0

    async def __call__(self, job: Job) -> None:
        self.in_hand += 1
        self.news.set()
        await self.gate.wait()
        self.in_hand -= 1
        self.done.append(job)
        self.news.set()

    async def until(self, count: int) -> list[Job]:
        async with asyncio.timeout(20):
            while len(self.done) < count:
                self.news.clear()
                await self.news.wait()
        return self.done

    async def until_in_hand(self, count: int) -> None:
        async with asyncio.timeout(20):
            while self.in_hand < count:
                self.news.clear()
                await self.news.wait()


async def test_every_job_arrives_once_and_whole(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    intake = JobConsumer(
        servers=[server.url],
        pairs=[("shop", "apns"), ("shop", "fcm")],
        connections=4,
        urgent_connections=0,
        handler=desk,
    )
    intake.start()
    jobs = [job(n, ("apns", "fcm")[n % 2]) for n in range(600)]
    await submitter.submit(jobs)
    assert sorted((await desk.until(600)), key=lambda j: j.blocks) == jobs
    assert await intake.drain(LONG) == 0
    await submitter.close()


async def test_urgent_jobs_go_first(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    await submitter.submit([job(n, priority=Priority.LOW) for n in range(5)])
    await submitter.submit([job(n) for n in range(10, 15)])
    await submitter.submit([job(n, priority=Priority.HIGH) for n in range(20, 25)])
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=desk
    )
    intake.start()
    order = [done.priority for done in await desk.until(15)]
    assert order == [Priority.HIGH] * 5 + [Priority.NORMAL] * 5 + [Priority.LOW] * 5
    await intake.drain(LONG)
    await submitter.close()


async def test_one_apps_broadcast_does_not_stand_in_another_apps_way(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    await submitter.submit([job(n) for n in range(200)])
    await submitter.submit([replace(job(n), app="news") for n in range(5)])
    intake = JobConsumer(
        servers=[server.url],
        pairs=[("shop", "apns"), ("news", "apns")],
        connections=1,
        urgent_connections=0,
        handler=desk,
    )
    intake.start()
    order = [done.app for done in await desk.until(205)]
    assert order[:20].count("news") == 5
    await intake.drain(LONG)
    await submitter.close()


async def test_a_vendor_that_hangs_for_one_app_leaves_a_connection_to_the_others(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    desk.gate.clear()
    others, arrived = list[Job](), asyncio.Event()

    async def handle(given: Job) -> None:
        if given.app == "shop":
            await desk(given)
        else:
            others.append(given)
            arrived.set()

    intake = JobConsumer(
        servers=[server.url],
        pairs=[("shop", "apns"), ("news", "apns")],
        connections=3,
        urgent_connections=0,
        handler=handle,
    )
    intake.start()
    await submitter.submit([job(n) for n in range(10)])
    await desk.until_in_hand(2)
    await submitter.submit([replace(job(99), app="news")])
    async with asyncio.timeout(10):
        await arrived.wait()
    assert (desk.in_hand, desk.done) == (2, []), "the first app's jobs hang"
    desk.gate.set()
    await desk.until(10)
    await intake.drain(LONG)
    await submitter.close()


@pytest.mark.parametrize(
    ("apps", "connections", "servers"),
    [(1, 4, 1), (2, 4, 1), (5, 4, 1), (3, 4, 2), (2, 1, 1), (2, 2, 2), (7, 5, 2)],
)
def test_every_server_has_a_connection_for_each_app_and_one_without(
    apps: int, connections: int, servers: int
) -> None:
    serves = [(f"app-{n}", "apns") for n in range(apps)]
    divided = assign_pairs(serves, connections, servers)
    assert len(divided) == connections
    for server in range(servers):
        mine = divided[server::servers]
        for pair in serves:
            serving = sum(pair in some for some in mine)
            left = 1 if len(mine) > 1 and apps > 1 else 0
            assert serving == len(mine) - left


async def test_urgent_jobs_have_hands_of_their_own(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    desk.gate.clear()
    urgent: list[Job] = []
    done = asyncio.Event()

    async def handle(given: Job) -> None:
        if given.urgent:
            urgent.append(given)
            done.set()
        else:
            await desk(given)

    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=1, handler=handle
    )
    intake.start()
    await submitter.submit([job(n) for n in range(10)])
    await desk.until_in_hand(2)
    await submitter.submit([replace(job(99), urgent=True, priority=Priority.HIGH)])
    async with asyncio.timeout(10):
        await done.wait()
    assert [given.blocks for given in urgent] == [(99,)]
    assert desk.done == [], "the others are still at work"
    desk.gate.set()
    await desk.until(10)
    await intake.drain(LONG)
    await submitter.close()


async def test_a_worker_takes_only_the_vendors_it_serves(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "fcm")], connections=2, urgent_connections=0, handler=desk
    )
    intake.start()
    await submitter.submit([job(1, "apns"), job(2, "fcm")])
    assert await desk.until(1) == [job(2, "fcm")]
    waiting = {item.name: item.queued for item in await GearmanAdmin([server.url], 3).status()}
    assert waiting["push.apns.shop"] == 1
    await intake.drain(LONG)
    await submitter.close()


async def queued(server: Engine, function: str) -> int:
    return {item.name: item.queued for item in await GearmanAdmin([server.url], 3).status()}[function]


async def test_draining_finishes_what_is_in_hand_and_takes_no_more(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    desk.gate.clear()
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=0, handler=desk
    )
    intake.start()
    await submitter.submit([job(n) for n in range(6)])
    await desk.until_in_hand(2)
    draining = asyncio.create_task(intake.drain(LONG))
    await asyncio.sleep(0)
    desk.gate.set()
    assert await draining == 0
    assert len(desk.done) == 2
    # The server hears on one connection that a job is done, and is asked on another: the order is its own.
    async with asyncio.timeout(5):
        while await queued(server, "push.apns.shop") != 4:  # noqa: ASYNC110  # it sets no event of ours
            await asyncio.sleep(0.02)
    await submitter.close()


async def test_what_does_not_finish_in_time_is_abandoned(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    desk.gate.clear()
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=desk
    )
    intake.start()
    await submitter.submit([job(1)])
    await desk.until_in_hand(1)
    assert await intake.drain(timedelta(milliseconds=100)) == 1
    await submitter.close()


async def test_an_idle_worker_drains_at_once(server: Engine) -> None:
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=4, urgent_connections=0, handler=Desk()
    )
    intake.start()
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await intake.drain(LONG) == 0
    assert loop.time() - began < 5


async def test_a_handler_that_fails_does_not_stop_the_next_job(server: Engine) -> None:
    done: list[Job] = []
    finished = asyncio.Event()

    async def handle(given: Job) -> None:
        if given == job(1):
            raise RuntimeError("a fault of ours")
        done.append(given)
        finished.set()

    submitter = Submitter([server.url], 5)
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=handle
    )
    intake.start()
    await submitter.submit([job(1)])
    await submitter.submit([job(2)])
    async with asyncio.timeout(10):
        await finished.wait()
    assert done == [job(2)]
    await intake.drain(LONG)
    await submitter.close()


async def test_what_is_no_job_is_dropped_and_the_next_one_done(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    host, _, port = server.url.partition(":")
    data = b"push.apns.shop\0unique\0not a job \0 at all"
    with socket.create_connection((host, int(port))) as stranger:
        stranger.sendall(
            b"\0REQ" + (18).to_bytes(4, "big") + len(data).to_bytes(4, "big") + data
        )  # SUBMIT_JOB_BG
        assert stranger.recv(64).startswith(b"\0RES")
    await submitter.submit([job(7)])
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=desk
    )
    intake.start()
    assert await desk.until(1) == [job(7)]
    await intake.drain(LONG)
    await submitter.close()


async def test_both_sides_come_back_after_the_server_was_killed(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 2)
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=0, handler=desk
    )
    intake.start()
    await submitter.submit([job(1)])
    await desk.until(1)
    server.stop(signal.SIGKILL)
    with pytest.raises(EngineUnavailable):
        await submitter.submit([job(2)])
    server.start()
    await submitter.submit([job(3)])
    assert (await desk.until(2))[1] == job(3)
    await intake.drain(LONG)
    await submitter.close()


WORKER = """
import asyncio, sys
from pushgate.dispatch.gearman.consumer import JobConsumer
async def main():
    async def handle(job):
        print("in hand", flush=True)
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
    """With gear, the lease and the sweep have to bring it back."""
    submitter = Submitter([server.url], 5)
    await submitter.submit([job(1)])
    victim = subprocess.Popen(  # noqa: ASYNC220  # starting it takes no time; waiting for it is done in a thread
        [sys.executable, "-c", WORKER, server.url],
        stdout=subprocess.PIPE,
        preexec_fn=die_with_parent(),  # noqa: PLW1509  # the child dies with the test
    )
    assert victim.stdout is not None
    assert await asyncio.to_thread(victim.stdout.readline) == b"in hand\n"
    victim.kill()
    victim.wait()
    victim.stdout.close()
    desk = Desk()
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=desk
    )
    intake.start()
    await submitter.submit([job(2)])
    if "gearmand" in str(server.command[0]):
        assert sorted(done.blocks for done in await desk.until(2)) == [(1,), (2,)]
    else:
        assert await desk.until(1) == [job(2)]
    await intake.drain(LONG)
    await submitter.close()


async def test_gearmand_coalesces_the_same_attempt_at_the_same_blocks(gearmand: Engine) -> None:
    submitter = Submitter([gearmand.url], 5)
    await submitter.submit([job(1)])
    await submitter.submit([job(1), job(2)])
    waiting = {item.name: item.queued for item in await GearmanAdmin([gearmand.url], 3).status()}
    assert waiting["push.apns.shop"] == 2
    await submitter.close()


async def test_a_full_queue_is_an_error_and_not_a_wait_without_end(gearmand: Engine, tmp_path: Path) -> None:
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


async def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        submitter = Submitter([f"127.0.0.1:{silent.getsockname()[1]}"], 0.3)
        with pytest.raises(EngineUnavailable, match="TimeoutError"):
            await submitter.submit([job(1)])
        await submitter.close()


async def test_with_two_servers_one_may_be_down(server: Engine) -> None:
    servers = [f"127.0.0.1:{free_port()}", server.url]
    desk, submitter = Desk(), Submitter(servers, 5)
    intake = JobConsumer(
        servers=servers, pairs=[("shop", "apns")], connections=1, urgent_connections=0, handler=desk
    )
    intake.start()
    await submitter.submit([job(n) for n in range(20)])
    assert len(await desk.until(20)) == 20
    await GearmanAdmin(servers, 3).ping()
    with pytest.raises(EngineUnavailable):
        await GearmanAdmin(servers, 3).status()
    await intake.drain(LONG)
    await submitter.close()


async def test_the_state_of_the_server_is_told_by_function(server: Engine) -> None:
    desk, submitter = Desk(), Submitter([server.url], 5)
    desk.gate.clear()
    intake = JobConsumer(
        servers=[server.url], pairs=[("shop", "apns")], connections=2, urgent_connections=0, handler=desk
    )
    intake.start()
    await submitter.submit([job(n) for n in range(5)])
    await desk.until_in_hand(2)
    (state,) = [
        item for item in await GearmanAdmin([server.url], 3).status() if item.name == "push.apns.shop"
    ]
    assert (state.queued, state.running, state.workers) == (5, 2, 2)
    desk.gate.set()
    await intake.drain(LONG)
    await submitter.close()


async def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(EngineUnavailable):
        await GearmanAdmin([f"127.0.0.1:{free_port()}"], 1).ping()
