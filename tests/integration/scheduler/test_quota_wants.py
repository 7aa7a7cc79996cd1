"""Messages that are being sent say how much of a vendor's daily quota they want."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor
from tests.support.quotas import with_quotas
from tests.support.scheduler import APP, SchedulerParts

from pushgate import pausing
from pushgate.domain import bitmaps
from pushgate.domain.audience import Everyone
from pushgate.domain.canary import Canary
from pushgate.domain.message import Category, Options, Priority
from pushgate.domain.outcome import State
from pushgate.domain.push_class import PushClass
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import MessageShard, Move
from pushgate.quotas.quota import PATIENCE, Quota

QUOTA = Quota("shop", "vivo", PushClass.MARKETING, 100)
HIGH = Options(category=Category.MARKETING, priority=Priority.HIGH)


async def open_app(parts: SchedulerParts) -> None:
    """An app with a quota of vivo, and five terminals there."""
    parts.clock.to_morning()
    vivo = with_quotas(configured_vendor("vivo"), marketing=QUOTA.limit)
    parts.context.catalog.change({"shop": configured_app(APP, {"vivo": vivo})})
    tokens = [Terminal(f"t{n}", "vivo", f"{n:032x}", "en") for n in range(5)]
    await parts.stores.registry.register(APP, tokens)


async def wanted(parts: SchedulerParts) -> tuple[int, int, int]:
    """What is wanted by priority, without what lapsed."""
    take = parts.stores.quotas.take
    await take(QUOTA, 2, "low", "run", {"part": 0}, PATIENCE)
    (found,) = await parts.stores.quotas.read([QUOTA])
    return found.wanted


async def test_wants_are_renewed_while_a_message_is_sent_and_lapse_when_it_is_paused(
    parts: SchedulerParts,
) -> None:
    await open_app(parts)
    message = await parts.store(Everyone(), HIGH)
    await parts.dispatch_due()
    assert await wanted(parts) == (5, 0, 0)
    parts.clock.advance(20)
    await parts.recovery.run_once()
    parts.clock.advance(20)
    assert await wanted(parts) == (5, 0, 0), "recovery has renewed it"
    await pausing.pause(parts.stores, APP, message.id)
    await parts.recovery.run_once()
    parts.clock.advance(31)
    assert await wanted(parts) == (0, 0, 0)


async def test_a_check_reads_the_counts_alone(parts: SchedulerParts, redis: Redis) -> None:
    """Once the message's options are known. One of five pushes is accepted since."""
    await open_app(parts)
    message = await parts.store(Everyone(), HIGH)
    await parts.dispatch_due()
    parts.clock.advance(20)
    await parts.recovery.run_once()
    await redis.hdel(f"{{q}}:message:{message.id}", "body")
    scope = MessageShard(APP, 0, message.id, parts.stores.retention.keep_until(message))
    (block,) = await parts.stores.pending.blocks(scope)
    taken = await parts.stores.leases.take(scope, "w", PATIENCE, [block])
    some = bitmaps.lowest(taken.pending[block], 1)
    await parts.stores.outcomes.record(scope, "w", PATIENCE, [block], [Move(block, some, State.ACCEPTED)])
    parts.clock.advance(20)
    await parts.recovery.run_once()
    pending = await parts.stores.results.pending_by_vendor(APP, message.id)
    assert pending == (await parts.stores.results.report(APP, message.id)).pending_by_vendor == {"vivo": 4}
    assert await wanted(parts) == (4, 0, 0)


@pytest.mark.parametrize(
    "options",
    [
        replace(HIGH, canary=Canary(share=10, wait=timedelta(minutes=30))),
        replace(HIGH, spread=timedelta(hours=12)),
    ],
    ids=["canary", "spread"],
)
async def test_a_message_of_which_most_goes_later_wants_nothing(
    parts: SchedulerParts, options: Options
) -> None:
    await open_app(parts)
    await parts.store(Everyone(), options)
    await parts.dispatch_due()
    assert await wanted(parts) == (0, 0, 0)
