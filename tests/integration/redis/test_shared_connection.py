"""Scripts of many callers share one connection, whatever becomes of single ones or the server."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from tests.support.engines import Engine, tcp_redis

from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.client import connect, watching
from pushgate.redis.scripts import Script
from pushgate.redis.shared_connection import SharedConnection
from pushgate.settings.redis import RedisSettings

ECHO = Script("return ARGV[1]")
STAY = Script("while ARGV[1] == '1' do end")
COUNT = Script("return redis.call('INCR', KEYS[1])")
KEYS = ["{a}"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Engine]:
    """A server that a test may stop."""
    engine = tcp_redis(tmp_path)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
async def client(server: Engine) -> AsyncIterator[Redis]:
    client = connect(RedisSettings(url=server.url))
    yield client
    await client.aclose()


async def open_connections(redis: Redis) -> int:
    return len(await redis.client_list())


async def echo_once_loaded(client: Redis) -> object:
    async with asyncio.timeout(30):
        while True:
            try:
                return await ECHO(client, KEYS, [b"2"])
            except EngineUnavailable:  # it is loading its data
                await asyncio.sleep(0.05)


async def test_each_caller_gets_its_own_answer_over_one_connection(redis: Redis) -> None:
    words = [f"word {number}".encode() for number in range(200)]
    await ECHO(redis, KEYS, [b"first"])  # its source is sent
    before = await open_connections(redis)
    assert await asyncio.gather(*(ECHO(redis, KEYS, [word]) for word in words)) == words
    assert await open_connections(redis) == before


async def test_an_answer_may_come_in_pieces(redis: Redis) -> None:
    word = b"x" * 3_000_000
    assert await asyncio.gather(*(ECHO(redis, KEYS, [word]) for _ in range(3))) == [word] * 3


async def test_an_error_reaches_its_own_caller_alone(redis: Redis) -> None:
    wrong = Script("return redis.call('NONE')")
    answers = await asyncio.gather(
        ECHO(redis, KEYS, [b"1"]), wrong(redis, KEYS, []), ECHO(redis, KEYS, [b"2"]), return_exceptions=True
    )
    assert (answers[0], answers[2]) == (b"1", b"2")
    assert isinstance(answers[1], exceptions.ResponseError)


@pytest.mark.parametrize("word", ["\ud800", None], ids=["half a character", "no word"])
async def test_a_command_that_cannot_be_sent_touches_no_other(redis: Redis, word: str | None) -> None:
    with pytest.raises((UnicodeError, TypeError)):
        await ECHO(redis, KEYS, [cast("str", word)])
    async with asyncio.timeout(30):
        assert await asyncio.gather(*(ECHO(redis, KEYS, [b"%d" % n]) for n in range(3))) == [b"0", b"1", b"2"]


async def test_a_caller_that_is_cancelled_touches_no_other(redis: Redis) -> None:
    await COUNT(redis, KEYS, [])
    calls = [asyncio.create_task(COUNT(redis, KEYS, [])) for _ in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert (answers[0], answers[2]) == (2, 4), "what was sent is carried out"
    assert isinstance(answers[1], asyncio.CancelledError)
    assert await COUNT(redis, KEYS, []) == 5


async def test_calls_of_a_lost_connection_may_have_changed_something(server: Engine, client: Redis) -> None:
    await STAY(client, KEYS, ["0"])
    with watching() as watch:
        call = asyncio.create_task(STAY(client, KEYS, ["1"]))
        await asyncio.sleep(0.05)
        server.stop(signal.SIGKILL)
        with pytest.raises(EngineUnavailable, match="connection lost"):
            await call
    assert watch.changed
    with watching() as watch, pytest.raises(EngineUnavailable, match="no connection"):
        await ECHO(client, KEYS, [b"1"])
    assert not watch.changed, "nothing was sent"
    server.start()
    assert await echo_once_loaded(client) == b"2", "the next call opens the connection again"


async def test_a_server_that_is_silent_is_out_of_reach(redis: Redis) -> None:
    async def open_connection() -> AbstractConnection:
        pool = redis.connection_pool
        connection = pool.connection_class(**pool.connection_kwargs)
        await connection.connect()  # type: ignore[no-untyped-call]
        return connection

    shared = SharedConnection(open_connection, timeout=0.1)
    for _ in range(2):
        assert await shared.call(("ECHO", "heard")) == b"heard"
        with pytest.raises(exceptions.TimeoutError):
            await shared.call(("BLPOP", "{a}:nothing", 0))
    assert await shared.call(("ECHO", "heard")) == b"heard"
    await asyncio.sleep(0.15)
    assert await shared.call(("ECHO", "heard")) == b"heard", "silence without a call is none"
    shared.close()
