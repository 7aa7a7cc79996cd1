"""What happened today and in the last hour, told by `GET /v1/activity`."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock

from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, Failure, MessageShard, Move, Planned

LEASE = timedelta(seconds=15)
APNS, FCM = Block(Group("apns", "en"), 0), Block(Group("fcm", "ja"), 1)
NONE = dict.fromkeys(
    ("accepted", "invalid", "rejected", "expired", "cancelled", "delivered", "clicked", "muted", "gone"), 0
)


def tomorrow(clock: SetClock, *, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of tomorrow: counts of minutes expire by the clock of Redis."""
    at = clock.at.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return at + timedelta(days=1)


async def record(clients: ApiClients, clock: SetClock) -> None:
    """Four terminals accepted of two vendors, one of them four minutes later, and one invalid."""
    app = clients.context.catalog.apps["shop"].app
    shard = MessageShard(app, 0, "0" * 30, clock.now() + timedelta(days=31))
    await open_blocks(clients.context.redis, app, [APNS, FCM])
    stores = clients.context.stores
    await stores.plans.write(shard, [Planned(APNS, 0b1111), Planned(FCM, 0b1)])
    gone = Failure("apns", "Unregistered", "the app was uninstalled")
    moves = [Move(APNS, 0b0011, State.ACCEPTED), Move(APNS, 0b0100, State.INVALID, gone)]
    await stores.outcomes.record(shard, "w", LEASE, [], [*moves, Move(FCM, 0b1, State.ACCEPTED)])
    clock.advance(240)
    await stores.outcomes.record(shard, "w", LEASE, [], [Move(APNS, 0b1000, State.ACCEPTED)])


async def read(clients: ApiClients, **query: str) -> dict[str, Any]:
    answer = await clients.reader.get("/v1/activity", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_today_and_minutes_count_states_in_all_and_by_vendor(
    clients: ApiClients, clock: SetClock
) -> None:
    clock.at = tomorrow(clock, hour=12, second=30)
    await record(clients, clock)
    body = await read(clients)
    assert body["timezone"] == "UTC"
    today = body["today"]
    assert datetime.fromisoformat(today.pop("since")) == clock.at.replace(hour=0, minute=0, second=0)
    assert today == NONE | {
        "accepted": 4,
        "invalid": 1,
        "vendors": [
            NONE | {"vendor": "apns", "accepted": 3, "invalid": 1},
            NONE | {"vendor": "fcm", "accepted": 1},
        ],
    }
    minutes = body["minutes"]
    at = [datetime.fromisoformat(minute["at"]) for minute in minutes]
    assert at == [clock.at.replace(second=0) - timedelta(minutes=number) for number in reversed(range(60))]
    assert [minute["accepted"] for minute in minutes[-5:]] == [3, 0, 0, 0, 1]
    assert minutes[-1]["vendors"] == [NONE | {"vendor": "apns", "accepted": 1}]
    assert minutes[-2] == NONE | {"at": minutes[-2]["at"], "vendors": []}


async def test_today_begins_at_midnight_in_the_time_zone(clients: ApiClients, clock: SetClock) -> None:
    clock.at = tomorrow(clock, hour=15, minute=56)
    await record(clients, clock)
    body = await read(clients, timezone="Asia/Shanghai")
    assert datetime.fromisoformat(body["today"]["since"]) == clock.at
    assert body["today"]["accepted"] == 1


async def test_rates_name_the_limit_of_each_vendor_of_the_app(clients: ApiClients) -> None:
    rates = (await read(clients))["rates"]
    vendors = clients.context.catalog.apps["shop"].vendors
    assert {rate["vendor"]: rate["rate_limit"] for rate in rates} == {
        name: vendor.rate.per_second or None for name, vendor in vendors.items()
    }


async def test_an_unknown_time_zone_is_refused(clients: ApiClients) -> None:
    for written in ("Mars/Olympus", "", "+08:00", "../etc/passwd"):
        answer = await clients.reader.get("/v1/activity", params={"timezone": written})
        assert (answer.status_code, bad_fields(answer)) == (422, {"timezone"}), answer.text
