"""The scheduler completes changes of people that a crash interrupted."""

from redis.asyncio import Redis
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.terminal import Terminal
from pushgate.people.erasure import PersonErasure
from pushgate.redis.hash_tags import shard_of
from pushgate.scheduler.people import PeopleRecovery
from pushgate.terminals.shard_scripts import run
from pushgate.terminals.terms import attribute_terms


async def test_an_interrupted_change_reaches_the_terminals_of_every_shard(
    redis: Redis, parts: SchedulerParts
) -> None:
    stores = parts.stores
    await stores.registered_apps.ensure_app(APP)
    await stores.registry.register(APP, [Terminal(f"t{n}", "apns", f"{n}", "en", "ann") for n in range(9)])
    home = shard_of(APP, "ann")
    await run(redis, "change_person", APP, home, "ann", 32, 100, "1", "", "plan", "s:gold")

    async def reached() -> int:
        term = attribute_terms("plan", "gold")[1]
        bits = [await stores.terms.slice(APP, shard, [0], [term]) for shard in range(APP.shards)]
        return sum(number.bit_count() for ((number,),) in bits)

    assert await reached() < 9
    recovery = PeopleRecovery(parts.context, PersonErasure(stores, redis, parts.context.clock))
    assert await recovery.run_once() == 1
    assert await reached() == 9
    assert await recovery.run_once() == 0
