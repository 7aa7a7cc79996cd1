"""People have attributes, the same in every shard; the terms of their terminals follow."""

import asyncio
from collections.abc import Mapping

import pytest
from redis.asyncio import Redis
from tests.support.registry_laws import check_registry, read_shard

from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, InvalidRequest
from pushgate.domain.terminal import AttributeValue, Terminal
from pushgate.redis.hash_tags import shard_of
from pushgate.stores import Stores
from pushgate.terminals.people import MAX_TERMINALS
from pushgate.terminals.shard_scripts import run
from pushgate.terminals.terms import attribute_terms

APP = App("people", 3)
HOME = shard_of(APP, "ann")
ELSEWHERE = (HOME + 1) % APP.shards


def terminals(count: int, user: str | None = "ann") -> list[Terminal]:
    return [Terminal(f"t{n}", "apns", f"token{n}", "en", user) for n in range(count)]


async def records_of(redis: Redis, user: str = "ann") -> list[Mapping[str, str] | None]:
    """The record of the user in each shard."""
    return [(await read_shard(redis, APP, shard)).people.get(user) for shard in range(APP.shards)]


async def noted_changes(redis: Redis) -> int:
    return sum([await redis.hlen(f"{{people:{shard}}}:person_changes") for shard in range(APP.shards)])


async def change_at_home(redis: Redis, **attributes: str) -> int:
    """What is left of a change whose process died after its first write; returns the version."""
    pairs = [part for pair in attributes.items() for part in pair]
    version, _ = await run(redis, "change_person", APP, HOME, "ann", 32, MAX_TERMINALS, "1", "", *pairs)
    return int(version or 0)


@pytest.mark.parametrize("count", [0, 5, 70, 600])
async def test_terminals_of_a_person_have_the_persons_terms(redis: Redis, stores: Stores, count: int) -> None:
    await stores.registry.register(APP, [*terminals(count), Terminal("other", "apns", "x", "en", "bob")])
    values: dict[str, AttributeValue] = {"plan": "gold", "age": 42, "rate": 0.5, "adult": True}
    assert (await stores.people.change(APP, "ann", values)).attributes == dict(sorted(values.items()))
    assert (await stores.people.change(APP, "ann", {"plan": "silver", "rate": None})).attributes == {
        "adult": True,
        "age": 42,
        "plan": "silver",
    }
    await check_registry(redis, APP)
    stored = [await read_shard(redis, APP, shard) for shard in range(APP.shards)]
    term = attribute_terms("plan", "silver")[1]
    assert sum(len(shard.terms.get(term, ())) for shard in stored) == count
    assert await stores.people.attributes(APP, "ann") == {"adult": True, "age": 42, "plan": "silver"}
    assert await stores.people.attributes(APP, "bob") == {}
    assert await noted_changes(redis) == 0


async def test_terminals_that_come_later_or_change_their_user_follow(redis: Redis, stores: Stores) -> None:
    await stores.people.change(APP, "ann", {"plan": "gold"})
    await stores.registry.register(APP, terminals(20))
    await check_registry(redis, APP)
    await stores.registry.register(APP, [*terminals(20, "bob")[:10], *terminals(20)[10:]])
    await stores.registry.forget(APP, ["t1", "t15"])
    await check_registry(redis, APP)


async def test_a_person_without_attributes_leaves_no_record(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, terminals(5))
    await stores.people.change(APP, "ann", {"plan": "gold"})
    assert (await stores.people.change(APP, "ann", None)).attributes == {}
    assert await records_of(redis) == [None] * 3
    await stores.people.change(APP, "ann", {"plan": "gold"})
    assert (await stores.people.change(APP, "ann", {"plan": None})).attributes == {}
    assert await records_of(redis) == [None] * 3
    await check_registry(redis, APP)


async def test_more_than_32_attributes_are_refused_and_nothing_changes(redis: Redis, stores: Stores) -> None:
    full = {f"a{n:02}": n for n in range(32)}
    await stores.people.change(APP, "ann", full)
    with pytest.raises(InvalidRequest) as caught:
        await stores.people.change(APP, "ann", {"one_more": 1})
    assert [error.field for error in caught.value.errors] == ["attributes"]
    others = {f"b{n:02}": n for n in range(32)}
    assert (await stores.people.change(APP, "ann", dict.fromkeys(full) | others)).attributes == others


async def test_a_user_with_very_many_terminals_gets_no_attributes_but_can_lose_them(
    redis: Redis, stores: Stores
) -> None:
    app = App("guests")
    await stores.people.change(app, "ann", {"plan": "gold"})
    await stores.registry.register(app, terminals(MAX_TERMINALS + 1))
    with pytest.raises(Conflict):
        await stores.people.change(app, "ann", {"plan": "silver"})
    assert await stores.people.attributes(app, "ann") == {"plan": "gold"}
    assert (await stores.people.change(app, "ann", None)).attributes == {}
    await check_registry(redis, app)


async def test_an_interrupted_change_is_completed(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, terminals(20))
    await change_at_home(redis, plan="s:gold")
    assert (await records_of(redis)).count(None) == 2
    assert await stores.people.complete_changes(APP) == 1
    assert await records_of(redis) == [{"plan": "s:gold"}] * 3
    assert await stores.people.complete_changes(APP) == 0
    await check_registry(redis, APP)


async def test_a_late_write_of_an_older_change_does_not_bring_a_record_back(
    redis: Redis, stores: Stores
) -> None:
    version = await change_at_home(redis, plan="s:gold")
    await stores.people.change(APP, "ann", None)
    packed = b"\x81\xa4plan\xa6s:gold"
    await run(redis, "put_person", APP, ELSEWHERE, "ann", version, packed)
    assert (await records_of(redis))[ELSEWHERE] == {"plan": "s:gold"}, "its process is not done yet"
    await stores.people.complete_changes(APP)
    assert await records_of(redis) == [None] * 3
    await check_registry(redis, APP)


async def test_a_late_write_of_an_older_change_changes_nothing_newer(redis: Redis, stores: Stores) -> None:
    version = await change_at_home(redis, plan="s:gold")
    await stores.people.change(APP, "ann", {"plan": "silver"})
    await run(redis, "put_person", APP, ELSEWHERE, "ann", version, b"\x81\xa4plan\xa6s:gold")
    await run(redis, "put_person", APP, ELSEWHERE, "ann", version, b"")
    assert await records_of(redis) == [{"plan": "s:silver"}] * 3


async def test_changes_at_the_same_time_agree_in_the_end(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, terminals(20))
    changes: list[dict[str, AttributeValue | None] | None] = [
        {f"a{n}": n, "plan": f"p{n}"} for n in range(12)
    ]
    changes[4] = changes[8] = None
    await asyncio.gather(*(stores.people.change(APP, "ann", change) for change in changes))
    await stores.people.complete_changes(APP)
    found = await records_of(redis)
    assert found == [found[0]] * 3
    assert await noted_changes(redis) == 0
    await check_registry(redis, APP)
