"""The results of a message, and why its terminals are pending."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients, describe
from tests.support.api.waiting import pending_message, serve, waiting
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock
from tests.support.heartbeats import fall_silent
from tests.support.rate_limits import WorkerLimits

from pushgate.domain.app import PushRate
from pushgate.domain.errors import VendorAuthError
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.fleet.heartbeats import UnreadableSection
from pushgate.ledger.values import Block, Failure, MessageShard, Move, Planned
from pushgate.worker.route import Route

pytestmark = pytest.mark.usefixtures("healthy_fleet")

LEASE = timedelta(seconds=15)


async def test_results_tell_totals_groups_reasons_and_time(clients: ApiClients, clock: SetClock) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    where = MessageShard(
        clients.context.catalog.apps["shop"].app, 0, message_id, clock.now() + timedelta(days=31)
    )
    apns, fcm = Block(Group("apns", "en"), 0), Block(Group("fcm", "ja"), 1)
    await open_blocks(clients.context.redis, where.app, [apns, fcm])
    await clients.context.stores.plans.write(where, [Planned(apns, 0b1111), Planned(fcm, 0b1)])
    gone = Failure("apns", "Unregistered", "the app was uninstalled")
    await clients.context.stores.outcomes.record(
        where, "w", LEASE, [], [Move(apns, 0b0011, State.ACCEPTED), Move(apns, 0b0100, State.INVALID, gone)]
    )
    results = (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert results["targeted"] == 5
    assert (results["accepted"], results["invalid"], results["pending"], results["received"]) == (2, 1, 2, 2)
    assert results["click_through_rate"] == 0
    assert [(group["vendor"], group["language"], group["received_from"]) for group in results["groups"]] == [
        ("apns", "en", "accepted"),
        ("fcm", "ja", "accepted"),
    ]
    assert results["failures"] == [
        {
            "vendor": "apns",
            "state": "invalid",
            "code": "Unregistered",
            "reason": "the app was uninstalled",
            "count": 1,
        }
    ]
    assert [{key: value for key, value in item.items() if key != "at"} for item in results["timeline"]] == [
        {"accepted": 2, "invalid": 1}
    ]


async def test_results_say_why_terminals_wait(clients: ApiClients, redis: Redis, clock: SetClock) -> None:
    await serve(clients, clock, "apns")
    message_id = await pending_message(clients, "apns")
    assert await waiting(clients, message_id) == []
    limits = WorkerLimits(redis, clock, PushRate(1))
    refused = VendorAuthError("InvalidProviderToken", "the token is not valid")
    for _ in range(5):
        await limits.record_failure(Route("shop", "apns"), refused)
    (reason,) = await waiting(clients, message_id)
    assert reason["reason"] == "vendor_refuses"
    assert "InvalidProviderToken (the token is not valid)" in str(reason["message"])
    assert "pushgate check" in str(reason["remedy"])
    assert reason["until"]
    (problem,) = (await clients.shop.get("/status")).json()["problems"]
    assert (problem["code"], problem["app"], problem["vendor"]) == ("vendor_refuses", "shop", "apns")
    assert (await clients.other.get("/status")).json()["problems"] == []
    fleet = (await clients.operator.get("/metrics/fleet")).text
    assert 'pushgate_problems{app="shop",code="vendor_refuses",vendor="apns"} 1.0' in fleet
    clock.advance(6)
    await limits.record_success(Route("shop", "apns"))
    assert await waiting(clients, message_id) == []


async def test_results_tell_a_rate_limit_from_trouble(
    clients: ApiClients, redis: Redis, clock: SetClock
) -> None:
    await serve(clients, clock, "apns")
    message_id = await pending_message(clients, "apns")
    limits, route = WorkerLimits(redis, clock, PushRate(10)), Route("shop", "apns")
    await limits.reserve(route, route.app_scope, 100)
    (reason,) = await waiting(clients, message_id)
    assert (reason["reason"], reason["vendor"], reason["since"]) == ("rate_limited", "apns", None)
    assert reason["until"] == (clock.now() + timedelta(seconds=10)).isoformat(
        timespec="milliseconds"
    ).replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("app", "vendor", "reason"),
    [("shop", "fcm", "vendor_not_served"), ("other", "fcm", "vendor_not_configured")],
)
async def test_results_say_that_nobody_sends(
    clients: ApiClients, clock: SetClock, app: str, vendor: str, reason: str
) -> None:
    await serve(clients, clock, "apns")
    message_id = await pending_message(clients, vendor, app)
    assert [one["reason"] for one in await waiting(clients, message_id, app)] == [reason]


async def test_results_tell_of_a_missing_master_key_and_of_no_other_app(
    clients: ApiClients, clock: SetClock
) -> None:
    await serve(clients, clock, "apns")
    sections = [(app, vendor) for app in ("shop", "other") for vendor in ("apns", "fcm")]
    described = replace(
        describe("worker", clock),
        version="another",
        unreadable=tuple(UnreadableSection(app, vendor, "0a1b2c3d") for app, vendor in sections),
    )
    await clients.context.stores.heartbeats.beat("worker-2", described)
    message_id = await pending_message(clients, "apns")
    found = await waiting(clients, message_id)
    assert [(one["reason"], one["vendor"]) for one in found] == [("section_unreadable", "apns")]


async def test_a_due_message_without_a_scheduler_says_so(
    clients: ApiClients, redis: Redis, clock: SetClock
) -> None:
    await fall_silent(redis, "scheduler-1", timedelta(minutes=1))
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    assert [one["reason"] for one in await waiting(clients, message_id)] == ["no_scheduler"]
    later = (clock.now() + timedelta(hours=1)).isoformat()
    message_id = (await clients.shop.post("/v1/messages", json={**GOOD, "push_time": later})).json()["id"]
    assert await waiting(clients, message_id) == [], "it is not due"
