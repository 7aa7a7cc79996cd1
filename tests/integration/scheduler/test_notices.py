"""Readers of events are told once that a vendor takes no pushes of an app, and once that it does
again, however many workers notice.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor
from tests.support.clock import SetClock
from tests.support.rate_limits import SHOP, WorkerLimits

from pushgate.apps.catalog import AppCatalog
from pushgate.apps.credential_facts import CredentialFacts
from pushgate.domain.app import App
from pushgate.domain.errors import VendorAuthError, VendorUnavailable
from pushgate.domain.outcome import RefusalScope
from pushgate.eventlog.entries import QUEUE_SHARD, AppEvent
from pushgate.scheduler.notices import NoticeRounds
from pushgate.stores import Stores
from pushgate.worker.route import Route

APP = App("shop")
DOWN = VendorUnavailable("503", "it is down")


@pytest.fixture
async def stores(redis: Redis, clock: SetClock) -> Stores:
    found = Stores.open(redis, clock, timedelta(days=30))
    await found.event_log.subscribe(APP, "reader")
    return found


@pytest.fixture
def notices(stores: Stores, clock: SetClock) -> NoticeRounds:
    facts = {"certificate": CredentialFacts("0123456789abcdef", clock.now() + timedelta(days=100))}
    vendor = replace(configured_vendor("apns"), credentials=facts)
    catalog = AppCatalog(stores.registered_apps, {"shop": configured_app(APP, {"apns": vendor})})
    return NoticeRounds(stores, catalog, clock)


async def told(stores: Stores) -> list[AppEvent]:
    """The events of the app from the beginning."""
    places = await stores.event_log.subscribe(APP, "another", "start")
    batch = await stores.event_log.read(APP, QUEUE_SHARD, places[QUEUE_SHARD], 100)
    return [part for entry in batch.entries for part in entry.parts if isinstance(part, AppEvent)]


async def test_an_outage_is_told_once_and_its_end_once(
    redis: Redis, clock: SetClock, stores: Stores, notices: NoticeRounds
) -> None:
    workers = [WorkerLimits(redis, clock) for _ in range(3)]
    for _ in range(4):
        for worker in workers:
            await worker.record_failure(SHOP, DOWN)
        clock.advance(30)
        await workers[0].acquire(SHOP, 1)
    down = AppEvent("vendor.down", {"vendor": "fcm", "code": "503", "reason": "it is down"})
    assert await told(stores) == [down]
    assert await notices.end_outages() == 0
    clock.advance(400)
    for worker in workers:
        await worker.record_success(SHOP)
        await notices.end_outages()
    assert await told(stores) == [down, AppEvent("vendor.up", {"vendor": "fcm"})]


async def test_the_breaker_of_a_part_is_no_outage(redis: Redis, clock: SetClock, stores: Stores) -> None:
    worker, route = WorkerLimits(redis, clock), Route("shop", "apns", {RefusalScope.TOPIC: "voip"})
    for _ in range(6):
        await worker.record_failure(route, VendorAuthError("no", "not this", scope=RefusalScope.TOPIC))
    assert await told(stores) == []


async def test_a_breaker_that_is_closed_by_a_call_ends_the_outage(
    redis: Redis, clock: SetClock, stores: Stores, notices: NoticeRounds
) -> None:
    worker = WorkerLimits(redis, clock)
    for _ in range(5):
        await worker.record_failure(SHOP, DOWN)
    await stores.vendor_health.reset("shop", "fcm")
    assert await notices.end_outages() == 1
    assert [event.type for event in await told(stores)] == ["vendor.down", "vendor.up"]


async def test_an_expiring_credential_is_told_of_at_30_at_7_and_at_1_day(
    clock: SetClock, stores: Stores, notices: NoticeRounds
) -> None:
    expires_at = clock.now() + timedelta(days=100)
    assert await notices.tell_expiries() == 0
    for days in (30, 29, 7, 6, 1, 0):
        clock.at = expires_at - timedelta(days=days)
        await notices.tell_expiries()
        await notices.tell_expiries()
    events = await told(stores)
    assert [event.fields["days"] for event in events] == ["30", "7", "1"]
    assert events[0].type == "credential.expiring"
    assert events[0].fields["fingerprint"] == "0123456789abcdef"
