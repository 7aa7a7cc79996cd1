"""Where the terminals of users are is read of several shards at once."""

import asyncio
from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals import chunk_reader, holders, locations, shard_scripts

APP = App("shop", 4)


async def test_all_shards_are_asked_before_one_has_answered(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"t{number}" for number in range(32)]
    await stores.registry.register(APP, [Terminal(name, "apns", name, "en", user="ann") for name in names])
    asked = asyncio.Barrier(APP.shards)

    async def read(*args: object) -> dict[int, bytes]:
        await asked.wait()
        return await chunk_reader.read_values(*args)  # type: ignore[arg-type]  # as it was called

    async def locate(redis: Redis, app: App, shard: int, ids: Sequence[str]) -> list[list[SlotRef]]:
        await asked.wait()
        return await original(redis, app, shard, ids)

    original = shard_scripts.locate
    monkeypatch.setattr(holders, "read_values", read)
    monkeypatch.setattr(locations, "locate", locate)
    places = await asyncio.wait_for(stores.user_places.of(APP, ["ann"]), 5)
    assert {ref.shard for ref in places["ann"]} == set(range(APP.shards))
    assert len(places["ann"]) == len(names)
