"""A scheduler submits nothing of what is paused, and everything when it is resumed."""

from datetime import timedelta

from tests.support.bundles import small as message
from tests.support.pauses import pause
from tests.support.scheduler import SchedulerParts
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.bundles.values import Home
from pushgate.dispatch.job import BlockJob
from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Options, Status
from pushgate.domain.terminal import Group
from pushgate.fleet.pauses import Pauses
from pushgate.scheduler.bundle_recovery import PAUSED_PATIENCE
from pushgate.scheduler.pauses import PauseRounds


async def test_messages_of_a_paused_app_stay_scheduled(parts: SchedulerParts) -> None:
    await parts.stores.pauses.pause("shop", "", pause(parts.clock.now()))
    stored = await parts.store(Everyone())
    assert await parts.dispatcher.dispatch_due() == 0
    assert (await parts.stores.messages.read("shop", stored.id)).status is Status.SCHEDULED
    await parts.stores.pauses.resume("shop", "")
    parts.clock.advance(1)
    assert await parts.dispatcher.dispatch_due() == 1
    await parts.dispatcher.wait_until_idle()


async def test_a_paused_app_with_many_messages_delays_no_other(parts: SchedulerParts) -> None:
    await parts.stores.pauses.pause("shop", "", pause(parts.clock.now()))
    for _ in range(300):
        await parts.store(Everyone())
    now, lease = parts.clock.now(), timedelta(seconds=15)
    assert await parts.stores.claims.claim(now, lease, "one", 4, ["shop"]) == []
    assert len(await parts.stores.claims.claim(now + timedelta(seconds=1), lease, "one", 300)) == 300


async def test_retries_of_a_paused_vendor_wait(parts: SchedulerParts) -> None:
    for vendor in ("apns", "fcm"):
        job = BlockJob(app="shop", message_id="0" * 30, group=Group(vendor, "en"), shard=0, blocks=(0,))
        await parts.stores.retries.add(job, parts.clock.now())
    await parts.stores.pauses.pause("shop", "apns", pause(parts.clock.now()))
    assert await parts.retry_submitter.submit_due() == 1
    assert await parts.stores.retries.next_due_at() == parts.clock.now() + timedelta(seconds=1)
    await parts.stores.pauses.resume("shop", "apns")
    parts.clock.advance(1)
    assert await parts.retry_submitter.submit_due() == 1


async def test_recovery_submits_nothing_of_a_paused_vendor(parts: SchedulerParts) -> None:
    await parts.dispatch()
    await parts.stores.pauses.pause("shop", "apns", pause(parts.clock.now()))
    parts.clock.advance(120)
    assert await parts.recovery.run_once() == 0
    await parts.stores.pauses.resume("shop", "apns")
    parts.clock.advance(120)
    assert await parts.recovery.run_once() > 0


async def test_bundles_that_are_paused_are_looked_after_as_soon_as_they_are_resumed(
    small: SmallScheduler,
) -> None:
    await small.stores.registered_apps.ensure_app(SHOP)
    await small.register(1, SHOP)
    options = Options(ttl=timedelta(days=1))
    await small.store([message(push_at=small.clock.now(), audience=ByTerminal(("t0",)), options=options)], 0)
    home = Home(SHOP, 0)
    await small.dispatcher.run_round(home, urgent=False)
    await small.stores.pauses.pause("shop", "", pause(small.clock.now()))
    small.clock.advance(600)
    await small.recovery.look_after(home)
    _, _, look_ms, _ = (await small.stores.segments.next_due_at([home]))[0]
    assert look_ms is not None
    assert look_ms >= to_ms(small.clock.now()) + PAUSED_PATIENCE // timedelta(milliseconds=1)
    await Pauses(small.redis).resume("shop", "")
    assert await PauseRounds(small.context).run_once() == 1
    _, _, look_ms, _ = (await small.stores.segments.next_due_at([home]))[0]
    assert look_ms == to_ms(small.clock.now())
