"""Many terminals at once: the stored registry is the one that registrations one by one give."""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from tests.support.registry_dump import dump

from pushgate.domain.app import App
from pushgate.domain.terminal import AttributeValue, Terminal
from pushgate.redis.client import open_pipeline
from pushgate.redis.pipelined_connection import PipelinedConnection
from pushgate.stores import Stores
from pushgate.terminals.bulk.connections import BulkConnections
from pushgate.terminals.bulk.registry import BulkRegistration

_apps = itertools.count()
_LANGUAGES = ("en", "ja", "zh-Hant-TW")

terminals = st.builds(
    Terminal,
    id=st.integers(0, 30).map("t{}".format),
    vendor=st.sampled_from(("apns", "fcm")),
    token=st.integers(0, 40).map("token-{}".format),
    language=st.sampled_from(_LANGUAGES),
    group_language=st.sampled_from((None, "und")),
    user=st.none() | st.sampled_from(("ann", "bob", "陈")),
    tags=st.lists(st.sampled_from(("vip", "new", "礼物")), unique=True, max_size=3).map(tuple),
    timezone=st.none() | st.sampled_from(("Asia/Shanghai", "Europe/Berlin")),
    app_version=st.none() | st.just("2.1"),
    attributes=st.dictionaries(
        st.sampled_from(("level", "plan")), st.sampled_from(("gold", "x" * 100, 3, 2.5, True)), max_size=2
    ),
)


class Interrupted(PipelinedConnection):
    """A connection on which others act once, after what the import watches was read and before it
    is written.
    """

    def __init__(
        self,
        open_connection: Callable[[], Awaitable[AbstractConnection]],
        others: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(open_connection, 20)
        self._others: Callable[[], Awaitable[None]] | None = others

    async def exchange(self, packed: bytes, answers: int) -> list[object]:
        if b"MULTI" in packed and self._others:
            others, self._others = self._others, None
            await others()
        return await super().exchange(packed, answers)


class OneConnection(BulkConnections):
    """The same connection for all keys, which are on one server."""

    def __init__(self, redis: Redis, connection: PipelinedConnection) -> None:
        super().__init__(redis)
        self._connection = connection

    async def at(self, head: bytes) -> PipelinedConnection:
        await self._connection.open()
        return self._connection


@dataclass(frozen=True)
class Others:
    """What others do meanwhile: register terminals, and change the attributes of people."""

    terminals: Sequence[Terminal] = ()
    people: Mapping[str, Mapping[str, AttributeValue]] = field(default_factory=dict)

    async def act(self, stores: Stores, app: App) -> None:
        await stores.registry.register(app, self.terminals)
        for user, attributes in self.people.items():
            await stores.people.change(app, user, attributes)


async def bulk_register(
    stores: Stores,
    redis: Redis,
    app: App,
    windows: Sequence[Sequence[Terminal]],
    others: Others | None = None,
) -> int | None:
    """Register windows, and let others act during the first window that is written; returns its
    number.
    """
    window_of_others: int | None = None
    number = 0

    async def interrupt() -> None:
        nonlocal window_of_others
        window_of_others = number
        await (others or Others()).act(stores, app)

    connection = Interrupted(open_pipeline(redis, "{shop:0}")._open_connection, interrupt)
    connections = OneConnection(redis, connection)
    registration = BulkRegistration(redis, stores.registry._clock, stores.registry, connections, app)
    for number, window in enumerate(windows):  # noqa: B007  # read by `interrupt`
        await registration.register(window)
    connection.close()
    return window_of_others


people = st.dictionaries(
    st.sampled_from(("ann", "bob")),
    st.just({"plan": "gold", "age": 40}) | st.just({"plan": "x" * 100}),
    max_size=2,
)


@pytest.mark.single_redis
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    windows=st.lists(st.lists(terminals, max_size=12), min_size=1, max_size=4),
    before=st.builds(Others, people=people),
    meanwhile=st.builds(Others, st.lists(terminals, max_size=3), people),
    shards=st.sampled_from((1, 2)),
)
async def test_windows_give_the_registry_that_registrations_one_by_one_give(
    stores: Stores,
    redis: Redis,
    windows: list[list[Terminal]],
    before: Others,
    meanwhile: Others,
    shards: int,
) -> None:
    run = next(_apps)
    bulk, single = App(f"bulk{run}", shards), App(f"single{run}", shards)
    for app in (bulk, single):
        await before.act(stores, app)
    disturbed = await bulk_register(stores, redis, bulk, windows, meanwhile)
    for number, window in enumerate(windows):
        if number == disturbed:
            await meanwhile.act(stores, single)
        await stores.registry.register(single, window)
    assert await dump(redis, bulk) == await dump(redis, single)


@pytest.mark.single_redis
async def test_terms_change_their_form_as_they_do_one_by_one(stores: Stores, redis: Redis) -> None:
    def grown(number: int) -> Terminal:
        tags = [f"every-{step}" for step in (1, 2, 7, 30, 90) if number % step == 0]
        user = "crowd" if number % 11 == 0 else f"user-{number // 3}"
        language = _LANGUAGES[number % 3]
        return Terminal(f"t{number}", "apns", f"token-{number}", language, user=user, tags=tuple(tags))

    everybody = [grown(number) for number in range(2600)]
    windows = [everybody[:40], everybody[40:100], everybody[100:900], everybody[900:1000], everybody[1000:]]
    bulk, single = App("bulk"), App("single")
    await bulk_register(stores, redis, bulk, windows)
    for window in windows:
        await stores.registry.register(single, window)
    found, expected = await dump(redis, bulk), await dump(redis, single)
    assert found.forms == expected.forms
    assert {"slots", "wide", "offsets", "bits"} == set(found.forms.values())
    assert found == expected


async def test_a_portion_that_is_disturbed_again_and_again_is_registered_one_by_one(
    stores: Stores, redis: Redis
) -> None:
    class Disturbed(PipelinedConnection):
        times = 0

        async def exchange(self, packed: bytes, answers: int) -> list[object]:
            if b"MULTI" in packed:
                self.times += 1
                other = Terminal(f"other-{self.times}", "apns", f"other-{self.times}", "en", user="ann")
                await stores.registry.register(app, [other])
            return await super().exchange(packed, answers)

    app = App("shop")
    connection = Disturbed(open_pipeline(redis, "{shop:0}")._open_connection, 20)
    connections = OneConnection(redis, connection)
    registration = BulkRegistration(redis, stores.registry._clock, stores.registry, connections, app)
    assert await registration.register([Terminal("t", "apns", "token", "en", user="ann")]) == 1
    connection.close()
    assert connection.times == 3
    found = await dump(redis, app)
    assert found.terms["u:ann"] == found.terms["shared"] == {"t", "other-1", "other-2", "other-3"}
