"""Clicks that wait to remove notifications: while an app is paused, and while what they are about
goes away.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.bundles import small as small_message
from tests.support.clicks import CLEARS, PlayedClicks, send_large, send_small
from tests.support.pauses import pause
from tests.support.scheduler import APP, LEASE, SchedulerParts
from tests.support.small_scheduler import PATIENCE, SHOP, SmallScheduler

from pushgate.bundles import click_queue
from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.bundles.values import Home
from pushgate.domain import bitmaps
from pushgate.domain.audience import ByUser, Everyone
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import Failure, MessageShard, Move, MoveKind
from pushgate.messages.stored import message_key
from pushgate.people.erasure import PersonErasure
from pushgate.scheduler import small_messages
from pushgate.scheduler.small_messages import SmallMessages, SmallTimings

UNANSWERED = Failure("apns", "unanswered", "sent, but no answer came")


async def waiting(redis: Redis, played: PlayedClicks) -> int:
    """How many entries wait in the queues of an app."""
    keys = [f"{{{played.app.name}:{shard}}}:clicks" for shard in range(played.app.shards)]
    return sum([await redis.zcard(key) for key in keys])


@pytest.fixture
async def scheduled(small: SmallScheduler) -> AsyncIterator[SmallMessages]:
    pace = timedelta(milliseconds=1)
    found = SmallMessages(small.context, SmallTimings(pace, pace, PATIENCE))
    yield found
    found.stop()
    await found.wait_until_idle()


async def test_a_paused_app_keeps_its_clicks_until_it_is_resumed(
    small: SmallScheduler, scheduled: SmallMessages
) -> None:
    played, message_id = await send_small(small)
    run, home = scheduled._dispatching(played.rounds().run_round), Home(SHOP, 0)
    await small.stores.pauses.pause(SHOP.name, "", pause(small.clock.now()))
    await small.stores.pauses.refresh()
    await played.click(message_id, "ann-1")
    assert not await run(home)
    assert await played.removals() == []
    await small.stores.pauses.resume(SHOP.name, "")
    await small.stores.pauses.refresh()
    while await run(home):
        pass
    assert await played.cleared() == ["ann-0", "ann-2", "ann-3"]


async def test_of_too_many_clicks_that_wait_the_oldest_are_dropped(
    small: SmallScheduler, scheduled: SmallMessages, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    played, _ = await send_small(small)
    await small.stores.registered_apps.ensure_app(SHOP)
    await scheduled.poll()
    ids: list[str] = []
    for _ in range(4):
        message = small_message(push_at=small.clock.now(), audience=ByUser(("ann",)), options=CLEARS)
        ids += await small.store([message])
    await small.run_rounds()
    for account in await small.accounts(ids):
        for bundle in {slot.bundle for slot in account.slots}:
            await small.send(Home(SHOP, 0), bundle)
    for message_id in ids:
        small.clock.advance(1)
        assert await played.click(message_id, "ann-1") == 1
    monkeypatch.setattr(small_messages, "MAX_CLICKS", 2)
    await scheduled.trim()
    assert await waiting(redis, played) == 2
    await played.run()
    assert {removal.options.withdraws for removal, _ in await played.removals()} == set(ids[2:])


async def test_terminals_that_are_chosen_are_not_dropped(
    small: SmallScheduler, scheduled: SmallMessages, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are chosen once, and count as withdrawn."""
    await small.stores.registered_apps.ensure_app(SHOP)
    await scheduled.poll()
    key = f"{{{SHOP.name}:0}}:clicks"
    chosen = {f"w{number}|0.{number}": number for number in range(5)}
    await redis.zadd(key, {**chosen, "lold|0|1": 2, "s1.2.3.4|0|1": 3, "lnew|0|1": 9})
    monkeypatch.setattr(small_messages, "MAX_CLICKS", 6)
    monkeypatch.setattr(click_queue, "_LOOKED_AT_ONCE", 2)
    await scheduled.trim()
    assert set(await redis.zrange(key, 0, -1)) == {name.encode() for name in (*chosen, "lnew|0|1")}
    monkeypatch.setattr(small_messages, "MAX_CLICKS", 2)
    await scheduled.trim()
    assert set(await redis.zrange(key, 0, -1)) == {name.encode() for name in chosen}


@pytest.mark.parametrize("large", [False, True])
async def test_a_push_without_an_answer_may_be_shown_and_is_removed(
    small: SmallScheduler, parts: SchedulerParts, large: bool
) -> None:
    """One that is sent again is shown after the removal: it is left out."""
    if large:
        played, message_id = await _send_large_in_doubt(parts)
    else:
        played, message_id = await _send_small_in_doubt(small)
    assert await played.click(message_id, "ann-1") == 1
    await played.run()
    assert await played.cleared() == ["ann-0", "ann-3"]


