"""Receipts on small messages: by terminal id, by push token in any spelling, each once; and counted
where they fit nothing.
"""

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import message as large_message
from tests.support.small_pushes import ACCEPTED, SmallPushes, to, to_tokens

from pushgate.bundles.accounts import NO_MESSAGE
from pushgate.bundles.values import CellKind
from pushgate.domain.app import App
from pushgate.domain.message_id import created_ms, position_of, small_id
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Terminal
from pushgate.ledger.report import Report
from pushgate.ledger.results import KNOWN, NEW, NOT_TARGETED
from pushgate.ledger.totals import UnknownTarget
from pushgate.receipts.record import ReceiptRecorder, TerminalReport

APNS_TOKEN = "0a1b2c3d" * 8


@pytest.fixture
def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    return SmallPushes(redis, clock, App("shop", 3))


async def report(
    pushes: SmallPushes,
    *reports: tuple[str, str],
    kind: ReceiptKind = ReceiptKind.CLICKED,
    vendor: str | None = None,
) -> list[int]:
    """The verdicts on reports, each a message id and a terminal."""
    recorder = ReceiptRecorder(pushes.stores)
    return await recorder.record(kind, pushes.app, [TerminalReport(*one) for one in reports], vendor)


async def results(pushes: SmallPushes, message_id: str) -> Report:
    return (await pushes.stores.tracked.results.find(pushes.app, message_id))[1]


async def test_a_terminal_reports_once_by_its_id_or_its_token(pushes: SmallPushes) -> None:
    await pushes.register(2)
    message_id = await pushes.send(to("fcm-0", "fcm-1"), ACCEPTED, ACCEPTED)
    assert await report(pushes, (message_id, "fcm-0"), (message_id, "fcm-token-0")) == [NEW, KNOWN]
    assert await report(pushes, (message_id, "fcm-token-1")) == [NEW]
    found = await results(pushes, message_id)
    assert (found.clicked, found.unknown_reports["clicked"]) == (2, 0)


@pytest.mark.parametrize("kind", [ReceiptKind.DELIVERED, ReceiptKind.CLICKED, ReceiptKind.MUTED])
async def test_deliveries_and_clicks_are_signs_of_life(pushes: SmallPushes, kind: ReceiptKind) -> None:
    await pushes.register(3)
    message_id = await pushes.send(to("fcm-0", "fcm-1"), ACCEPTED, ACCEPTED)
    registered = pushes.clock.now()
    pushes.clock.advance(86_400)
    await report(pushes, (message_id, "fcm-0"), (message_id, "fcm-token-1"), (message_id, "fcm-2"), kind=kind)
    terminals = [await pushes.stores.registry.read(pushes.app, f"fcm-{n}") for n in range(3)]
    seen = [item.last_seen and (item.last_seen - registered).days for item in terminals]
    assert seen == ([0, 0, 0] if kind is ReceiptKind.MUTED else [1, 1, 0])


async def test_reports_on_many_messages_of_many_homes_are_recorded_together(pushes: SmallPushes) -> None:
    ids = await pushes.register(20)
    messages: list[str] = []
    for shard in range(3):
        messages += await pushes.put(*[to(one) for one in ids], shard=shard)
        await pushes.place(shard)
    large = large_message(pushes.clock)
    await pushes.stores.messages.put(large)
    rows = [(message_id, ids[n % 20]) for n, message_id in enumerate(messages)]
    verdicts = await report(pushes, *rows, (large.id, ids[0]), ("no-message", ids[0]), rows[0])
    assert verdicts == [NEW] * 60 + [NOT_TARGETED, NO_MESSAGE, KNOWN]


@pytest.mark.parametrize("spelling", [APNS_TOKEN, APNS_TOKEN.upper()])
@pytest.mark.parametrize("brought", [True, False])
async def test_a_token_may_be_spelled_as_its_vendor_takes_it(
    pushes: SmallPushes, spelling: str, *, brought: bool
) -> None:
    await pushes.stores.registry.register(pushes.app, [Terminal("phone", "apns", APNS_TOKEN, "en")])
    audience = to_tokens(APNS_TOKEN, vendor="apns") if brought else to("phone")
    message_id = await pushes.send(audience, ACCEPTED)
    assert await report(pushes, (message_id, spelling)) == [NEW]
    assert await report(pushes, (message_id, "phone")) == [KNOWN]


