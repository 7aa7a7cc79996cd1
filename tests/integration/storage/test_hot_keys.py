"""One caller's many terminals cost everybody else nothing: the work of a script is bounded,
whatever is registered.

Work is counted: commands, bytes answered, and bytes written to the append-only file, which holds
every write's arguments.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import ByUser
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group, Terminal
from pushgate.grouping.resolve import resolve
from pushgate.grouping.selection import Selection
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.keys import shard_of, tag
from pushgate.stores import Stores
from pushgate.terminals.registry import Registry
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest

BATCH = 500


@dataclass(frozen=True)
class Work:
    """What Redis did."""

    calls: dict[str, int]
    written: int
    answered: int


@pytest.fixture
def stores(redis: Redis, clock: SetClock) -> Stores:
    return Stores.open(redis, clock, timedelta(days=30))


async def work(redis: Redis, doing: Awaitable[object]) -> Work:
    """The work of one thing done."""

    async def look() -> tuple[dict[str, int], int, int]:
        commands = await redis.info("commandstats")
        calls = {name.removeprefix("cmdstat_"): told["calls"] for name, told in commands.items()}
        written = (await redis.info("persistence"))["aof_current_size"]
        return calls, written, (await redis.info("stats"))["total_net_output_bytes"]

    before, written, answered = await look()
    await doing
    after, more_written, more_answered = await look()
    calls = {name: count - before.get(name, 0) for name, count in after.items()}
    return Work(calls, more_written - written, more_answered - answered)


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
    for name in ("hget", "hset", "sadd"):
        assert last.calls[name] <= first.calls[name]
    gone = await work(redis, stores.registry.forget(app, [terminal.id for terminal in guests(0, 100)]))
    assert gone.written < first.written
    assert gone.calls["srem"] == 100


async def test_planning_reads_a_user_of_many_terminals_in_pieces(stores: Stores, redis: Redis) -> None:
    app = App("hot")
    for batch in range(6):
        await stores.registry.register(app, guests(batch * BATCH))
    await stores.registry.register(app, [Terminal("own", "fcm", "x", "en", user="ann")])
    selections: list[Selection] = []

    async def plan() -> None:
        selections.extend(await resolve(stores.locations, app, ByUser(("guest", "ann", "nobody"))))

    done = await work(redis, plan())
    found = {group: bitmaps.count(bits) for group, bits in selections[0].items()}
    assert found == {Group("apns", "en"): 6 * BATCH, Group("fcm", "en"): 1}
    assert done.calls["smembers"] == 1, "ann's alone"
    assert done.calls["sscan"] >= 3
    assert done.calls["evalsha"] + done.calls.get("eval", 0) >= 4, "no script looks all of them up"


async def test_many_users_are_read_in_pieces(stores: Stores, redis: Redis) -> None:
    app = App("many")
    users = [f"u{n}" for n in range(1200)]
    terminals = [
        Terminal(f"{user}-{n}", "apns", f"{user}-{n}", "en", user=user) for user in users for n in range(2)
    ]
    await stores.registry.register(app, terminals)
    (selection,) = await resolve(stores.locations, app, ByUser(tuple(users)))
    assert bitmaps.count(selection[Group("apns", "en")]) == 2400


async def entry(redis: Redis, app: App, token: str) -> list[bytes]:
    """Whom the index lists for a token."""
    key = digest(token)
    head = tag(app, shard_of(app, key.hex()))
    listed = await cast("Awaitable[bytes | None]", redis.hget(f"{head}:owners:{key[:2].hex()}", key))
    return listed.split(b"\n") if listed else []


async def test_one_token_named_by_thousands_of_terminals_costs_each_the_same(
    stores: Stores, redis: Redis
) -> None:
    app = App("taken")
    same = [Terminal(f"t{n:06d}", "apns", "same", "en") for n in range(2000)]
    first = await work(redis, stores.registry.register(app, same[:BATCH]))
    last = await work(redis, stores.registry.register(app, same[BATCH : 2 * BATCH]))
    assert last.answered < 50_000
    assert last.written < 2 * first.written + 1000
    assert await entry(redis, app, "same") == [b"t000999"]
    one = await work(redis, stores.registry.register(app, [same[-1]]))
    assert one.written < 2000
    assert await stores.terminal_counts.by_group(app) == {Group("apns", "en"): 1}
    assert (await stores.registry.read(app, "t001999")).token == "same"


async def test_of_terminals_that_take_a_token_at_the_same_time_one_has_it(
    stores: Stores, redis: Redis
) -> None:
    app = App("race")
    racers = [Terminal(f"t{n}", "apns", "same", "en") for n in range(40)]
    await asyncio.gather(*(stores.registry.register(app, [racer]) for racer in racers))
    owners = await entry(redis, app, "same")
    assert len(owners) == 1
    assert await stores.terminal_counts.by_group(app) == {Group("apns", "en"): 1}
    assert (await stores.registry.read(app, owners[0].decode())).token == "same"


async def test_an_index_entry_lists_a_few_at_most_while_a_token_is_taken_over(redis: Redis) -> None:
    app = App("crash")
    for n in range(20):  # whoever registers dies each time before the others are forgotten
        await TokenOwners(redis).take_over(app, [(digest("same"), f"t{n}")])
    assert await entry(redis, app, "same") == [f"t{n}".encode() for n in range(19, 11, -1)]


async def test_whoever_takes_a_token_over_after_crashes_forgets_all_that_had_it(
    stores: Stores, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App("crash", 2)

    async def die(*_: object) -> None:
        raise EngineUnavailable("killed")

    for n in range(7):
        with monkeypatch.context() as patched, contextlib.suppress(EngineUnavailable):
            patched.setattr(stores.registry, "_forget", die)
            await stores.registry.register(app, [Terminal(f"t{n}", "apns", "same", "en")])
    await stores.registry.register(app, [Terminal("last", "apns", "same", "en")])
    assert await stores.terminal_counts.by_group(app) == {Group("apns", "en"): 1}
    assert await entry(redis, app, "same") == [b"last"]


async def test_of_two_that_register_one_token_while_each_forgets_the_other_one_keeps_it(
    stores: Stores, redis: Redis, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, old, new = (
        App("race", 2),
        Terminal("old", "apns", "same", "en"),
        Terminal("new", "apns", "same", "en"),
    )
    await stores.registry.register(app, [old])
    other, owners = Registry(redis, clock, timedelta(days=30)), stores.registry._owners
    take_over, met = owners.take_over, 0

    async def met_in_between(*args: object) -> list[list[str]]:
        nonlocal met
        others = await take_over(*args)  # type: ignore[arg-type]  # passed on as they are
        met += 1
        if met == 1:
            await other.register(app, [old])
        return others

    monkeypatch.setattr(owners, "take_over", met_in_between)
    await stores.registry.register(app, [new])
    assert await stores.terminal_counts.by_group(app) == {Group("apns", "en"): 1}
    assert (await stores.registry.read(app, "new")).token == "same"
    assert await entry(redis, app, "same") == [b"new"]


async def test_a_message_reported_on_for_weeks_keeps_a_short_timeline(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    app, group = App("shop"), Group("apns", "en")
    scope = MessageShard(app, 0, "m", clock.now() + timedelta(days=60))
    await stores.plans.write(scope, [Planned(Block(group, 0), (1 << 100) - 1)])
    kept = {f"{minute}|delivered": 1 for minute in range(3000)}
    sizes: list[int] = []
    for before in (1499, 1500, 2999, 3000):
        await redis.delete(f"{scope.key}:timeline")
        await redis.hset(
            f"{scope.key}:timeline", items=[part for item in list(kept.items())[:before] for part in item]
        )
        clock.at = clock.at.replace(hour=0, minute=0) + timedelta(days=1)
        for _ in range(6):  # every five hours and a bit, each time another one clicks
            clock.advance(5 * 3600 + 60)
            slot_ref = SlotRef(0, group, len(sizes))
            assert await stores.results.record_receipts(
                ReceiptKind.CLICKED, app, "m", [[slot_ref]], scope.keep_until
            ) == [1]
            sizes.append(await redis.hlen(f"{scope.key}:timeline") - before)
    assert sizes[:6] == [1, 2, 3, 4, 5, 6]
    assert sizes[6:12] == [1, 2, 3, 4, 5, 6]
    assert sizes[18:] == [1, 1, 1, 1, 2, 2], "by day"
    moments = (await stores.results.report(app, "m")).timeline
    assert sum(moment.counts.get("clicked", 0) for moment in moments) == 6


async def test_many_reports_are_recorded_in_portions(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    app, group = App("shop"), Group("apns", "en")
    scope = MessageShard(app, 0, "m", clock.now() + timedelta(days=60))
    await stores.plans.write(scope, [Planned(Block(group, number), 1) for number in range(2500)])
    slot_refs = [[SlotRef(0, group, number * 1024)] for number in range(2500)]

    async def receive() -> None:
        verdicts = await stores.results.record_receipts(
            ReceiptKind.CLICKED, app, "m", slot_refs, scope.keep_until
        )
        assert verdicts == [1] * 2500

    done = await work(redis, receive())
    assert done.calls["evalsha"] >= 3


async def test_who_has_a_message_is_read_in_portions(redis: Redis, clock: SetClock) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    app = App("shop")
    scope = MessageShard(app, 0, "m", clock.now() + timedelta(days=60))
    apns = [Block(Group("apns", "en"), number) for number in range(700)]
    fcm = Block(Group("fcm", "en"), 0)
    rows = [Planned(block, 0b11, State.ACCEPTED) for block in [*apns, fcm]]
    await stores.plans.write(scope, rows)
    found: dict[Block, int] = {}

    async def read() -> None:
        found.update(await stores.results.recallable(app, "m", 0, ["apns"]))

    done = await work(redis, read())
    assert found == dict.fromkeys(apns, 0b11)
    assert done.calls.get("hgetall", 0) == 0
    assert done.calls["hscan"] >= 3
