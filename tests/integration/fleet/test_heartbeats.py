"""Heartbeats show which processes are alive."""

from dataclasses import replace
from datetime import timedelta

from redis.asyncio import Redis
from tests.support.fleet import describe
from tests.support.heartbeats import fall_silent

from pushgate.fleet.heartbeats import Heartbeats


async def test_processes_are_seen_until_they_sign_off(redis: Redis) -> None:
    heartbeats = Heartbeats(redis)
    await heartbeats.beat("a", describe("api"))
    await heartbeats.beat("b", replace(describe(), serves=(("shop", "apns"), ("other", "apns"))))
    found = {process.id: process for process in await heartbeats.read()}
    assert {name: process.alive for name, process in found.items()} == {"a": True, "b": True}
    assert found["b"].description.vendors == ("apns",)
    await heartbeats.sign_off("a")
    assert [process.id for process in await heartbeats.read()] == ["b"]


async def test_a_silent_process_counts_as_dead_and_is_forgotten_after_an_hour(redis: Redis) -> None:
    heartbeats = Heartbeats(redis)
    await heartbeats.beat("old", describe())
    await heartbeats.beat("silent", describe())
    await fall_silent(redis, "old", timedelta(minutes=61))
    await fall_silent(redis, "silent", timedelta(minutes=59))
    await heartbeats.beat("new", describe())
    assert {process.id: process.alive for process in await heartbeats.read()} == {
        "silent": False,
        "new": True,
    }
