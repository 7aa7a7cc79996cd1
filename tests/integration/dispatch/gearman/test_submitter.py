"""A submitter notices full queues and servers that do not answer."""

import asyncio
import socket
from pathlib import Path

import pytest
from tests.support.engines import Engine, gearman_engine
from tests.support.gearman import job, queued

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


async def test_a_submission_that_is_cancelled_does_not_answer_the_next_one(server: Engine) -> None:
    submitter = Submitter([server.url], 5)
    await submitter.submit([job(0)])
    for number in range(1, 20):
        task = asyncio.create_task(submitter.submit([job(number), job(number, "fcm")]))
        for _ in range(number % 7):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await submitter.submit([job(100 + number)])
    assert await queued(server, "push.apns.shop") >= 20
    await submitter.close()


async def test_another_server_takes_the_jobs_of_one_that_refuses_them(server: Engine) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    stranger = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = "{}:{}".format(*stranger.sockets[0].getsockname())
    submitter = Submitter([address, server.url], 5)
    for number in range(4):
        await submitter.submit([job(number)])
    assert await queued(server, "push.apns.shop") == 4
    await submitter.close()
    stranger.close()


async def test_many_jobs_at_once_are_all_queued(server: Engine) -> None:
    submitter = Submitter([server.url], 5)
    await asyncio.gather(*(submitter.submit([job(n) for n in range(k, 900, 3)]) for k in range(3)))
    assert await queued(server, "push.apns.shop") == 900
    await submitter.close()
