"""Terms, indexes and pointers follow from the rows, after any sequence of changes."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.api.terminals import terminals
from tests.support.clock import SetClock
from tests.support.registry_laws import check_registry

from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.registry import DeadToken, Single

ids = st.sampled_from([f"t{number}" for number in range(6)])
registrations = st.lists(
    st.builds(
        lambda terminal, name, fresh: replace(
            terminal,
            id=name,
            last_seen=None if fresh else terminal.last_seen,
            registered_at=None if fresh else terminal.registered_at,
        ),
        terminals(),
        ids,
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("register"), registrations),
        st.tuples(st.just("change"), registrations),
        st.tuples(st.just("sign of life"), st.lists(ids, max_size=3)),
        st.tuples(st.just("forget"), st.lists(ids, max_size=3)),
        st.tuples(st.just("dead"), terminals().map(lambda terminal: terminal.token)),
        st.tuples(
            st.just("person"),
            st.tuples(
                st.sampled_from("abc"),
                st.none()
                | st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, "x" * 70, 1, True])),
            ),
        ),
        st.tuples(st.just("pass"), st.sampled_from([1, 86_400, 60 * 86_400])),
    ),
    max_size=12,
)
_apps = iter(range(10**9))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, shards=st.sampled_from([1, 2]))
async def test_terms_follow_from_rows_after_any_sequence(
    redis: Redis, clock: SetClock, steps: list[tuple[str, object]], shards: int
) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    app = App(f"law{next(_apps)}", shards)
    for kind, argument in steps:
        match kind, argument:
            case "register", list(registered):
                await stores.registry.register(app, registered)
            case "change", list(changed):
                for terminal in changed:
                    with suppress(NotFound):
                        _, version = await stores.registry.read_version(app, terminal.id)
                        assert await stores.registry.replace(app, terminal, Single(version))
            case "sign of life", list(names):
                slots = await stores.locations.locate(app, names)
                await stores.signs_of_life.note(app, [slot for places in slots for slot in places])
            case "forget", list(names):
                await stores.registry.forget(app, names)
            case "dead", str(token):
                await stores.registry.forget_dead(app, "apns", [DeadToken(token)])
            case "person", (str(user), (None | dict()) as changes):
                await stores.people.change(app, user, changes)
            case "pass", int(seconds):
                clock.advance(seconds)
    await check_registry(redis, app)


@pytest.mark.parametrize("count", [64, 65, 300])
async def test_terms_follow_from_rows_in_each_form(redis: Redis, stores: Stores, count: int) -> None:
    app = App("forms")
    many = [
        Terminal(f"t{n}", "apns", f"token{n}", "en", "ann", ("vip",), attributes={"plan": "gold" * 30})
        for n in range(count)
    ]
    await stores.registry.register(app, many)
    await check_registry(redis, app)
    await stores.registry.register(
        app, [replace(terminal, language="ja", user=None) for terminal in many[:50]]
    )
    await stores.registry.forget(app, [terminal.id for terminal in many[40:]])
    await check_registry(redis, app)


async def test_the_checker_finds_what_does_not_follow(redis: Redis, stores: Stores) -> None:
    app = App("broken")
    await stores.registry.register(app, [Terminal("t", "apns", "token", "en", None, ("vip",))])
    await redis.delete("{broken:0}:b:0:alive")
    (key,) = [key async for key in redis.scan_iter("{broken:0}:terms:*") if await redis.hexists(key, "t:vip")]
    await redis.hset(key, "t:vip", b"\x00\x00\x00\x00\x05\x00\x00\x00")
    with pytest.raises(AssertionError) as caught:
        await check_registry(redis, app)
    assert "shard 0: alive lacks slots [0]" in str(caught.value)
    assert "shard 0: t:vip has slots [5] too many" in str(caught.value)
