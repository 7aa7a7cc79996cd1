"""Reports of concurrent requests are recorded together, and an answer still means that they are."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.redis_work import work
from tests.support.small_pushes import ACCEPTED, SmallPushes, to

from pushgate.bundles.accounts import NO_MESSAGE
from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import ReceiptKind
from pushgate.ledger.results import KNOWN, NEW, NOT_TARGETED
from pushgate.receipts.gathering import ReceiptGathering
from pushgate.receipts.record import ReceiptRecorder, TerminalReport

CLICKED, DELIVERED = ReceiptKind.CLICKED, ReceiptKind.DELIVERED


@pytest.fixture
def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    return SmallPushes(redis, clock, App("shop", 3))


@pytest.fixture
def receipts(pushes: SmallPushes) -> ReceiptGathering:
    return ReceiptGathering(ReceiptRecorder(pushes.stores), timedelta(milliseconds=1))


async def test_each_of_many_lone_reports_gets_its_own_verdict(
    pushes: SmallPushes, receipts: ReceiptGathering
) -> None:
    ids = await pushes.register(4)
    message_id = await pushes.send(to(*ids[:3]), ACCEPTED, ACCEPTED, ACCEPTED)
    reports = [(message_id, name) for name in (*ids, ids[0])] + [("0" * 30, ids[0])]
    verdicts = await asyncio.gather(
        *(receipts.record(CLICKED, pushes.app, [TerminalReport(*one)]) for one in reports)
    )
    assert verdicts == [[NEW], [NEW], [NEW], [NOT_TARGETED], [KNOWN], [NO_MESSAGE]]
    _, report = await pushes.stores.tracked.results.find(pushes.app, message_id)
    assert report.clicked == 3
    assert report.unknown_reports["clicked"] == 1


async def test_fifty_reports_cost_a_few_calls(
    pushes: SmallPushes, receipts: ReceiptGathering, redis: Redis
) -> None:
    ids = await pushes.register(50)
    message_id = await pushes.send(to(*ids), *[ACCEPTED] * 50)

    async def report_all() -> None:
        one_by_one = (receipts.record(DELIVERED, pushes.app, [TerminalReport(message_id, n)]) for n in ids)
        await asyncio.gather(*one_by_one)

    await report_all()
    done = await work(redis, report_all())
    assert done.calls["evalsha"] < 20, "alone, each report needs two calls or more"


async def test_an_error_reaches_all_whose_reports_were_not_recorded(
    pushes: SmallPushes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = ReceiptRecorder(pushes.stores)
    receipts = ReceiptGathering(recorder, timedelta(milliseconds=1))

    async def fail(*_: object) -> list[int]:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr(recorder, "record", fail)
    answers = await asyncio.gather(
        *(receipts.record(CLICKED, pushes.app, [TerminalReport("m", "t")]) for _ in range(3)),
        return_exceptions=True,
    )
    assert [type(one) for one in answers] == [EngineUnavailable] * 3
    monkeypatch.undo()
    assert await receipts.record(CLICKED, pushes.app, [TerminalReport("0" * 30, "t")]) == [NO_MESSAGE]
