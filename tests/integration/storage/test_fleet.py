"""The identity of the store, heartbeats, and what a process does when its store lost its data."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import structlog
from redis.asyncio import Redis
from tests.support.engines import tcp_redis
from tests.support.heartbeats import fall_silent

from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.fleet.heartbeats import Description, Heartbeats
from pushgate.fleet.watch import Watch
from pushgate.redis.client import connect
from pushgate.redis.key_space import KEY_SPACE_VERSION, Store, check_store, open_store

START = datetime(2020, 1, 1, tzinfo=UTC)


class Adopted:
    """Remembers the identities that a watch adopted."""

    def __init__(self) -> None:
        self.stores: list[Store] = []

    async def __call__(self, store: Store) -> None:
        self.stores.append(store)


def describe(kind: str = "worker") -> Description:
    return Description(kind, "host", 1, "0", START)


async def watch(redis: Redis, name: str = "one") -> tuple[Watch, Adopted]:
    adopted = Adopted()
    return Watch(redis, await open_store(redis), name, describe(), adopted), adopted


async def test_a_store_has_one_identity_and_one_secret(redis: Redis) -> None:
    first, second = await open_store(redis), await open_store(redis)
    assert first == second
    assert first.lost_at is None
    assert len(first.callback_key) == 32


async def test_a_store_of_an_unknown_version_is_refused_with_the_remedy(redis: Redis) -> None:
    await open_store(redis)
    await redis.hset("{q}:store", "version", KEY_SPACE_VERSION + 1)
    for attempt in (open_store(redis), check_store(redis)):
        with pytest.raises(ConfigurationError, match="empty database"):
            await attempt


async def test_a_check_changes_nothing(redis: Redis) -> None:
    await check_store(redis)
    assert await redis.dbsize() == 0


async def test_a_process_stops_when_the_version_changes_under_it(redis: Redis) -> None:
    one, _ = await watch(redis)
    await one.beat()
    await redis.hset("{q}:store", "version", "7")
    with pytest.raises(ConfigurationError, match="version 7"):
        await one.beat()


async def test_processes_are_seen_until_they_leave(redis: Redis) -> None:
    heartbeats = Heartbeats(redis)
    await heartbeats.beat("a", describe("api"))
    await heartbeats.beat("b", replace(describe(), serves=(("shop", "apns"), ("other", "apns"))))
    found = {one.id: one for one in await heartbeats.read()}
    assert {name: one.alive for name, one in found.items()} == {"a": True, "b": True}
    assert found["b"].description.vendors == ("apns",)
    await heartbeats.leave("a")
    assert [one.id for one in await heartbeats.read()] == ["b"]


async def test_a_silent_process_counts_as_dead_and_is_forgotten_after_an_hour(redis: Redis) -> None:
    heartbeats = Heartbeats(redis)
    await heartbeats.beat("old", describe())
    await heartbeats.beat("silent", describe())
    await fall_silent(redis, "old", timedelta(minutes=61))
    await fall_silent(redis, "silent", timedelta(minutes=59))
    await heartbeats.beat("new", describe())
    assert {one.id: one.alive for one in await heartbeats.read()} == {"silent": False, "new": True}


async def test_a_running_process_restores_identity_and_secret_after_a_loss(redis: Redis) -> None:
    (one, adopted), (two, also_adopted) = await watch(redis), await watch(redis, "two")
    await one.beat()
    await two.beat()
    before = one.store
    await redis.flushdb()
    await one.beat()
    await two.beat()
    after = await open_store(redis)
    assert (after.id, after.callback_key) == (before.id, before.callback_key)
    assert after.lost_at is not None
    assert adopted.stores == also_adopted.stores == [after], "each process learns of the loss once"
    await one.beat()
    assert len(adopted.stores) == 1
    later, _ = await watch(redis, "three")
    assert later.store == after


async def test_a_process_that_started_after_the_loss_does_not_replace_the_secret(redis: Redis) -> None:
    one, _ = await watch(redis)
    await one.beat()
    before = one.store
    await redis.flushdb()
    fresh, learned = await watch(redis, "fresh")
    assert fresh.store.callback_key != before.callback_key
    await one.beat()
    await fresh.beat()
    assert fresh.store.callback_key == before.callback_key
    assert [store.callback_key for store in learned.stores] == [before.callback_key]


async def test_the_store_of_another_installation_is_left_alone(redis: Redis) -> None:
    """An address that suddenly leads elsewhere must not overwrite the secret found there."""
    other = await open_store(redis)
    one = Watch(redis, Store("mine", None, b"k" * 32), "one", describe(), Adopted())
    one._seen_at = datetime.now(UTC) + timedelta(minutes=1)  # it saw its own store after the other was made
    with pytest.raises(ConfigurationError, match="another installation"):
        await one.beat()
    assert await open_store(redis) == other


async def test_an_outage_is_known_while_it_lasts(redis: Redis) -> None:
    one, _ = await watch(redis)
    await one.beat()
    unreachable = connect("redis://127.0.0.1:1/0", 4)
    gone = Watch(unreachable, one.store, "one", describe(), Adopted())
    await gone.beat()
    assert gone.unreachable_since == START
    with pytest.raises(EngineUnavailable):
        await Heartbeats(unreachable).read()
    await unreachable.aclose()


async def test_a_silent_server_is_known_as_an_outage_before_the_next_beats(
    redis: Redis, silent_port: int
) -> None:
    silent = connect(f"redis://127.0.0.1:{silent_port}/0", 4)
    one = Watch(silent, await open_store(redis), "one", describe(), Adopted())
    async with asyncio.timeout(15):  # a command would wait for 20 s
        await one.beat()
    assert one.unreachable_since == START
    await silent.aclose()


async def test_beats_at_once_learn_of_a_loss_once(redis: Redis) -> None:
    one, adopted = await watch(redis)
    await one.beat()
    await redis.flushdb()
    await asyncio.gather(one.beat(), one.beat(), one.beat())
    assert len(adopted.stores) == 1


async def test_what_a_loss_asks_of_a_process_is_tried_until_it_is_done(redis: Redis) -> None:
    attempts: list[Store] = []

    async def ensure_app(store: Store) -> None:
        attempts.append(store)
        if len(attempts) == 1:
            raise EngineUnavailable("gone again")

    one = Watch(redis, await open_store(redis), "one", describe(), ensure_app)
    await one.beat()
    await redis.flushdb()
    for _ in range(3):
        await one.beat()
    assert len(attempts) == 2
    assert one.store.lost_at is not None


async def test_data_that_came_back_are_not_called_lost(redis: Redis) -> None:
    """A backup of before the loss was put in place."""
    one, _ = await watch(redis)
    await one.beat()
    before = cast("Mapping[bytes, bytes]", await redis.hgetall("{q}:store"))
    await redis.flushdb()
    await one.beat()
    assert one.store.lost_at is not None
    await redis.delete("{q}:store")
    for name, value in before.items():
        await redis.hset("{q}:store", name, value)
    with structlog.testing.capture_logs() as lines:
        await one.beat()
    assert [line["action"] for line in lines] == ["store_back"]
    assert one.store.lost_at is None


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("redis://127.0.0.1:1/0", "no connection"),
        ("redis://:wrong@127.0.0.1:{port}/0", "refuses the user name or password"),
        ("redis://127.0.0.1:{port}/0", "refuses the user name or password"),
    ],
)
async def test_an_outage_is_told_in_words(locked: int, address: str, cause: str) -> None:
    client = connect(address.format(port=locked), 4)
    with pytest.raises(EngineUnavailable, match=cause) as told:
        await check_store(client)
    assert "wrong" not in str(told.value)
    await client.aclose()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[int]:
    """The port of a Redis that asks for a password."""
    engine = tcp_redis(tmp_path)
    engine.command = (*engine.command, "--requirepass", "secret")
    engine.start()
    yield int(engine.url.rpartition(":")[2].partition("/")[0])
    engine.stop()
