"""Look-ups of listed terminals and users share script calls, and each gets its own answer."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.redis_work import work

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import connect, may_have_changed, watching
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores
from pushgate.terminals.existence import MAX_LOOKUPS_PER_SCRIPT, TerminalExistence

REGISTERED = 8
NAMES = st.lists(st.integers(0, 2 * REGISTERED), unique=True, max_size=10)


@pytest.fixture(params=[1, 3], ids=["one shard", "three shards"])
async def app(request: pytest.FixtureRequest, stores: Stores) -> App:
    app = App("shop", request.param)
    terminals = [Terminal(f"t{n}", "apns", f"token-{n}", "en", user=f"u{n}") for n in range(REGISTERED)]
    await stores.registry.register(app, terminals)
    return app


def calls_of_scripts(calls: dict[str, int]) -> int:
    return calls.get("evalsha", 0)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=st.lists(NAMES, min_size=1, max_size=8))
async def test_each_request_gets_the_number_of_its_own_unknown_names(
    app: App, stores: Stores, requests: list[list[int]]
) -> None:
    existence, expected = stores.existence, [{n for n in listed if n >= REGISTERED} for listed in requests]
    terminals = [existence.unknown_terminals(app, [f"t{n}" for n in listed]) for listed in requests]
    users = [existence.unknown_users(app, [f"u{n}" for n in listed]) for listed in requests]
    found = await asyncio.gather(*terminals, *users)
    assert found == [{f"{kind}{n}" for n in unknown} for kind in "tu" for unknown in expected]


async def test_a_name_is_looked_up_at_every_request(stores: Stores) -> None:
    app = App("shop")
    assert await stores.existence.unknown_terminals(app, ["t1"]) == {"t1"}
    await stores.registry.register(app, [Terminal("t1", "apns", "x", "en", user="ann")])
    assert await stores.existence.unknown_terminals(app, ["t1"]) == set()
    assert await stores.existence.unknown_users(app, ["ann"]) == set()
    await stores.registry.forget(app, ["t1"])
    assert await stores.existence.unknown_users(app, ["ann"]) == {"ann"}


async def test_requests_at_once_share_a_call_of_each_shard(app: App, stores: Stores, redis: Redis) -> None:
    await stores.existence.unknown_terminals(app, [f"t{n}" for n in range(REGISTERED)])

    async def look_up() -> None:
        await asyncio.gather(
            *(stores.existence.unknown_terminals(app, [f"t{n}"]) for n in range(MAX_LOOKUPS_PER_SCRIPT))
        )

    done = await work(redis, look_up())
    assert calls_of_scripts(done.calls) == app.shards


async def test_no_script_looks_up_more_than_the_limit(stores: Stores, redis: Redis) -> None:
    app, names = App("shop"), [f"n{n}" for n in range(3 * MAX_LOOKUPS_PER_SCRIPT + 1)]
    await stores.existence.unknown_terminals(app, ["n"])
    await stores.existence.unknown_users(app, ["n"])

    async def look_up() -> None:
        assert await stores.existence.unknown_terminals(app, names) == set(names)
        assert await stores.existence.unknown_users(app, names) == set(names)

    assert calls_of_scripts((await work(redis, look_up())).calls) == 2 * 4


async def test_a_look_up_changes_nothing(app: App, stores: Stores) -> None:
    """Whoever cannot store a message after the look-up knows that nothing was stored."""
    with watching():
        await stores.existence.unknown_terminals(app, ["t1", "t2"])
        assert not may_have_changed()


async def test_every_request_of_a_call_learns_that_redis_is_away() -> None:
    redis = connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4))
    existence = TerminalExistence(redis)
    answers = await asyncio.gather(
        *(existence.unknown_terminals(App("shop"), [f"t{n}"]) for n in range(3)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [EngineUnavailable] * 3
    await redis.aclose()
