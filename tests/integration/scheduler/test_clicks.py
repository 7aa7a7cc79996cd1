"""A click removes the notification from the user's other terminals, once, whatever crashes."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime

import pytest
from redis.asyncio import Redis
from tests.support.apps import SilentAdapter, configured_app, configured_vendor
from tests.support.bundles import small as small_message
from tests.support.escalations import NEXT, PlayedEscalations
from tests.support.families import EVENING, PlayedFamilies
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.adapters.contract import PreparedPush, Push
from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.home_writer import Draft, Written
from pushgate.bundles.values import Home
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, ByUser, Everyone
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Message, Options
from pushgate.domain.message_id import part_id
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Terminal
from pushgate.messages.stored import message_key
from pushgate.receipts.record import ReceiptRecorder, TerminalReport
from pushgate.scheduler.clicks import LEASE, ClickRounds
from pushgate.scheduler.context import SchedulerContext

CLEARS = Options(clear_on_click=True, collapse_key="offer")


class RemovingAdapter(SilentAdapter):
    """An adapter of a vendor with silent pushes."""

    def removal(self, push: Push) -> Push:
        return push

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        return None  # type: ignore[return-value]  # nobody sends it


class LosingWriter(SmallMessageWriter):
    """A writer that Redis answers nothing, once."""

    lost = 0

    async def put(self, app: App, drafts: Sequence[Draft], max_waiting: int = 0) -> list[Written]:
        if not self.lost:
            self.lost = len(drafts)
            raise EngineUnavailable("Redis is out of reach")
        return await super().put(app, drafts, max_waiting)


def with_vendors(app: App) -> ConfiguredApp:
    """The app with a vendor that can remove notifications, and one that cannot."""
    vendors = {"apns": configured_vendor("apns", RemovingAdapter()), "oppo": configured_vendor("oppo")}
    return configured_app(app, vendors)


def rounds_of(context: SchedulerContext, kind: type[SmallMessageWriter] = SmallMessageWriter) -> ClickRounds:
    stores = context.stores
    waiting = WaitingElsewhere(stores.segments, stores.message_index)
    return ClickRounds(context, kind(stores.segments, waiting, stores.retention, context.clock))


async def register(context: SchedulerContext, app: App) -> None:
    """Ann has four terminals at one vendor and one at another, Bob has one; one has no user."""
    terminals = [Terminal(f"ann-{n}", "apns", f"{n:032x}", "en", "ann") for n in range(4)]
    terminals.append(Terminal("ann-oppo", "oppo", "token", "en", "ann"))
    terminals.append(Terminal("bob-0", "apns", f"{8:032x}", "en", "bob"))
    terminals.append(Terminal("nobody", "apns", f"{9:032x}", "en"))
    await context.stores.registry.register(app, terminals)


async def click(context: SchedulerContext, app: App, message_id: str, terminal: str) -> int:
    reports = [TerminalReport(message_id, terminal)]
    (verdict,) = await ReceiptRecorder(context.stores).record(ReceiptKind.CLICKED, app, reports)
    return verdict


async def run(rounds: ClickRounds, app: App) -> int:
    """Rounds of all homes until nothing is due; returns how many had something to do."""
    done = 0
    while had := [shard for shard in range(app.shards) if await rounds.run_round(Home(app, shard))]:
        done += len(had)
    return done


async def removals(context: SchedulerContext, app: App) -> list[tuple[Message, frozenset[str]]]:
    """The messages that remove notifications, and to which terminals."""
    stores = context.stores
    ids = [one async for one in stores.small_listing.newest_first(app, None)]
    accounts = await stores.small_accounts.read(app, ids)
    found = [account.message for account in accounts if account and account.message]
    return [
        (one.message, frozenset(one.audience.terminals))
        for one in found
        if one.message.options.withdraws and isinstance(one.audience, ByTerminal)
    ]


async def send_small(small: SmallScheduler, *, options: Options = CLEARS) -> str:
    """A small message to both users, which everybody gets but one terminal."""
    small.context.catalog.change({"shop": with_vendors(SHOP)})
    await register(small.context, SHOP)
    message = small_message(
        push_at=small.clock.now(), audience=ByUser(("ann", "bob")), options=options, app="shop"
    )
    (message_id,) = await small.store([message])
    await small.run_rounds()
    (account,) = await small.accounts([message_id])
    for bundle in {slot.bundle for slot in account.slots}:
        await small.send(Home(SHOP, 0), bundle)
    return message_id


async def test_a_click_on_a_small_message_clears_the_users_other_terminals(small: SmallScheduler) -> None:
    context, rounds = small.context, rounds_of(small.context)
    message_id = await send_small(small)
    assert await click(context, SHOP, message_id, "ann-1") == 1
    assert await run(rounds, SHOP) > 0
    ((removal, terminals),) = await removals(context, SHOP)
    assert terminals == {"ann-0", "ann-2", "ann-3"}
    assert removal.options == Options(silent=True, collapse_key="offer", withdraws=message_id)
    _, report = await context.stores.tracked.results.find(SHOP, message_id)
    assert (report.targeted, report.withdrawn, report.clicked) == (6, 3, 1)
    assert await click(context, SHOP, message_id, "ann-1") == 0
    assert await click(context, SHOP, message_id, "ann-3") == 1
    await run(rounds, SHOP)
    assert len(await removals(context, SHOP)) == 1
    page = await context.stores.tracked.messages.page(SHOP, None, None, 10)
    assert [one.id for one in page.messages] == [message_id]


async def test_without_the_option_a_click_is_not_queued(small: SmallScheduler) -> None:
    message_id = await send_small(small, options=Options())
    assert await click(small.context, SHOP, message_id, "ann-1") == 1
    assert await run(rounds_of(small.context), SHOP) == 0


@pytest.mark.parametrize("large", [False, True])
async def test_only_a_click_that_counts_clears_others(
    small: SmallScheduler, parts: SchedulerParts, large: bool
) -> None:
    scheduler, app = (parts, APP) if large else (small, SHOP)
    context = scheduler.context
    message_id = (await send_large(parts)).id if large else await send_small(small)
    for kind in (ReceiptKind.DELIVERED, ReceiptKind.UNPROVEN):
        recorded = await ReceiptRecorder(context.stores).record(
            kind, app, [TerminalReport(message_id, "ann-1")]
        )
        assert recorded == [1]
    assert await run(rounds_of(context), app) == 0


async def send_large(parts: SchedulerParts) -> Message:
    parts.context.catalog.change({"shop": with_vendors(APP)})
    await register(parts.context, APP)
    message = await parts.store(Everyone(), CLEARS)
    await parts.dispatch_due()
    await parts.work(message)
    return message


async def test_a_click_on_a_large_message_clears_the_users_other_terminals(parts: SchedulerParts) -> None:
    context, rounds = parts.context, rounds_of(parts.context)
    message = await send_large(parts)
    # One that moved to another block since is known by its former slot.
    await parts.stores.registry.register(APP, [Terminal("ann-2", "apns", f"{2:032x}", "fr", "ann")])
    for terminal in ("ann-1", "nobody"):
        assert await click(context, APP, message.id, terminal) == 1
    assert await run(rounds, APP) > 0
    cleared = [terminals for _, terminals in await removals(context, APP)]
    assert sorted(name for terminals in cleared for name in terminals) == ["ann-0", "ann-2", "ann-3"]
    _, report = await parts.stores.tracked.results.find(APP, message.id)
    assert (report.targeted, report.withdrawn, report.states["accepted"]) == (7, 3, 7)
    assert await click(context, APP, message.id, "ann-0") == 1
    assert await click(context, APP, message.id, "bob-0") == 1
    await run(rounds, APP)
    assert [terminals for _, terminals in await removals(context, APP)] == cleared


@pytest.mark.parametrize("large", [False, True])
async def test_what_a_crash_interrupts_is_done_later(
    small: SmallScheduler, parts: SchedulerParts, large: bool
) -> None:
    scheduler, app = (parts, APP) if large else (small, SHOP)
    context = scheduler.context
    message_id = (await send_large(parts)).id if large else await send_small(small)
    rounds = rounds_of(context, LosingWriter)
    await click(context, app, message_id, "ann-1")
    with pytest.raises(EngineUnavailable):
        await run(rounds, app)
    assert await removals(context, app) == []
    scheduler.clock.advance(LEASE.total_seconds())
    await run(rounds, app)
    cleared = [name for _, terminals in await removals(context, app) for name in terminals]
    assert set(cleared) == {"ann-0", "ann-2", "ann-3"}
    _, report = await context.stores.tracked.results.find(app, message_id)
    assert report.withdrawn == 3


@pytest.mark.parametrize("large", [False, True])
async def test_a_scheduler_without_the_vendors_settings_drops_no_removal(
    small: SmallScheduler, parts: SchedulerParts, large: bool
) -> None:
    scheduler, app = (parts, APP) if large else (small, SHOP)
    context = scheduler.context
    message_id = (await send_large(parts)).id if large else await send_small(small)
    await click(context, app, message_id, "ann-1")
    context.catalog.change({"shop": configured_app(app, {"oppo": configured_vendor("oppo")})})
    await run(rounds_of(context), app)
    cleared = [name for _, terminals in await removals(context, app) for name in terminals]
    assert sorted(cleared) == ["ann-0", "ann-2", "ann-3"]


async def test_clicks_on_a_message_that_cannot_be_read_wait_and_hold_up_no_others(
    parts: SchedulerParts, redis: Redis
) -> None:
    context, rounds = parts.context, rounds_of(parts.context)
    newer = await send_large(parts)
    known = await parts.store(Everyone(), CLEARS)
    await parts.dispatch_due()
    await parts.work(known)
    for message in (newer, known):
        assert await click(context, APP, message.id, "ann-1") == 1
    readable = await redis.hget(message_key(newer.id), "envelope")
    await redis.hset(message_key(newer.id), "envelope", b"?")
    await run(rounds, APP)
    assert {message.options.withdraws for message, _ in await removals(context, APP)} == {known.id}
    assert readable is not None
    await redis.hset(message_key(newer.id), "envelope", readable)
    parts.clock.advance(LEASE.total_seconds())
    await run(rounds, APP)
    assert {message.options.withdraws for message, _ in await removals(context, APP)} == {known.id, newer.id}


@pytest.mark.parametrize("seed", range(3))
async def test_two_schedulers_remove_what_users_did_not_click_and_each_once(
    parts: SchedulerParts, seed: int
) -> None:
    context, chance = parts.context, random.Random(seed)
    parts.context.catalog.change({"shop": with_vendors(APP)})
    owners = {f"{user}-{n}": user for user in ("ann", "bob", "eve", "sam") for n in range(4)}
    found = [Terminal(name, "apns", name, "en", user) for name, user in owners.items()]
    await parts.stores.registry.register(APP, found)
    message = await parts.store(Everyone(), CLEARS)
    await parts.dispatch_due()
    await parts.work(message)
    schedulers = [rounds_of(context), rounds_of(context)]
    clicked = set(chance.sample(sorted(owners), 5))
    for name in sorted(clicked):
        assert await click(context, APP, message.id, name) == 1
        if chance.random() < 0.5:
            await asyncio.gather(*(run(rounds, APP) for rounds in schedulers))
    await asyncio.gather(*(run(rounds, APP) for rounds in schedulers))
    removed = [name for _, terminals in await removals(context, APP) for name in terminals]
    assert len(removed) == len(set(removed))
    users = {owners[name] for name in clicked}
    assert set(removed) | clicked == {name for name, user in owners.items() if user in users}
    _, report = await parts.stores.tracked.results.find(APP, message.id)
    assert report.withdrawn == len(removed)


async def test_a_click_on_a_step_clears_the_message_that_it_escalates(
    redis: Redis, parts: SchedulerParts
) -> None:
    context, played = parts.context, PlayedEscalations(redis, parts)
    parts.context.catalog.change({"shop": with_vendors(APP)})
    await played.register(ann=["old", "tablet", "phone"])
    message = await played.send(NEXT, options=CLEARS)
    await played.advance()
    step = await played.step(message)
    await parts.work(step)
    assert await played.targeted(step) == ["tablet"]
    assert await click(context, APP, step.id, "tablet") == 1
    await run(rounds_of(context), APP)
    ((removal, terminals),) = await removals(context, APP)
    assert removal.options.withdraws == message.id
    assert terminals == {"phone"}


async def test_a_click_on_one_part_of_a_message_clears_the_others(
    redis: Redis, parts: SchedulerParts
) -> None:
    context, played = parts.context, PlayedFamilies(redis, parts)
    parts.context.catalog.change({"shop": with_vendors(APP)})
    zones = {"first": "Pacific/Kiritimati", "second": "Pacific/Chatham"}
    await parts.stores.registry.register(
        APP, [Terminal(name, "apns", name, "en", "ann", timezone=zone) for name, zone in zones.items()]
    )
    family = await played.store(EVENING, clear_on_click=True)
    for number in (1, 2):
        await parts.work(await played.plan_part(family, number))
    assert await click(context, APP, part_id(family.id, 2), "second") == 1
    await run(rounds_of(context), APP)
    ((removal, terminals),) = await removals(context, APP)
    assert removal.options.withdraws == part_id(family.id, 1)
    assert terminals == {"first"}
