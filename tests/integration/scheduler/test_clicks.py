"""A click removes the notification from the user's other terminals, once."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis
from tests.support.clicks import CLEARS, PlayedClicks, send_large, send_small
from tests.support.escalations import AFTER, NEXT, PlayedEscalations
from tests.support.families import EVENING, PlayedFamilies
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SmallScheduler

from pushgate.domain.message import Options
from pushgate.domain.message_id import part_id
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Terminal


async def test_a_click_on_a_small_message_clears_the_users_other_terminals(small: SmallScheduler) -> None:
    played, message_id = await send_small(small)
    assert await played.click(message_id, "ann-1") == 1
    assert await played.run() > 0
    ((removal, terminals),) = await played.removals()
    assert terminals == {"ann-0", "ann-2", "ann-3"}
    assert removal.options == Options(silent=True, collapse_key="offer", withdraws=message_id)
    tracked = small.stores.tracked
    _, report = await tracked.results.find(played.app, message_id)
    assert (report.targeted, report.withdrawn, report.clicked) == (6, 3, 1)
    assert await played.click(message_id, "ann-1") == 0
    assert await played.click(message_id, "ann-3") == 1
    await played.run()
    assert len(await played.removals()) == 1
    page = await tracked.messages.page(played.app, None, None, 10)
    assert [one.id for one in page.messages] == [message_id]


async def test_without_the_option_a_click_is_not_queued(small: SmallScheduler) -> None:
    played, message_id = await send_small(small, options=Options())
    assert await played.click(message_id, "ann-1") == 1
    assert await played.run() == 0


@pytest.mark.parametrize("large", [False, True])
async def test_only_a_click_that_counts_clears_others(
    small: SmallScheduler, parts: SchedulerParts, large: bool
) -> None:
    played, message_id = await (send_large(parts) if large else send_small(small))
    for kind in (ReceiptKind.DELIVERED, ReceiptKind.UNPROVEN):
        assert await played.report(kind, message_id, "ann-1") == 1
    assert await played.run() == 0


async def test_a_click_on_a_large_message_clears_the_users_other_terminals(parts: SchedulerParts) -> None:
    played, message_id = await send_large(parts)
    # One that moved to another block since is known by its former slot.
    await parts.stores.registry.register(APP, [Terminal("ann-2", "apns", f"{2:032x}", "fr", "ann")])
    for terminal in ("ann-1", "nobody"):
        assert await played.click(message_id, terminal) == 1
    assert await played.run() > 0
    removals = await played.removals()
    assert await played.cleared() == ["ann-0", "ann-2", "ann-3"]
    _, report = await parts.stores.tracked.results.find(APP, message_id)
    assert (report.targeted, report.withdrawn, report.states["accepted"]) == (7, 3, 7)
    assert await played.click(message_id, "ann-0") == 1
    assert await played.click(message_id, "bob-0") == 1
    await played.run()
    assert await played.removals() == removals


@pytest.mark.parametrize("clicked", range(3))
async def test_a_click_on_a_message_or_a_step_of_it_clears_all_the_others(
    escalations: PlayedEscalations, parts: SchedulerParts, clicked: int
) -> None:
    clicks, second = PlayedClicks(parts.context, APP), replace(NEXT, after=2 * AFTER)
    clicks.set_vendors()
    terminals = ["phone", "tablet", "old"]
    await escalations.register(ann=terminals[::-1])
    message = await escalations.send(NEXT, second, options=CLEARS)
    ids = [message.id]
    for number in (1, 2):
        await escalations.advance()
        step = await escalations.step(message, number)
        await parts.work(step)
        assert await escalations.targeted(step) == [terminals[number]]
        ids.append(step.id)
    assert await clicks.click(ids[clicked], terminals[clicked]) == 1
    await clicks.run()
    found = {(removal.options.withdraws, *cleared) for removal, cleared in await clicks.removals()}
    assert found == {(ids[one], terminals[one]) for one in range(3) if one != clicked}


async def test_a_click_on_one_part_of_a_message_clears_the_others(
    redis: Redis, parts: SchedulerParts
) -> None:
    clicks, played = PlayedClicks(parts.context, APP), PlayedFamilies(redis, parts)
    clicks.set_vendors()
    zones = {"first": "Pacific/Kiritimati", "second": "Pacific/Chatham"}
    await parts.stores.registry.register(
        APP, [Terminal(name, "apns", name, "en", "ann", timezone=zone) for name, zone in zones.items()]
    )
    family = await played.store(EVENING, clear_on_click=True)
    for number in (1, 2):
        await parts.work(await played.plan_part(family, number))
    assert await clicks.click(part_id(family.id, 2), "second") == 1
    await clicks.run()
    ((removal, terminals),) = await clicks.removals()
    assert removal.options.withdraws == part_id(family.id, 1)
    assert terminals == {"first"}