async def test_a_vendor_reports_only_on_its_own_terminals(pushes: SmallPushes) -> None:
    await pushes.register(1, vendor="oppo")
    listed = await pushes.send(to("oppo-0"), ACCEPTED)
    brought = await pushes.send(to_tokens("t", vendor="oppo"), ACCEPTED)
    for message_id, token in ((listed, "oppo-token-0"), (brought, "t")):
        assert await report(pushes, (message_id, token), vendor="huawei") == [NOT_TARGETED]
        assert await report(pushes, (message_id, token), vendor="oppo") == [NEW]


async def test_a_terminal_that_moved_since_reports_all_the_same(pushes: SmallPushes) -> None:
    await pushes.register(1)
    message_id = await pushes.send(to("fcm-0"), ACCEPTED)
    await pushes.register(1, language="de")
    assert await report(pushes, (message_id, "fcm-0")) == [NEW]
    assert await report(pushes, (message_id, "fcm-token-0")) == [KNOWN]


async def test_a_former_slot_and_the_present_one_may_have_different_messages(pushes: SmallPushes) -> None:
    await pushes.register(1)
    before = await pushes.send(to("fcm-0"), ACCEPTED)
    await pushes.register(1, language="de")
    after = await pushes.send(to("fcm-0"), ACCEPTED)
    assert await report(pushes, (before, "fcm-0"), (after, "fcm-0")) == [NEW, NEW]
    assert [(await results(pushes, one)).clicked for one in (before, after)] == [1, 1]


async def test_reports_of_others_are_counted_as_unknown(pushes: SmallPushes) -> None:
    await pushes.register(2)
    message_id = await pushes.send(to("fcm-0"), ACCEPTED)
    verdicts = await report(pushes, (message_id, "fcm-1"), (message_id, "nobody"), kind=ReceiptKind.DELIVERED)
    assert verdicts == [NOT_TARGETED, NOT_TARGETED]
    found = await results(pushes, message_id)
    assert (found.delivered, found.unknown_reports["delivered"]) == (0, 2)


async def test_reports_on_messages_that_do_not_exist_are_no_messages(pushes: SmallPushes) -> None:
    await pushes.register(1)
    message_id = await pushes.send(to("fcm-0"), ACCEPTED)
    position = position_of(message_id)
    assert position is not None
    guessed = small_id(created_ms(message_id), position._replace(offset=1))
    elsewhere = small_id(created_ms(message_id), position._replace(shard=7))
    foreign = "not-a-time!!1" + message_id[13:]
    rows = [(one, "fcm-0") for one in (guessed, elsewhere, foreign, "", "x" * 30)]
    assert await report(pushes, *rows) == [NO_MESSAGE] * 5
    totals = await pushes.stores.totals.unknown_reports()
    assert [(one.unknown, one.count) for one in totals] == [(UnknownTarget.MESSAGE, 5)]


async def test_a_message_that_was_stored_as_a_large_one_gets_the_reports(pushes: SmallPushes) -> None:
    (message_id,) = await pushes.put(to("fcm-0"))
    (claimed,) = await pushes.world().claim()
    await pushes.world().place([claimed], without_place={(0, 0): CellKind.BECOMES_LARGE})
    await pushes.stores.tracked.enlargement.finish(pushes.app, [message_id])
    assert await report(pushes, (message_id, "fcm-0")) == [NOT_TARGETED]
    assert (await results(pushes, message_id)).unknown_reports["clicked"] == 1


async def test_once_the_content_is_dropped_tokens_that_came_with_it_are_unknown(
    pushes: SmallPushes,
) -> None:
    """Registered terminals are found all the same."""
    await pushes.register(1)
    listed = await pushes.send(to("fcm-0"), ACCEPTED)
    brought = await pushes.send(to_tokens("t"), ACCEPTED)
    for message_id in (listed, brought):
        page, _ = (await pushes.account(message_id)).version
        assert await pushes.redis.delete(f"{{shop:0}}:c:{page}") == 1
    assert await report(pushes, (listed, "fcm-0"), (brought, "t")) == [NEW, NOT_TARGETED]
