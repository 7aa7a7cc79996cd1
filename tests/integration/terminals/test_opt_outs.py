"""Opt-outs of terminals stay until they are changed, and move with their terminals."""

from collections.abc import Sequence

from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.registry_laws import check_registry

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import shard_of
from pushgate.stores import Stores
from pushgate.terminals.people import OptOutChange

APP = App("outs", 2)
ANN = Terminal("ann-phone", "apns", "token", "en", "ann", ("vip",))


async def opted_out(stores: Stores, category: str, terminals: Sequence[str]) -> set[str]:
    """Those of the terminals that opted out."""
    places = [found[0] for found in await stores.locations.locate(APP, terminals)]
    held = await stores.opt_outs.of_slots(APP, [(place.shard, place.slot, category) for place in places])
    return {
        terminal
        for terminal, place in zip(terminals, places, strict=True)
        if (place.shard, place.slot, category) in held
    }


async def read(stores: Stores) -> tuple[str, ...] | None:
    return (await stores.registry.read(APP, ANN.id)).opt_out


async def test_a_registration_keeps_opt_outs_unless_it_has_others(redis: Redis, stores: Stores) -> None:
    (first,) = await stores.registration.register(APP, [ANN])
    assert first.terminal.opt_out is None
    (second,) = await stores.registration.register(APP, [replace(ANN, opt_out=("marketing", "news"))])
    assert second.terminal.opt_out == ("marketing", "news")
    (third,) = await stores.registration.register(APP, [replace(ANN, tags=(), language="ja")])
    assert third.terminal.opt_out == ("marketing", "news"), "it has moved, and was asked for nothing"
    assert await read(stores) == ("marketing", "news")
    assert await opted_out(stores, "news", [ANN.id]) == {ANN.id}
    await check_registry(redis, APP)
    (last,) = await stores.registration.register(APP, [replace(ANN, opt_out=())])
    assert last.terminal.opt_out is None
    assert await read(stores) is None
    assert await opted_out(stores, "news", [ANN.id]) == set()
    await check_registry(redis, APP)


async def test_an_import_keeps_opt_outs_of_known_terminals(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, [replace(ANN, opt_out=("news",))])
    new = [Terminal(f"t{n}", "apns", f"t{n}", "en", opt_out=("news",) if n % 2 else None) for n in range(600)]
    async with stores.import_registration.open(APP) as registration:
        assert (await registration.register([ANN, *new])).created == 600
    ids = [ANN.id, *(terminal.id for terminal in new)]
    expected = {ANN.id, *(terminal.id for terminal in new if terminal.opt_out)}
    assert await opted_out(stores, "news", ids) == expected
    await check_registry(redis, APP)


async def test_a_person_opts_out_with_all_terminals_also_later_ones(redis: Redis, stores: Stores) -> None:
    await stores.registry.register(APP, [ANN])
    person = await stores.people.change(APP, "ann", {"plan": "gold"}, OptOutChange(add=["news", "marketing"]))
    assert (person.attributes, person.opt_out) == ({"plan": "gold"}, ["marketing", "news"])
    later = [Terminal(f"later-{n}", "apns", f"later-{n}", "en", "ann") for n in range(5)]
    await stores.registry.register(APP, later)
    ids = [ANN.id, *(terminal.id for terminal in later)]
    assert len({shard_of(APP, one) for one in ids}) == APP.shards
    assert await opted_out(stores, "news", ids) == set(ids)
    person = await stores.people.change(APP, "ann", None)
    assert (person.attributes, person.opt_out) == ({}, ["marketing", "news"]), "those of attributes alone go"
    person = await stores.people.change(APP, "ann", {"plan": "gold"}, OptOutChange(remove=["news"]))
    assert person.opt_out == ["marketing"]
    assert await opted_out(stores, "news", ids) == set()
    person = await stores.people.change(APP, "ann", opt_out=OptOutChange(add=["order"], replaces=True))
    assert (person.attributes, person.opt_out) == ({"plan": "gold"}, ["order"])
    await check_registry(redis, APP)
    await stores.people.erase(APP, "ann")
    assert await opted_out(stores, "order", ids) == set()
    person = await stores.people.read(APP, "ann")
    assert (person.attributes, person.opt_out) == ({}, [])
    await check_registry(redis, APP)
