"""Nearly empty blocks are emptied and go back to their shard, and nobody is lost or mixed up."""

from collections.abc import Sequence

from redis.asyncio import Redis
from tests.support.block_laws import check_blocks, read_blocks
from tests.support.clock import SetClock
from tests.support.hygiene import REUSE_AFTER, compaction, run_phases
from tests.support.registered import by_group
from tests.support.registry_laws import read_shard

from pushgate.domain.app import App
from pushgate.domain.terminal import Group, Terminal
from pushgate.hygiene.progress import Change
from pushgate.stores import Stores

APP = App("shop")
LATER = REUSE_AFTER.total_seconds() + 1


def terminals(names: Sequence[int], language: str = "en") -> list[Terminal]:
    return [
        Terminal(f"t{n}", "apns", f"token-{n}", language, user=f"u{n // 2}", tags=("all", f"g{n % 7}"))
        for n in names
    ]


async def scatter(stores: Stores, clock: SetClock) -> list[str]:
    """Three blocks, of whose terminals every tenth stays; the free slots may be used again."""
    await stores.registry.register(APP, terminals(range(3000)))
    kept = [f"t{n}" for n in range(3000) if n % 10 == 0]
    await stores.registry.forget(APP, [f"t{n}" for n in range(3000) if n % 10])
    clock.advance(LATER)
    return kept


async def test_terminals_leave_nearly_empty_blocks_for_free_slots_of_their_group(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    kept = await scatter(stores, clock)
    before = {
        name: refs[0].slot for name, refs in zip(kept, await stores.locations.locate(APP, kept), strict=True)
    }
    changes = await run_phases(APP, 0, *compaction(redis, clock))
    assert changes[Change.MOVED] > 0
    await check_blocks(redis, APP)
    stored = await read_shard(redis, APP, 0)
    assert set(stored.ids) == set(kept)
    assert len({slot // 1024 for slot in stored.rows}) == 1
    tokens = await stores.tokens.read_current(APP, 0, list(before.values()))
    assert tokens == {slot: f"token-{name[1:]}".encode() for name, slot in before.items()}
    assert await stores.holders.ids(APP, 0, before.values()) == {slot: name for name, slot in before.items()}


async def test_a_returned_block_has_no_click_hours_of_an_older_process(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await stores.registry.register(APP, terminals(range(3000)))
    found = [refs[0] for refs in await stores.locations.locate(APP, [f"t{n}" for n in range(3000)])]
    await stores.signs_of_life.note(APP, found, clicked=True)
    left = {key: await redis.get(key) for key in await redis.keys("{shop:0}:b:0:h*")}
    assert len(left) == 2
    await stores.registry.forget(APP, [f"t{n}" for n in range(3000)])
    for key, bits in left.items():
        await redis.set(key, bits or b"")
    clock.advance(LATER)
    assert (await run_phases(APP, 0, *compaction(redis, clock)))[Change.RETURNED] == 3
    assert not (await read_shard(redis, APP, 0)).clicked


async def test_an_emptied_block_goes_to_any_group_after_the_reuse_time(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    await scatter(stores, clock)
    assert (await run_phases(APP, 0, *compaction(redis, clock)))[Change.RETURNED] == 0
    clock.advance(LATER - 10)
    assert (await run_phases(APP, 0, *compaction(redis, clock)))[Change.RETURNED] == 0
    clock.advance(20)
    assert (await run_phases(APP, 0, *compaction(redis, clock)))[Change.RETURNED] == 2
    await check_blocks(redis, APP)
    await stores.registry.register(APP, terminals(range(5000, 7100), "ja"))
    await check_blocks(redis, APP)
    blocks = await read_blocks(redis, APP)
    assert not blocks.spare
    assert len(blocks.groups) == 4
    assert (await by_group(stores, APP))[Group("apns", "ja")] == 2100
