"""Rounds of small messages: each due message is placed and submitted once, whatever it is for."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.bundles import LEASE, NOTHING_DUE
from tests.support.bundles import small as message
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.values import INLINE, CellKind, Home
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, ByToken, ByUser, Everyone, HasTag, Not
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Options, Priority, Status
from pushgate.domain.outcome import SlotRef, State
from pushgate.domain.terminal import Group, InlineToken, Terminal
from pushgate.scheduler.small_dispatcher import CLAIM_LEASE, QUIET_PATIENCE
from pushgate.terminals.locations import TerminalLocations


class CancellingLocations(TerminalLocations):
    """Somebody cancels a message while its users are looked up."""

    def __init__(self, small: SmallScheduler, message_id: str) -> None:
        super().__init__(small.redis)
        self._small, self._message_id = small, message_id

    async def locate_each_user(self, app: App, users: Sequence[str]) -> list[list[SlotRef] | None]:
        await self._small.stores.small_accounts.cancel(app, self._message_id)
        return await super().locate_each_user(app, users)


def to_terminal(small: SmallScheduler, number: int, options: Options | None = None) -> SmallMessage:
    return message(push_at=small.clock.now(), audience=ByTerminal((f"t{number}",)), options=options)


async def test_each_message_is_placed_and_submitted_once(small: SmallScheduler) -> None:
    await small.register(20)
    await small.register(5, vendor="fcm", user="ann")
    mixed = [to_terminal(small, number % 20) for number in range(600)]
    mixed += [
        message(push_at=small.clock.now(), audience=ByTerminal((f"t{n}", f"ann{n}", "gone")))
        for n in range(5)
    ]
    ids = await small.store(mixed)
    assert await small.run_rounds() > 1
    assert await small.run_rounds() == 1, "nothing is left"
    accounts = await small.accounts(ids)
    assert {account.kind for account in accounts} == {CellKind.PLACED, CellKind.SCATTERED}
    assert sum(len(account.slots) for account in accounts) == 610
    bundles = {slot.bundle for account in accounts for slot in account.slots}
    assert sum((await small.queued()).values()) == len(bundles) < 6
    jobs = await small.work_off(len(bundles))
    assert {job.bundle for job in jobs} == bundles
    accounts = await small.accounts(ids)
    assert {slot.state for account in accounts for slot in account.slots} == {State.ACCEPTED}
    assert await small.stores.segments.waiting(Home(SHOP, 0)) == (0, 0)


async def test_messages_wait_until_they_are_due(small: SmallScheduler) -> None:
    await small.register(1)
    later = message(push_at=small.clock.now() + timedelta(seconds=5), audience=ByTerminal(("t0",)))
    ids = await small.store([later])
    await small.run_rounds()
    (account,) = await small.accounts(ids)
    assert account.kind is CellKind.WAITS
    small.clock.advance(5)
    await small.run_rounds()
    (account,) = await small.accounts(ids)
    assert account.kind is CellKind.PLACED


async def test_two_schedulers_at_once_place_each_message_once(small: SmallScheduler) -> None:
    await small.register(50)
    ids = await small.store([to_terminal(small, number % 50) for number in range(2000)], per_segment=16)
    await asyncio.gather(*(small.run_rounds() for _ in range(4)))
    accounts = await small.accounts(ids)
    assert [len(account.slots) for account in accounts] == [1] * 2000
    assert await small.stores.segments.waiting(Home(SHOP, 0)) == (0, 2000)


async def test_users_tokens_and_terminals_become_sends_of_their_groups(small: SmallScheduler) -> None:
    await small.register(3, user="ann")
    await small.register(2, vendor="fcm", user="bob")
    tokens = tuple(InlineToken("fcm", f"{number}", "de") for number in range(3))
    now = small.clock.now()
    ids = await small.store(
        [
            message(push_at=now, audience=ByUser(("ann", "nobody", "bob"))),
            message(push_at=now, audience=ByToken(tokens)),
            message(push_at=now, audience=ByTerminal(("ann1", "gone"))),
            message(push_at=now, audience=ByUser(("nobody",))),
        ]
    )
    await small.run_rounds()
    by_user, by_token, by_terminal, to_nobody = await small.accounts(ids)
    assert sorted(slot.group.vendor for slot in by_user.slots) == ["apns"] * 3 + ["fcm"] * 2
    assert {(slot.group, slot.terminal_shard) for slot in by_token.slots} == {
        (Group("fcm", "de", inline=True), INLINE)
    }
    assert sorted(slot.terminal_slot for slot in by_token.slots) == [0, 1, 2]
    (located,) = (await small.stores.locations.locate(SHOP, ["ann1"]))[0][:1]
    (slot,) = by_terminal.slots
    assert (slot.terminal_shard, slot.group, slot.terminal_slot) == (
        located.shard,
        located.group,
        located.slot,
    )
    assert to_nobody.kind is CellKind.NOBODY


async def test_a_user_with_more_than_64_terminals_gets_a_broadcast_of_the_same_id(
    small: SmallScheduler,
) -> None:
    await small.register(65, user="fleet")
    await small.register(64, user="ann")
    now = small.clock.now()
    ids = await small.store(
        [
            message("big", push_at=now, audience=ByUser(("fleet",))),
            message(push_at=now, audience=ByUser(("ann",))),
        ]
    )
    await small.run_rounds()
    large, scattered = await small.accounts(ids)
    assert (large.kind, large.slots) == (CellKind.LARGE, [])
    assert len(scattered.slots) == 64
    stored = await small.stores.messages.read("shop", ids[0])
    assert stored.status is Status.SCHEDULED
    assert stored.message.content["en"].body == "big"
    pieces = [piece async for piece in small.stores.audiences.read(ids[0], stored.message.audience)]
    assert pieces == [ByUser(("fleet",))]


async def test_a_message_that_got_a_larger_audience_is_sent_as_a_broadcast(small: SmallScheduler) -> None:
    await small.register(3)
    audiences = [Not(HasTag("vip")), Everyone(), ByTerminal(tuple(f"t{number}" for number in range(65)))]
    ids = await small.store([message(push_at=small.clock.now(), audience=one) for one in audiences])
    await small.run_rounds()
    assert {account.kind for account in await small.accounts(ids)} == {CellKind.LARGE}
    for message_id, audience in zip(ids, audiences, strict=True):
        summary = (await small.stores.messages.read("shop", message_id)).message.audience
        pieces = [piece async for piece in small.stores.audiences.read(message_id, summary)]
        assert pieces == ([] if audience == Everyone() else [audience])


async def test_a_message_that_is_cancelled_before_it_is_enlarged_stays_a_small_one(
    small: SmallScheduler,
) -> None:
    await small.register(65, user="fleet")
    (large_id,) = await small.store([message(push_at=small.clock.now(), audience=ByUser(("fleet",)))])
    locations = CancellingLocations(small, large_id)
    context = replace(small.context, stores=replace(small.stores, locations=locations))
    await replace(small, context=context).run_rounds()
    (account,) = await small.accounts([large_id])
    assert account.kind is CellKind.CANCELLED
    assert not await small.stores.messages.exists(large_id)


async def test_a_message_that_a_dead_scheduler_has_enlarged_is_not_sent_in_a_bundle_too(
    small: SmallScheduler,
) -> None:
    await small.register(65, user="fleet")
    now = small.clock.now()
    ids = await small.store([message(push_at=now, audience=ByUser(("fleet",)))] * 2)
    (claimed,) = await small.stores.segments.claim(Home(SHOP, 0), now, CLAIM_LEASE, 10, urgent=False)
    first = replace(claimed, waiting=[0])
    await small.world().place([first], without_place={(0, 0): CellKind.BECOMES_LARGE})
    await small.stores.registry.forget(SHOP, ["fleet0"])
    small.clock.advance(CLAIM_LEASE.total_seconds())
    await small.run_rounds()
    enlarged, other = await small.accounts(ids)
    assert (enlarged.kind, enlarged.slots) == (CellKind.LARGE, [])
    assert (other.kind, len(other.slots)) == (CellKind.SCATTERED, 64)


async def test_cancelled_messages_are_left_out(small: SmallScheduler) -> None:
    await small.register(3)
    ids = await small.store([to_terminal(small, number) for number in range(3)])
    await small.stores.small_accounts.cancel(SHOP, ids[1])
    await small.run_rounds()
    kinds = [account.kind for account in await small.accounts(ids)]
    assert kinds == [CellKind.PLACED, CellKind.CANCELLED, CellKind.PLACED]


async def test_what_expired_before_its_turn_is_not_submitted_for_sending(small: SmallScheduler) -> None:
    await small.register(1)
    ids = await small.store([to_terminal(small, 0, Options(ttl=timedelta(seconds=5)))])
    small.clock.advance(6)
    await small.run_rounds()
    (account,) = await small.accounts(ids)
    assert [slot.state for slot in account.slots] == [State.EXPIRED]
    assert await small.stores.segments.waiting(Home(SHOP, 0)) == (0, 0)
    assert await small.queued() == {}


async def test_a_job_in_the_backlog_outlives_the_expired_sends_of_its_bundle(small: SmallScheduler) -> None:
    await small.register(1)
    for _ in range(6):
        await small.store([to_terminal(small, 0)])
        await small.run_rounds()
    short = Options(ttl=timedelta(seconds=5))
    await small.store([to_terminal(small, 0, short), to_terminal(small, 0)])
    small.clock.advance(6)
    await small.run_rounds()
    await small.context.job_limiter.drop_expired(small.clock.now())
    assert await small.stores.backlog.sizes() == {"bundle.apns.shop": 1}


async def test_a_vendor_without_settings_expires_with_that_reason(small: SmallScheduler) -> None:
    """No worker serves the vendor: looks after the bundle end it."""
    await small.stores.registry.register(SHOP, [Terminal("h1", "huawei", "token", "en")])
    audience, options = ByTerminal(("h1",)), Options(ttl=timedelta(seconds=100))
    ids = await small.store([message(push_at=small.clock.now(), audience=audience, options=options)])
    await small.run_rounds()
    assert await small.queued() == {"bundle.huawei.shop": 1}
    small.clock.advance(99)
    await small.look()
    (account,) = await small.accounts(ids)
    assert [slot.state for slot in account.slots] == [State.PENDING]
    small.clock.advance(1)
    await small.look()
    (account,) = await small.accounts(ids)
    assert [slot.state for slot in account.slots] == [State.EXPIRED]
    assert "vendor_not_configured" in account.slots[0].label
    assert await small.stores.segments.next_due_at([Home(SHOP, 0)]) == [NOTHING_DUE]


async def test_messages_whose_bodies_are_gone_are_sent_to_nobody(small: SmallScheduler) -> None:
    await small.register(1)
    ids = await small.store([to_terminal(small, 0), to_terminal(small, 0)])
    await small.redis.delete(f"{{shop:0}}:c:{small.world().page}")
    await small.run_rounds()
    assert [account.kind for account in await small.accounts(ids)] == [CellKind.NOBODY] * 2
    assert await small.stores.segments.next_due_at([Home(SHOP, 0)]) == [NOTHING_DUE]


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_message_whose_body_was_lost_while_it_was_enlarged_is_large_or_sent_to_nobody(
    small: SmallScheduler, is_stored: bool
) -> None:
    (message_id,) = await small.store([message(push_at=small.clock.now(), audience=Everyone())])
    claimed = await small.world().claim()
    await small.world().place(claimed, without_place={(0, 0): CellKind.BECOMES_LARGE})
    if is_stored:
        (account,) = await small.accounts([message_id])
        assert account.message is not None
        await small.stores.messages.put(account.message.message)
    await small.redis.delete(f"{{shop:0}}:c:{small.world().page}")
    small.clock.advance(LEASE.total_seconds())
    await small.run_rounds()
    (account,) = await small.accounts([message_id])
    assert account.kind is (CellKind.LARGE if is_stored else CellKind.NOBODY)
    assert await small.stores.segments.next_due_at([Home(SHOP, 0)]) == [NOTHING_DUE]


@pytest.mark.parametrize(
    ("priority", "function"),
    [
        (Priority.HIGH, "urgent.apns.shop"),
        (Priority.NORMAL, "bundle.apns.shop"),
        (Priority.LOW, "bundle.apns.shop"),
    ],
)
async def test_bundles_go_to_the_function_of_their_priority(
    small: SmallScheduler, priority: Priority, function: str
) -> None:
    await small.register(1)
    await small.store([to_terminal(small, 0, Options(priority=priority))])
    await small.run_rounds(urgent=priority is Priority.HIGH)
    assert await small.queued() == {function: 1}
    (job,) = await small.work_off(1)
    assert job.priority is priority


async def test_terminals_of_every_shard_are_found_from_every_home(small: SmallScheduler) -> None:
    await small.register(20)
    for shard in range(SHOP.shards):
        ids = await small.store([to_terminal(small, number) for number in range(20)], shard=shard)
        await small.run_rounds(shard)
        shards = {slot.terminal_shard for account in await small.accounts(ids) for slot in account.slots}
        assert shards == {0, 1}


async def test_no_more_jobs_are_queued_than_the_limit_and_the_rest_follows(small: SmallScheduler) -> None:
    await small.register(1)
    ids: list[str] = []
    for _ in range(10):
        ids += await small.store([to_terminal(small, 0)])
        await small.run_rounds()
    assert await small.queued() == {"bundle.apns.shop": 6}
    assert await small.stores.backlog.sizes() == {"bundle.apns.shop": 4}
    assert len(await small.work_off(6)) == 6
    assert await small.context.job_limiter.refill() == 4
    assert len(await small.work_off(4)) == 4
    accounts = await small.accounts(ids)
    assert {slot.state for account in accounts for slot in account.slots} == {State.ACCEPTED}


async def test_a_message_to_many_terminals_fills_several_bundles(small: SmallScheduler) -> None:
    await small.register(64)
    every = ByTerminal(tuple(f"t{number}" for number in range(64)))
    ids = await small.store([message(push_at=small.clock.now(), audience=every) for _ in range(40)])
    await small.run_rounds()
    accounts = await small.accounts(ids)
    assert [len(account.slots) for account in accounts] == [64] * 40
    assert await small.stores.segments.waiting(Home(SHOP, 0)) == (0, 64 * 40)


async def test_an_app_without_settings_here_is_dispatched_for_other_processes(small: SmallScheduler) -> None:
    other = App("other")
    await small.stores.registered_apps.ensure_app(other)
    await small.register(1, other)
    ids = await small.store(
        [message(push_at=small.clock.now(), audience=ByTerminal(("t0",)), app="other")], app=other
    )
    await small.run_rounds(app=other)
    (account,) = await small.accounts(ids, other)
    assert "vendor_not_configured" in account.slots[0].label
    assert await small.queued() == {"bundle.apns.other": 1}


async def test_what_gearman_did_not_take_is_submitted_as_soon_as_it_is_back(small: SmallScheduler) -> None:
    await small.register(1)
    small.server.stop()
    ids = await small.store([to_terminal(small, 0)])
    await small.run_rounds()
    for _ in range(2):
        small.clock.advance(QUIET_PATIENCE.total_seconds())
        with pytest.raises(EngineUnavailable):
            await small.look()
    small.server.start()
    small.clock.advance(QUIET_PATIENCE.total_seconds())
    await small.look()
    await small.work_off(1)
    (account,) = await small.accounts(ids)
    assert [slot.state for slot in account.slots] == [State.ACCEPTED]
