"""Terminals are read by slot, many at once."""

from datetime import UTC, datetime

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.row_reader import RowReader

APP = App("shop")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


async def test_terminals_come_back_as_each_is_read_by_itself(redis: Redis, stores: Stores) -> None:
    registry = stores.registry
    await registry.register(
        APP,
        [
            Terminal(
                id=f"t{number}",
                vendor="apns" if number % 2 else "fcm",
                token=f"k{number}",
                language=("en", "de")[number % 2],
                user=f"u{number}",
                tags=(f"g{number}", "all"),
                timezone="Asia/Tokyo",
                attributes={"n": number},
                app_version=f"{number}.0",
                last_seen=NOON,
            )
            for number in range(200)
        ],
    )
    await registry.forget(APP, ["t7"])
    reader = RowReader(redis)
    found = await reader.read_terminals(APP, 0, [*range(200), *range(1024, 1224), 5_000_000])
    assert len(found) == 199
    for terminal in found.values():
        assert terminal == await registry.read(APP, terminal.id)


async def test_no_slots_are_no_terminals(redis: Redis) -> None:
    assert await RowReader(redis).read_terminals(APP, 0, []) == {}
