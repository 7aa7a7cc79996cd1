"""Each process has all API keys in memory, and is never more than a second behind Redis."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.support.api_keys import open_api_keys
from tests.support.clock import Elapsed
from tests.support.engines import tcp_redis
from tests.support.redis_work import work

from pushgate.apps import api_keys
from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.key_store import MAX_CHANGES
from pushgate.domain.app import Scope
from pushgate.domain.errors import Conflict, EngineUnavailable, NotFound, Unauthorized
from pushgate.redis.client import connect, ping
from pushgate.settings.redis import RedisSettings

JUST_IN_TIME = 0.999
TOO_LATE = 1.0


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
async def here(redis: Redis, elapsed: Elapsed) -> AsyncIterator[ApiKeys]:
    """The keys of the process that is asked."""
    keys = open_api_keys(redis, elapsed)
    yield keys
    await keys.close()


@pytest.fixture
def elsewhere(redis: Redis, elapsed: Elapsed) -> ApiKeys:
    """The keys of the process that creates and revokes."""
    return open_api_keys(redis, elapsed)


async def is_valid(keys: ApiKeys, text: str) -> bool:
    try:
        await keys.authenticate(text)
    except Unauthorized:
        return False
    return True


async def until_it_answers(redis: Redis) -> None:
    """Wait until a server that was started has read its data."""
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(EngineUnavailable):
                return await ping(redis)
            await asyncio.sleep(0.01)


def id_of(text: str) -> str:
    return text.split("_")[1]


async def test_a_known_key_costs_redis_nothing(here: ApiKeys, redis: Redis) -> None:
    text = await here.create("shop", [Scope.PUSH, Scope.READ], "backend")
    key = await here.authenticate(text)
    assert (key.id, key.app, key.scopes, key.name) == (
        id_of(text),
        "shop",
        (Scope.PUSH, Scope.READ),
        "backend",
    )

    async def many() -> None:
        for _ in range(100):
            assert await here.authenticate(text) == key

    done = await work(redis, many())
    assert not {"hget", "hmget", "hgetall", "hscan", "lindex", "evalsha"} & {
        name for name, calls in done.calls.items() if calls
    }


async def test_a_new_key_works_at_once_everywhere(here: ApiKeys, elsewhere: ApiKeys) -> None:
    await here.load()
    assert await is_valid(here, await elsewhere.create("shop", [Scope.PUSH]))


async def test_an_app_has_a_limited_number_of_keys(here: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MAX_KEYS", 2)
    first, _ = [await here.create("shop", [Scope.PUSH]) for _ in range(2)]
    with pytest.raises(Conflict):
        await here.create("shop", [Scope.PUSH])
    await here.create("other", [Scope.PUSH])
    await here.create("", [Scope.OPERATOR])
    await here.revoke(first.split("_")[1])
    await here.create("shop", [Scope.PUSH])


async def test_a_revoked_key_is_refused_within_a_second_everywhere(
    here: ApiKeys, elsewhere: ApiKeys, elapsed: Elapsed
) -> None:
    text = await elsewhere.create("shop", [Scope.PUSH])
    assert await is_valid(here, text)
    await elsewhere.revoke(id_of(text))
    elapsed.advance(TOO_LATE)
    assert not await is_valid(here, text)


async def test_requests_refresh_the_table_before_they_have_to_wait_for_it(
    here: ApiKeys, elsewhere: ApiKeys, elapsed: Elapsed, redis: Redis
) -> None:
    text, other = [await elsewhere.create("shop", [Scope.PUSH]) for _ in range(2)]
    await here.load()
    await elsewhere.revoke(id_of(text))
    elapsed.advance(0.6)
    assert await is_valid(here, text), "from memory, and this request starts the refresh"
    await here.authenticate(await elsewhere.create("shop", []))  # comes after the refresh
    assert not await is_valid(here, text)
    elapsed.advance(0.4)

    async def ask() -> None:
        await here.authenticate(other)

    done = await work(redis, ask())
    assert not done.calls.get("lindex"), "the refresh counts from its start, 0.4 s ago"


async def test_the_process_that_revokes_a_key_refuses_it_from_then_on(here: ApiKeys) -> None:
    text = await here.create("shop", [Scope.PUSH])
    assert await is_valid(here, text)
    await here.revoke(id_of(text))
    assert not await is_valid(here, text)
    with pytest.raises(NotFound):
        await here.revoke(id_of(text))


async def test_a_process_that_missed_many_changes_reads_all_keys_again(
    here: ApiKeys, elsewhere: ApiKeys, elapsed: Elapsed, redis: Redis
) -> None:
    text = await elsewhere.create("shop", [Scope.PUSH])
    await here.load()
    await elsewhere.revoke(id_of(text))
    for _ in range(MAX_CHANGES):
        await elsewhere.create("shop", [Scope.PUSH])
    assert await redis.llen("{q}:key-changes") == MAX_CHANGES
    elapsed.advance(TOO_LATE)
    assert not await is_valid(here, text)


async def test_a_store_that_lost_its_data_has_no_keys(
    here: ApiKeys, elsewhere: ApiKeys, elapsed: Elapsed, redis: Redis
) -> None:
    text = await elsewhere.create("shop", [Scope.PUSH])
    assert await is_valid(here, text)
    await redis.flushdb()
    new = await elsewhere.create("shop", [Scope.PUSH])
    elapsed.advance(TOO_LATE)
    assert not await is_valid(here, text)
    assert await is_valid(here, new)


async def test_guesses_share_the_questions_to_redis(here: ApiKeys, redis: Redis) -> None:
    await here.create("shop", [Scope.PUSH])
    await here.load()
    guesses = [f"pg_{number:012x}_{number:048x}" for number in range(1000)]

    async def guess() -> None:
        assert not any(await asyncio.gather(*(is_valid(here, text) for text in guesses)))

    done = await work(redis, guess())
    assert done.calls["lindex"] <= 4, "one for each 256 guesses at once"
    assert not any(done.calls.get(name) for name in ("hget", "hmget", "hscan", "hgetall"))


async def test_what_no_key_looks_like_costs_redis_nothing(here: ApiKeys) -> None:
    """The client of this process reaches no server."""
    unreachable = connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4))
    with pytest.raises(Unauthorized):
        await open_api_keys(unreachable, Elapsed()).authenticate("pg_abc_def")
    await unreachable.aclose()


async def test_beyond_the_bound_the_keys_used_last_stay_in_memory(
    redis: Redis, elsewhere: ApiKeys, elapsed: Elapsed
) -> None:
    texts = [await elsewhere.create("shop", [Scope.PUSH]) for _ in range(6)]
    here = open_api_keys(redis, elapsed, max_keys=3)
    for text in texts * 2:
        assert await is_valid(here, text)
    assert not await is_valid(here, f"pg_{'0' * 12}_{'0' * 48}")

    async def last_ones() -> None:
        for text in texts[-3:]:
            assert await is_valid(here, text)

    done = await work(redis, last_ones())
    assert not done.calls.get("hmget")
    await elsewhere.revoke(id_of(texts[5]))
    elapsed.advance(TOO_LATE)
    assert [await is_valid(here, text) for text in texts] == [True] * 5 + [False]
    await here.close()


async def test_a_key_that_this_version_cannot_read_is_refused_and_stops_no_other(
    redis: Redis, elsewhere: ApiKeys, here: ApiKeys
) -> None:
    unreadable, text = [await elsewhere.create("shop", [Scope.PUSH]) for _ in range(2)]
    stored = json.loads(await redis.hget("{q}:keys", id_of(unreadable)) or "")
    stored["scopes"] = ["of_a_later_version"]
    await redis.hset("{q}:keys", id_of(unreadable), json.dumps(stored))
    assert not await is_valid(here, unreadable)
    assert await is_valid(here, text)


async def test_without_redis_a_key_is_valid_for_a_second_and_then_unknown(
    tmp_path: Path, elapsed: Elapsed
) -> None:
    engine = tcp_redis(tmp_path / "redis").start()
    redis = connect(RedisSettings(url=engine.url, max_connections=4))
    here = open_api_keys(redis, elapsed)
    text = await here.create("shop", [Scope.PUSH])
    assert await is_valid(here, text)
    engine.stop()
    elapsed.advance(JUST_IN_TIME)
    assert await is_valid(here, text)
    with pytest.raises(EngineUnavailable):
        await here.authenticate(f"pg_{'0' * 12}_{'0' * 48}")
    elapsed.advance(TOO_LATE - JUST_IN_TIME)
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            await here.authenticate(text)
    engine.start()
    await until_it_answers(redis)
    assert await is_valid(here, text)
    await here.close()
    await redis.aclose()
    engine.stop()
