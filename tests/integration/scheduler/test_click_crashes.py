"""Notifications that clicks remove while schedulers crash, race, or lack what they need: none is
forgotten, and none removed twice.
"""

import asyncio
import random
from collections.abc import Sequence

import pytest
from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor
from tests.support.clicks import PlayedClicks, send_large, send_small, send_to_all
from tests.support.clock import SetClock
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SmallScheduler

from pushgate.bundles.home_writer import Draft, Written
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.terminal import Terminal
from pushgate.messages.stored import message_key
from pushgate.scheduler.clicks import LEASE


class LosingWriter(SmallMessageWriter):
    """A writer that Redis answers nothing, once."""

    lost = 0

    async def put(self, app: App, drafts: Sequence[Draft], max_waiting: int = 0) -> list[Written]:
        if not self.lost:
            self.lost = len(drafts)
            raise EngineUnavailable("Redis is out of reach")
        return await super().put(app, drafts, max_waiting)


@pytest.mark.parametrize("large", [False, True])
async def test_what_a_crash_interrupts_is_done_later(
    small: SmallScheduler, parts: SchedulerParts, clock: SetClock, large: bool
) -> None:
    played, message_id = await (send_large(parts) if large else send_small(small))
    rounds = played.rounds(LosingWriter)
    await played.click(message_id, "ann-1")
    with pytest.raises(EngineUnavailable):
        await played.run(rounds)
    assert await played.removals() == []
    clock.advance(LEASE.total_seconds())
    await played.run(rounds)
    assert set(await played.cleared()) == {"ann-0", "ann-2", "ann-3"}
    assert await played.withdrawn(message_id) == 3


@pytest.mark.parametrize("large", [False, True])
async def test_a_scheduler_without_the_vendors_settings_drops_no_removal(
    small: SmallScheduler, parts: SchedulerParts, large: bool
) -> None:
    played, message_id = await (send_large(parts) if large else send_small(small))
    await played.click(message_id, "ann-1")
    without = configured_app(played.app, {"oppo": configured_vendor("oppo")})
    played.context.catalog.change({"shop": without})
    await played.run()
    assert await played.cleared() == ["ann-0", "ann-2", "ann-3"]


async def test_clicks_on_a_message_that_cannot_be_read_wait_and_hold_up_no_others(
    parts: SchedulerParts, redis: Redis
) -> None:
    played, newer = await send_large(parts)
    known = await send_to_all(parts)
    for message_id in (newer, known):
        assert await played.click(message_id, "ann-1") == 1
    readable = await redis.hget(message_key(newer), "envelope")
    assert readable is not None
    await redis.hset(message_key(newer), "envelope", b"?")
    await played.run()
    assert {message.options.withdraws for message, _ in await played.removals()} == {known}
    await redis.hset(message_key(newer), "envelope", readable)
    parts.clock.advance(LEASE.total_seconds())
    await played.run()
    assert {message.options.withdraws for message, _ in await played.removals()} == {known, newer}


@pytest.mark.parametrize("seed", range(3))
async def test_two_schedulers_remove_what_users_did_not_click_and_each_once(
    parts: SchedulerParts, seed: int
) -> None:
    played, chance = PlayedClicks(parts.context, APP), random.Random(seed)
    played.set_vendors()
    owners = {f"{user}-{n}": user for user in ("ann", "bob", "eve", "sam") for n in range(4)}
    found = [Terminal(name, "apns", name, "en", user) for name, user in owners.items()]
    await parts.stores.registry.register(APP, found)
    message_id = await send_to_all(parts)
    schedulers = [played.rounds(), played.rounds()]
    clicked = set(chance.sample(sorted(owners), 5))
    for name in sorted(clicked):
        assert await played.click(message_id, name) == 1
        if chance.random() < 0.5:
            await asyncio.gather(*(played.run(rounds) for rounds in schedulers))
    await asyncio.gather(*(played.run(rounds) for rounds in schedulers))
    removed = await played.cleared()
    assert len(removed) == len(set(removed))
    users = {owners[name] for name in clicked}
    assert set(removed) | clicked == {name for name, user in owners.items() if user in users}
    assert await played.withdrawn(message_id) == len(removed)
