"""Messages to each terminal's best hour: created, shown, planned, changed, and their results."""

from collections.abc import Mapping

import pytest
from tests.support.api.parts import BERLIN, EVENING, MESSAGE
from tests.support.api.parts import PlayedParts as Played

pytestmark = pytest.mark.usefixtures("healthy_fleet")
BEST_HOUR = {"best_hour_within": "24h"}


async def _clicks(played: Played, hours: Mapping[str, int]) -> None:
    """Terminals click in these hours of the day."""
    stores, app = played.clients.context.stores, played.clients.context.catalog.apps["shop"].app
    for name, hour in sorted(hours.items(), key=lambda item: item[1]):
        played.clock.at = played.clock.at.replace(hour=hour)
        (places,) = await stores.locations.locate(app, [name])
        await stores.signs_of_life.note(app, places, clicked=True)
    played.clock.at = played.clock.at.replace(hour=23, minute=10)


async def test_a_message_to_the_best_hour_goes_out_in_hours(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin", york="America/New_York")
    await _clicks(played, {"tokyo": 5, "york": 20})
    push_time = {**BEST_HOUR, "fallback": "10:00"}
    plan = (
        await played.clients.shop.post("/v1/messages:plan", json=MESSAGE | {"push_time": push_time})
    ).json()
    expected = [
        {"at": "2030-12-31T05:00:00.000Z", "count": 1},
        {"at": "2030-12-31T09:00:00.000Z", "count": 1},
        {"at": "2030-12-31T20:00:00.000Z", "count": 1},
    ]
    assert plan["local_times"] == expected
    created = await played.create(push_time=push_time)
    url, reader = f"/v1/messages/{created['id']}", played.clients.reader
    shown = (await reader.get(url)).json()
    assert shown["best_hour_push_time"] == {
        "within": "24h",
        "fallback": "10:00",
        "timezone": "UTC",
        "app_hour": None,
        "first_at": "2030-12-31T00:00:00.000Z",
        "last_at": "2030-12-31T23:00:00.000Z",
    }
    await played.play_until("2030-12-31T05:10:00+00:00")
    results = (await reader.get(f"{url}/results")).json()
    assert [(part["push_time"], part["targeted"]) for part in results["parts"] if part["targeted"]] == [
        ("2030-12-31T05:00:00.000Z", 1)
    ]
    assert results["to_come"]["counts"] == expected[1:]
    assert results["to_come"]["terminals"] == 2
    # Who registers in the meantime is counted half a minute later.
    await played.register(osaka="Asia/Tokyo")
    assert (await reader.get(f"{url}/results")).json()["to_come"]["terminals"] == 2
    played.clock.advance(31)
    counts = (await reader.get(f"{url}/results")).json()["to_come"]["counts"]
    assert counts == [{"at": "2030-12-31T06:00:00.000Z", "count": 1}, *expected[1:]]


async def test_the_hour_of_the_app_is_that_of_terminals_without_one(played: Played) -> None:
    created = await played.create(push_time=BEST_HOUR)
    assert "no click" in str(created["warnings"])
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin", york="America/New_York")
    await _clicks(played, {"tokyo": 5, "york": 5})
    created = await played.create(push_time=BEST_HOUR)
    assert "no click" not in str(created["warnings"])
    assert created["best_hour_push_time"]["app_hour"] == 5
    plan = (
        await played.clients.shop.post("/v1/messages:plan", json=MESSAGE | {"push_time": BEST_HOUR})
    ).json()
    assert plan["local_times"] == [{"at": "2030-12-31T05:00:00.000Z", "count": 3}]


async def test_the_hours_of_a_message_are_changed(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo")
    message_id = (await played.create(push_time={**BEST_HOUR, "fallback": "10:00"}))["id"]
    url, shop = f"/v1/messages/{message_id}", played.clients.shop
    changed = (await shop.patch(url, json={"push_time": {"best_hour_within": "6h"}})).json()
    assert changed["best_hour_push_time"]["within"] == "6h"
    assert next(one["field"] for one in changed["warnings"]) == "push_time.fallback"
    changed = (await shop.patch(url, json={"push_time": EVENING})).json()
    assert "best_hour_push_time" not in changed
    assert changed["local_push_time"]["local"] == "2031-01-01T20:00:00"
    answer = await shop.patch(url, json={"push_time": BERLIN})
    assert answer.status_code == 422
    assert "in parts" in answer.text


@pytest.mark.parametrize(
    ("push_time", "field"),
    [
        ({"best_hour_within": "1h"}, "push_time.best_hour_within"),
        ({"best_hour_within": "25h"}, "push_time.best_hour_within"),
        ({"best_hour_within": "90m"}, "push_time.best_hour_within"),
        ({"best_hour_within": 24}, "push_time.best_hour_within"),
        ({**BEST_HOUR, "fallback": "25:00"}, "push_time.fallback"),
        ({**BEST_HOUR, "fallback": "10:00\n"}, "push_time.fallback"),
        ({**BEST_HOUR, "passed": "skip"}, "push_time.passed"),
        ({"fallback": "10:00"}, "push_time.local"),
    ],
)
async def test_a_best_hour_without_a_meaning_is_refused(
    played: Played, push_time: dict[str, object], field: str
) -> None:
    answer = await played.clients.shop.post("/v1/messages", json=MESSAGE | {"push_time": push_time})
    assert answer.status_code == 422, answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]
