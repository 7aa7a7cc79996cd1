"""Who opted out of a message's category is targeted and cancelled, and gets nothing."""

import asyncio

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.accounting import assert_law
from tests.support.bundles import small as small_message
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, ByToken, ByUser, Everyone
from pushgate.domain.message import Category, Message, Options
from pushgate.domain.outcome import State
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.ledger.values import MessageShard
from pushgate.stores import Stores
from pushgate.terminals.opt_outs import OptOuts
from pushgate.terminals.people import OptOutChange

MARKETING = Options(category=Category.MARKETING)
TERMINALS = 200


async def register(stores: Stores, app: App, count: int = TERMINALS) -> list[Terminal]:
    """Terminals of users with four each; the terminals t0, t7 and so on opted out of marketing."""
    found = [
        Terminal(
            f"t{n}",
            "apns",
            f"{n:032x}",
            "en",
            user=f"user-{n // 4}",
            opt_out=("marketing",) if n % 7 == 0 else None,
        )
        for n in range(count)
    ]
    await stores.registry.register(app, found)
    await stores.people.change(app, "user-1", opt_out=OptOutChange(add=["marketing"]))
    return found


def left_out(count: int = TERMINALS) -> set[int]:
    return {n for n in range(count) if n % 7 == 0 or n // 4 == 1}


async def check_law(redis: Redis, parts: SchedulerParts, message: Message) -> None:
    scopes = [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]
    await assert_law(redis, parts.stores.results, scopes)


async def test_a_large_message_leaves_out_terminals_and_people(redis: Redis, parts: SchedulerParts) -> None:
    await register(parts.stores, APP)
    message = await parts.store(Everyone(), MARKETING)
    await parts.dispatch_due()
    expected = len(left_out())
    assert await parts.states(message) == {"pending": TERMINALS - expected, "cancelled": expected}
    report = await parts.stores.results.report(APP, message.id)
    assert [(one.state, one.code, one.count) for one in report.failures] == [
        ("cancelled", "opt_out", expected)
    ]
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS - expected, "cancelled": expected}
    await check_law(redis, parts, message)


@pytest.mark.parametrize(
    "options", [Options(), Options(category=Category.ORDER), Options(own_category="sale")]
)
async def test_messages_of_other_categories_are_for_all(parts: SchedulerParts, options: Options) -> None:
    await register(parts.stores, APP)
    message = await parts.store(Everyone(), options)
    await parts.dispatch_due()
    assert await parts.states(message) == {"pending": TERMINALS}


async def test_an_own_category_is_opted_out_of_by_its_own_name(parts: SchedulerParts) -> None:
    await register(parts.stores, APP, 4)
    await parts.stores.people.change(APP, "user-0", opt_out=OptOutChange(add=["sale"]))
    message = await parts.store(Everyone(), Options(category=Category.NEWS, own_category="sale"))
    await parts.dispatch_due()
    assert await parts.states(message) == {"cancelled": 4}
    assert (await parts.stores.messages.read("shop", message.id)).message.options.own_category == "sale"


async def test_a_message_that_leaves_out_everybody_is_sent(parts: SchedulerParts) -> None:
    await register(parts.stores, APP, 1)
    message = await parts.store(Everyone(), MARKETING)
    await parts.dispatch_due()
    assert await parts.states(message) == {"cancelled": 1}
    assert await parts.queued() == 0
    assert await parts.stores.results.settled(APP, message.id)


async def test_a_push_token_that_a_message_brings_has_no_opt_out(parts: SchedulerParts) -> None:
    await register(parts.stores, APP, 1)
    message = await parts.store(ByToken((InlineToken("apns", f"{0:032x}", "en"),)), MARKETING)
    await parts.dispatch_due()
    assert await parts.states(message) == {"pending": 1}


class MovingOptOuts(OptOuts):
    """Terminals move to another group after the audience was resolved, before opt-outs are read."""

    moved: asyncio.Task[None] | None = None

    def __init__(self, redis: Redis, stores: Stores, terminals: list[Terminal]) -> None:
        super().__init__(redis, stores.terms)
        self._stores, self._moving = stores, terminals

    async def in_ranges(self, app: App, shard: int, category: str, ranges: object) -> dict[int, int]:
        moving, self._moving = self._moving, []
        await self._stores.registry.register(app, [replace(one, language="ja") for one in moving])
        return await super().in_ranges(app, shard, category, ranges)  # type: ignore[arg-type]


async def test_a_terminal_that_moves_meanwhile_is_judged_by_its_new_slot(
    redis: Redis, parts: SchedulerParts
) -> None:
    terminals = await register(parts.stores, APP)
    moving = MovingOptOuts(redis, parts.stores, terminals[::2])
    object.__setattr__(parts.stores, "opt_outs", moving)
    message = await parts.store(Everyone(), MARKETING)
    await parts.dispatch_due()
    expected = len(left_out())
    assert await parts.states(message) == {"pending": TERMINALS - expected, "cancelled": expected}


async def test_small_messages_leave_out_terminals_and_people(small: SmallScheduler) -> None:
    await register(small.stores, SHOP, 20)
    now = small.clock.now()
    to_each = [
        small_message(push_at=now, audience=ByTerminal((f"t{n}",)), options=MARKETING) for n in range(20)
    ]
    to_user = small_message(push_at=now, audience=ByUser(("user-0", "user-1")), options=MARKETING)
    plain = small_message(push_at=now, audience=ByTerminal(("t0",)))
    ids = await small.store([*to_each, to_user, plain])
    await small.run_rounds()
    *each, user, other = await small.accounts(ids)
    states = [account.slots[0].state for account in each]
    assert {n for n, state in enumerate(states) if state is State.CANCELLED} == left_out(20)
    assert sorted(slot.state.value for slot in user.slots) == ["cancelled"] * 5 + ["pending"] * 3
    assert "|cancelled|opt_out|" in each[0].slots[0].label
    assert other.slots[0].state is State.PENDING
    bundles = {slot.bundle for account in (*each, user, other) for slot in account.slots}
    await small.work_off(len(bundles))
    *each, _, _ = await small.accounts(ids)
    states = [account.slots[0].state for account in each]
    assert {n for n, state in enumerate(states) if state is State.CANCELLED} == left_out(20)
    assert await small.stores.segments.waiting(Home(SHOP, 0)) == (0, 0)


async def test_a_small_message_whose_terminals_all_opted_out_is_over(small: SmallScheduler) -> None:
    await register(small.stores, SHOP, 1)
    (message_id,) = await small.store(
        [small_message(push_at=small.clock.now(), audience=ByTerminal(("t0",)), options=MARKETING)]
    )
    await small.run_rounds()
    (account,) = await small.accounts([message_id])
    assert [slot.state for slot in account.slots] == [State.CANCELLED]
    assert await small.queued() == {}
