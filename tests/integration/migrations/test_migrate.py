"""`migrate` works in portions: killed anywhere, it goes on; repeated, it changes nothing."""

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis
from tests.support.api.clients import describe
from tests.support.clock import SetClock
from tests.support.interrupted_redis import InterruptedRedis, Killed, die
from tests.support.upgrade.recorded_store import RecordedStore, content, load_version

from pushgate.domain.errors import ConfigurationError
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.migrations.migrate import STEPS, StoreInUse, migrate, plan
from pushgate.redis.key_space import KEY_SPACE_VERSION, OLDEST_MIGRATED, check_store, open_store

# A cluster is in tests/integration/redis/servers.
pytestmark = pytest.mark.single_redis
Attempt = Callable[[Redis], Awaitable[object]]


def silent(_: str, done: int, total: int) -> None:
    assert done <= total


async def test_a_migration_that_is_killed_anywhere_goes_on_and_comes_to_the_same(
    redis: Redis,
) -> None:
    await load_version(redis, 2)
    await migrate(redis, silent)
    expected = content(redis)
    await redis.flushdb()  # of this test alone
    await load_version(redis, 2)
    deaths, at = 0, 1
    while True:
        # Before a command is sent, or after it was carried out without an answer.
        fault = {at: die}
        client = InterruptedRedis.of(redis, fault) if at % 2 else InterruptedRedis.of(redis, {}, fault)
        try:
            await migrate(client, silent)
            break
        except Killed:
            deaths, at = deaths + 1, at + 29
    assert deaths > 10
    assert content(redis) == expected


async def test_a_migration_is_repeated_without_effect(version_2: RecordedStore, redis: Redis) -> None:
    assert version_2.keys
    assert await migrate(redis, silent) == 1
    before = content(redis)
    assert await migrate(redis, silent) == 0
    assert content(redis) == before


async def test_a_plan_tells_what_there_is_to_do_and_changes_nothing(
    version_2: RecordedStore, redis: Redis
) -> None:
    before = content(redis)
    (step,) = await plan(redis)
    assert (step.source, step.counts) == (2, {"apps": 2, "terminals": 1264, "large messages": 6})
    assert content(redis) == before


async def test_nothing_that_only_version_2_reads_is_left(version_2: RecordedStore, redis: Redis) -> None:
    await migrate(redis, silent)
    left = [key async for key in redis.scan_iter()]
    assert not [key for key in left if b":user:" in key or b":t:alive:" in key or b":migration" in key]


async def test_keys_live_as_long_as_before(version_2: RecordedStore, redis: Redis) -> None:
    names = [key.name.decode() for key in version_2.keys if key.expires_ms >= 0]
    before = {name: await redis.pexpiretime(name) for name in names}
    await migrate(redis, silent)
    assert {name: await redis.pexpiretime(name) for name in names} == before


async def test_processes_that_use_the_store_are_named(
    version_2: RecordedStore, redis: Redis, clock: SetClock
) -> None:
    await Heartbeats(redis).beat("w", describe("worker", clock))
    with pytest.raises(StoreInUse, match="stop worker 1 on host-1"):
        await migrate(redis, silent)


@pytest.mark.parametrize("attempt", [open_store, check_store])
@pytest.mark.parametrize(
    ("version", "remedy"),
    [
        ("2", "`pushgate migrate`"),
        ("2>3", "run it again where it was interrupted"),
        ("1", "import the terminals again"),
        (str(KEY_SPACE_VERSION + 1), "run the version of Pushgate that wrote the store"),
        ("2>x\xff", "import the terminals again"),
        ("", "import the terminals again"),
    ],
)
async def test_a_process_refuses_a_store_of_another_version_with_the_remedy(
    redis: Redis, attempt: Attempt, version: str, remedy: str
) -> None:
    await redis.hset("{q}:store", mapping={"id": "i", "version": version.encode("latin1")})
    with pytest.raises(ConfigurationError, match=remedy):
        await attempt(redis)


@pytest.mark.parametrize("version", ["1", str(KEY_SPACE_VERSION + 1), "garbage", "\xff", "2>x"])
async def test_an_unknown_version_is_not_migrated(redis: Redis, version: str) -> None:
    await redis.hset("{q}:store", mapping={"id": "i", "version": version.encode("latin1")})
    before = content(redis)
    for attempt in (plan(redis), migrate(redis, silent)):
        with pytest.raises(ConfigurationError, match="run the version of Pushgate that wrote the store"):
            await attempt
    assert content(redis) == before


async def test_an_empty_store_needs_no_migration(redis: Redis) -> None:
    assert (await plan(redis), await migrate(redis, silent)) == ([], 0)
    assert await redis.dbsize() == 0


def test_steps_lead_to_this_version_without_a_gap() -> None:
    assert [step.source for step in STEPS] == list(range(OLDEST_MIGRATED, KEY_SPACE_VERSION))
