"""Terms that disagree with rows are mended; terms that became small are stored in less space."""

import struct
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.hygiene import run_phases
from tests.support.registry_laws import check_registry, read_shard

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.hygiene.progress import Change
from pushgate.hygiene.term_repair import RowTerms, TermRows
from pushgate.redis.hash_tags import tag
from pushgate.stores import Stores
from pushgate.terminals.terms import bucket_of_term

APP = App("shop")
KEY = tag(APP, 0)


def terminal(number: int, *tags: str) -> Terminal:
    return Terminal(
        f"t{number}",
        "apns",
        f"k{number}",
        "en",
        user=f"u{number // 3}",
        tags=tags,
        attributes={"plan": "gold"},
    )


def terms_key(term: str) -> str:
    return f"{KEY}:terms:{bucket_of_term(term)}"


async def mend(redis: Redis) -> dict[Change, int]:
    return dict(await run_phases(APP, 0, RowTerms(redis), TermRows(redis)))


async def test_a_registry_that_agrees_is_left_as_it_is(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, [terminal(n, "all", f"g{n % 5}") for n in range(400)])
    before = await read_shard(redis, APP, 0)
    assert await mend(redis) == {}
    assert await read_shard(redis, APP, 0) == before


@pytest.mark.parametrize("size", [3, 100, 400])
async def test_slots_that_a_term_lacks_are_added(redis: Redis, stores: Stores, size: int) -> None:
    await stores.registry.register(APP, [terminal(n, "all") for n in range(size)])
    await redis.hdel(terms_key("t:all"), "t:all")
    await redis.delete(f"{KEY}:t:t:all", f"{KEY}:b:0:t:all")
    assert await mend(redis) == {Change.MISSING_TERMS: size}
    await check_registry(redis, APP)


@pytest.mark.parametrize("size", [3, 100, 400])
async def test_slots_that_a_term_should_not_have_are_removed(redis: Redis, stores: Stores, size: int) -> None:
    await stores.registry.register(APP, [terminal(n, "all") for n in range(size)])
    await stores.registry.register(APP, [terminal(1)])
    # The slots of a terminal that has lost the tag, and of nobody.
    wrong = [1, 900]
    if size <= 256:
        key, field, form = (terms_key("t:all"), "t:all", "I") if size <= 64 else (f"{KEY}:t:t:all", "0", "H")
        packed = cast("bytes", await redis.hget(key, field))
        await redis.hset(key, field, packed + struct.pack(f"<2{form}", *wrong))
    else:
        for slot in wrong:
            await redis.setbit(f"{KEY}:b:0:t:all", slot ^ 7, 1)
    assert await mend(redis) == {Change.WRONG_TERMS: 2}
    await check_registry(redis, APP)


async def test_bits_of_slots_in_use_and_of_shared_users_are_corrected(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, [terminal(n) for n in range(7)])
    for name, slot in (("alive", 2), ("shared", 1), ("shared", 6), ("alive", 300), ("moved", 4)):
        key, offset = f"{KEY}:b:0:{name}", slot ^ 7
        await redis.setbit(key, offset, 1 - await redis.getbit(key, offset))
    assert await mend(redis) == {Change.BITS: 5}
    await check_registry(redis, APP)


async def test_terms_that_became_small_are_stored_in_less_space(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, [terminal(n, "all") for n in range(400)])
    assert await redis.exists(f"{KEY}:b:0:t:all")
    await stores.registry.forget(APP, [f"t{n}" for n in range(400) if n % 4])
    assert await mend(redis) == {}
    assert not await redis.exists(f"{KEY}:b:0:t:all")
    await check_registry(redis, APP)
    await stores.registry.forget(APP, [f"t{n}" for n in range(400) if n % 16])
    assert await mend(redis) == {}
    assert not await redis.exists(f"{KEY}:t:t:all")
    await check_registry(redis, APP)
    await stores.registry.forget(APP, [f"t{n}" for n in range(400)])
    assert await mend(redis) == {}
    assert not await redis.hexists(terms_key("t:all"), "t:all")
    await check_registry(redis, APP)
