"""One user's many terminals cost other clients nothing: the work of every script is bounded."""

import pytest
from redis.asyncio import Redis
from tests.support.redis_work import work

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import ByUser
from pushgate.domain.terminal import Group, Terminal
from pushgate.grouping.selection import Selection
from pushgate.stores import Stores

BATCH = 500


def guests(first: int, count: int = BATCH) -> list[Terminal]:
    """Terminals of one user."""
    return [
        Terminal(f"t{n:06d}", "apns", f"token-{n:06d}", "en", user="guest")
        for n in range(first, first + count)
    ]


@pytest.mark.parametrize("shards", [1, 3])
async def test_the_thousandth_terminal_of_a_user_costs_what_the_first_did(
    stores: Stores, redis: Redis, shards: int
) -> None:
    app = App("hot", shards)
    first = await work(redis, stores.registry.register(app, guests(0)))
    for batch in range(1, 5):
        await stores.registry.register(app, guests(batch * BATCH))
    last = await work(redis, stores.registry.register(app, guests(5 * BATCH)))
    assert last.written < 1.3 * first.written
    for name in ("hget", "hset"):
        assert last.calls[name] <= first.calls[name] + 4, "a batch may touch one more chunk of slots"
    gone = await work(redis, stores.registry.forget(app, [terminal.id for terminal in guests(0, 100)]))
    assert gone.written < first.written
    assert gone.calls["hget"] < 20 * 100


async def test_planning_looks_up_no_single_terminal_of_a_user_of_many(stores: Stores, redis: Redis) -> None:
    app = App("hot")
    for batch in range(6):
        await stores.registry.register(app, guests(batch * BATCH))
    await stores.registry.register(app, [Terminal("own", "fcm", "x", "en", user="ann")])
    selections: list[Selection] = []

    async def plan() -> None:
        selections.extend(await stores.resolver.locate(app, ByUser(("guest", "ann", "nobody"))))

    done = await work(redis, plan())
    found = {group: bitmaps.count(bits) for group, bits in selections[0].items()}
    assert found == {Group("apns", "en"): 6 * BATCH, Group("fcm", "en"): 1}
    assert done.calls["hget"] < 3000 / 100, "nothing is looked up for each of the user's terminals"


async def test_many_users_are_read_in_pieces(stores: Stores, redis: Redis) -> None:
    app = App("many")
    users = [f"u{n}" for n in range(1200)]
    terminals = [
        Terminal(f"{user}-{n}", "apns", f"{user}-{n}", "en", user=user) for user in users for n in range(2)
    ]
    await stores.registry.register(app, terminals)
    (selection,) = await stores.resolver.locate(app, ByUser(tuple(users)))
    assert bitmaps.count(selection[Group("apns", "en")]) == 2400