async def _send_large_in_doubt(parts: SchedulerParts) -> tuple[PlayedClicks, str]:
    """A message of which the push to one terminal stays unanswered, and another is tried again."""
    played, stores = PlayedClicks(parts.context, APP), parts.stores
    played.set_vendors()
    await played.register()
    message = await parts.store(Everyone(), CLEARS)
    await parts.dispatch_due()
    refs = [places[0] for places in await stores.locations.locate(APP, ["ann-0", "ann-2"])]
    for shard in range(APP.shards):
        scope = MessageShard(APP, shard, message.id, stores.retention.keep_until(message))
        blocks = await stores.pending.blocks(scope)
        taken = await stores.leases.take(scope, "worker", LEASE, blocks)
        given_up, again = (bitmaps.from_slots([ref.slot] if ref.shard == shard else []) for ref in refs)
        moves: list[Move] = []
        for block, bits in taken.pending.items():
            ended, tried = given_up.get(block.number, 0) & bits, again.get(block.number, 0) & bits
            moves.append(Move(block, ended | tried, State.EXPIRED, UNANSWERED, kind=MoveKind.UNCONFIRMED))
            moves.append(Move(block, ended, State.REJECTED, UNANSWERED))
            moves.append(Move(block, bits & ~ended & ~tried, State.ACCEPTED))
        await stores.outcomes.record(scope, "worker", LEASE, blocks, moves)
    return played, message.id


async def _send_small_in_doubt(small: SmallScheduler) -> tuple[PlayedClicks, str]:
    """The same of a small message."""
    played = PlayedClicks(small.context, SHOP)
    played.set_vendors()
    await played.register()
    message = small_message(push_at=small.clock.now(), audience=ByUser(("ann",)), options=CLEARS)
    (message_id,) = await small.store([message])
    await small.run_rounds()
    (account,) = await small.accounts([message_id])
    ids = {(slot.terminal_shard, slot.terminal_slot): slot for slot in account.slots}
    refs = [places[0] for places in await small.stores.locations.locate(SHOP, ["ann-0", "ann-2"])]
    given_up, again = (ids[ref.shard, ref.slot] for ref in refs)
    home = Home(SHOP, 0)
    for bundle in {slot.bundle for slot in account.slots}:
        taken = await small.stores.bundles.take(home, bundle, "worker", LEASE)
        assert isinstance(taken, TakenBundle)
        doubtful = [one.slot for one in (given_up, again) if one.bundle == bundle]
        accepted = [slot.number for slot in taken.due if slot.number not in doubtful]
        changes = [Change(Verb.ACCEPTED, accepted)]
        if doubtful:
            later = small.clock.now() + timedelta(minutes=5)
            changes.append(Change(Verb.RESERVE, [given_up.slot], UNANSWERED))
            changes.append(Change(Verb.UNCONFIRMED, [given_up.slot], UNANSWERED))
            changes.append(Change(Verb.UNCONFIRMED, [again.slot], UNANSWERED, later))
        await small.stores.bundles.record(home, bundle, "worker", None, changes)
    return played, message_id


async def test_nothing_is_removed_of_a_message_whose_content_was_dropped(
    parts: SchedulerParts, redis: Redis
) -> None:
    played, message_id = await send_large(parts)
    await played.click(message_id, "ann-1")
    rounds = played.rounds()
    for shard in range(APP.shards):
        await rounds.run_round(Home(APP, shard))  # the terminals are chosen
    await redis.hdel(message_key(message_id), "body")
    await played.click(message_id, "ann-0")
    await played.run(rounds)
    assert await played.removals() == []
    assert await waiting(redis, played) == 0


async def test_of_a_user_who_is_erased_before_the_round_nothing_is_removed(
    parts: SchedulerParts, redis: Redis
) -> None:
    played, message_id = await send_large(parts)
    for terminal in ("ann-1", "bob-0"):
        await played.click(message_id, terminal)
    erasure = PersonErasure(parts.stores, redis, parts.clock)
    assert (await erasure.erase(APP, "ann", timedelta(minutes=1))).is_complete
    await played.run()
    assert await played.removals() == []
    assert await waiting(redis, played) == 0


async def test_a_user_of_more_than_64_terminals_in_a_shard_keeps_all_notifications(
    parts: SchedulerParts, redis: Redis
) -> None:
    many = [Terminal(f"eve-{n}", "apns", f"{1000 + n:032x}", "en", "eve") for n in range(140)]
    await parts.stores.registry.register(APP, many)
    played, message_id = await send_large(parts)
    for terminal in ("eve-1", "ann-1"):
        assert await played.click(message_id, terminal) == 1
    await played.run()
    assert await played.cleared() == ["ann-0", "ann-2", "ann-3"]
    assert await waiting(redis, played) == 0
