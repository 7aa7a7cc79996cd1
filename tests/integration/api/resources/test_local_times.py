"""Messages to each terminal's own local time: created, shown, changed, cancelled, and their
results.
"""

import json
from datetime import datetime

import pytest
from tests.support.api.parts import BERLIN, EVENING, MESSAGE, TOKYO
from tests.support.api.parts import PlayedParts as Played
from tests.support.clock import SetClock

from pushgate.domain.message_id import family_of, part_id

pytestmark = pytest.mark.usefixtures("healthy_fleet")


async def test_a_message_to_a_local_time_is_shown_with_it(played: Played) -> None:
    created = await played.create()
    assert created["push_time"] == "2031-01-01T06:00:00.000Z"
    assert all("local" not in str(one) for one in created["warnings"])
    shown = (await played.clients.reader.get(f"/v1/messages/{created['id']}")).json()
    assert shown["local_push_time"] == {
        "local": "2031-01-01T20:00:00",
        "passed": "send",
        "timezone": "UTC",
        "first_at": "2031-01-01T06:00:00.000Z",
        "last_at": "2031-01-02T08:00:00.000Z",
    }
    assert shown["status"] == "scheduled"
    assert shown["expires_at"] == "2031-01-03T08:00:00.000Z"
    results = (await played.clients.reader.get(f"/v1/messages/{created['id']}/results")).json()
    assert results["parts"] == []
    assert results["to_come"]["next_at"] == "2031-01-01T06:00:00.000Z"
    assert results["to_come"]["instants"] >= 37


@pytest.mark.parametrize("audience", [{"all": True}, {"terminals": ["tokyo", "berlin", "nobody"]}])
async def test_results_are_the_sums_of_the_parts(played: Played, audience: dict[str, object]) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin")
    message_id = (await played.create(audience=audience))["id"]
    await played.play_until(TOKYO)
    url = f"/v1/messages/{message_id}"
    results = (await played.clients.reader.get(f"{url}/results")).json()
    assert (results["status"], results["targeted"], results["pending"]) == ("sending", 1, 1)
    number = len(results["parts"])
    await played.accept(message_id, number)
    await played.play_until(BERLIN)
    results = (await played.clients.reader.get(f"{url}/results")).json()
    assert (results["targeted"], results["accepted"], results["pending"]) == (2, 1, 1)
    with_somebody = [part for part in results["parts"] if part["targeted"]]
    assert [part["push_time"] for part in with_somebody] == [
        "2031-01-01T11:00:00.000Z",
        "2031-01-01T19:00:00.000Z",
    ]
    assert [part["expires_at"] for part in with_somebody] == [
        "2031-01-02T11:00:00.000Z",
        "2031-01-02T19:00:00.000Z",
    ]
    listed = (await played.clients.reader.get("/v1/messages")).json()["messages"]
    assert [one["id"] for one in listed] == [message_id], "parts are not listed"


async def test_its_terminals_are_listed_explained_and_have_it_in_their_history(played: Played) -> None:
    await played.register(
        tokyo="Asia/Tokyo", osaka="Asia/Tokyo", berlin="Europe/Berlin", late="America/New_York"
    )
    message_id = (await played.create())["id"]
    await played.play_until(BERLIN)
    url, reader = f"/v1/messages/{message_id}", played.clients.reader
    first = (await reader.get(f"{url}/terminals", params={"limit": 1})).json()
    names = [one["terminal"] for one in first["terminals"]]
    cursor = first["next_cursor"]
    while cursor:
        page = (await reader.get(f"{url}/terminals", params={"limit": 1, "cursor": cursor})).json()
        names += [one["terminal"] for one in page["terminals"]]
        cursor = page["next_cursor"]
    assert sorted(names) == ["berlin", "osaka", "tokyo"]
    berlin = (await reader.get(f"{url}/terminals/berlin")).json()
    assert berlin["targeted"] is True
    assert berlin["message"] == berlin["message"] | {
        "id": message_id,
        "push_time": "2031-01-01T19:00:00.000Z",
    }
    late = (await reader.get(f"{url}/terminals/late")).json()
    assert (late["targeted"], late["reason"]["code"]) == (False, "not_planned")
    history = (await reader.get("/v1/terminals/tokyo/messages")).json()["messages"]
    assert [one["message"] for one in history] == [message_id]


async def test_a_cancelled_message_goes_out_to_nobody_else(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin")
    message_id = (await played.create())["id"]
    await played.play_until(TOKYO)
    answer = await played.clients.shop.post(f"/v1/messages/{message_id}/cancel")
    assert answer.json()["status"] == "cancelled"
    await played.play_until(BERLIN)
    results = (await played.clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["targeted"], results["cancelled"], results["status"]) == (1, 1, "cancelled")
    assert (results["to_come"]["instants"], results["to_come"]["next_at"]) == (0, None)


async def test_time_and_content_are_changed_for_parts_to_come(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin", york="America/New_York")
    message_id = (await played.create())["id"]
    await played.play_until(TOKYO)
    url = f"/v1/messages/{message_id}"
    content = {"en": {"title": "later", "body": "later"}}
    answer = await played.clients.shop.patch(url, json={"content": content, "default_language": "en"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "sending"
    answer = await played.clients.shop.patch(url, json={"push_time": {"local": "2031-01-01T21:00"}})
    assert answer.status_code == 200, answer.text
    await played.play_until("2031-01-01T20:10:00+00:00")
    results = (await played.clients.reader.get(f"{url}/results")).json()
    with_somebody = [part for part in results["parts"] if part["targeted"]]
    assert [part["push_time"] for part in with_somebody] == [
        "2031-01-01T11:00:00.000Z",
        "2031-01-01T20:00:00.000Z",
    ]
    stores = played.clients.context.stores
    titles = [
        (await stores.messages.read("shop", part_id(message_id, part["number"]))).message.content["en"].title
        for part in with_somebody
    ]
    assert titles[1] == "later" != titles[0]
    answer = await played.clients.shop.patch(url, json={"audience": {"tag": "vip"}})
    assert answer.status_code == 409
    answer = await played.clients.shop.patch(url, json={"push_time": {"local": "2031-06-01T21:00"}})
    assert answer.status_code == 409, "tokyo would be forgotten before"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"push_time": {"local": "2031-01-01T20:00+01:00"}}, "push_time.local"),
        ({"push_time": {"local": "2031-02-30T20:00"}}, "push_time.local"),
        ({"push_time": {"local": "2029-01-01T20:00"}}, "push_time.local"),
        ({"push_time": {"local": "2039-01-01T20:00"}}, "push_time.local"),
        ({"push_time": {"local": "0001-01-01T00:00"}}, "push_time.local"),
        ({"push_time": {"passed": "skip"}}, "push_time.local"),
        ({"push_time": {**EVENING, "passed": "never"}}, "push_time.passed"),
        ({"push_time": {**EVENING, "zone": "UTC"}}, "push_time.zone"),
        ({"audience": {"tokens": [{"vendor": "apns", "token": "00" * 32}]}}, "audience.tokens"),
        ({"options": {"ttl": 26 * 86_400}}, "options.ttl"),
    ],
)
async def test_what_has_no_meaning_is_refused(played: Played, fields: dict[str, object], field: str) -> None:
    answer = await played.clients.shop.post("/v1/messages", json=MESSAGE | fields)
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("passed", "text"), [("send", "at once"), ("skip", "left out"), ("tomorrow", "of the next day")]
)
async def test_zones_that_have_passed_are_told(
    played: Played, clock: SetClock, passed: str, text: str
) -> None:
    clock.at = datetime.fromisoformat("2031-01-01T12:30:00+00:00")
    created = await played.create(push_time=EVENING | {"passed": passed})
    (found,) = [one for one in created["warnings"] if one["field"] == "push_time.local"]
    assert text in found["message"]


async def test_the_forms_of_a_push_time_do_not_change(played: Played) -> None:
    message_id = (await played.create())["id"]
    answer = await played.clients.shop.patch(f"/v1/messages/{message_id}", json={"push_time": BERLIN})
    assert answer.status_code == 422
    message_id = (await played.create(push_time=BERLIN))["id"]
    answer = await played.clients.shop.patch(f"/v1/messages/{message_id}", json={"push_time": EVENING})
    assert answer.status_code == 422


async def test_failures_are_not_sent_again(played: Played) -> None:
    message_id = (await played.create())["id"]
    answer = await played.clients.shop.post(f"/v1/messages/{message_id}/retry", json={})
    assert answer.status_code == 409
    remedy = {"failed": message_id}
    assert json.dumps(remedy) in answer.json()["detail"]
    again = MESSAGE | {"audience": remedy}
    assert (await played.clients.shop.post("/v1/messages", json=again)).status_code == 202


async def test_it_is_paused_and_goes_on(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin")
    url = f"/v1/messages/{(await played.create())['id']}"
    shop = played.clients.shop
    await played.play_until(TOKYO)
    assert (await shop.post(f"{url}:pause")).json()["status"] == "paused"
    results = (await played.clients.reader.get(f"{url}/results")).json()
    assert (results["status"], results["to_come"]["terminals"]) == ("paused", 1)
    assert (await shop.post(f"{url}:resume")).json()["status"] == "sending"


async def test_a_part_is_no_message_of_its_own(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo")
    message_id = (await played.create())["id"]
    await played.play_until(TOKYO)
    part = part_id(message_id, 1)
    assert family_of(part) == message_id
    assert (await played.clients.shop.post(f"/v1/messages/{part}/cancel")).status_code == 404
    assert (
        await played.clients.shop.patch(f"/v1/messages/{part}", json={"push_time": BERLIN})
    ).status_code == 404
    assert (await played.clients.shop.post(f"/v1/messages/{part}:pause")).status_code == 404
    assert (await played.clients.shop.post(f"/v1/messages/{part}/retry", json={})).status_code == 404


async def test_later_messages_find_its_terminals_by_outcome(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin", york="America/New_York")
    message_id = (await played.create())["id"]
    await played.play_until(BERLIN)
    count = await played.clients.shop.post("/v1/audience:count", json={"audience": {"targeted": message_id}})
    assert count.json()["total"] == 2


async def test_its_plan_says_who_is_due_when(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", osaka="Asia/Tokyo", berlin="Europe/Berlin", nowhere=None)
    plan = (await played.clients.shop.post("/v1/messages:plan", json=MESSAGE)).json()
    assert plan["local_times"] == [
        {"at": "2031-01-01T11:00:00.000Z", "count": 2},
        {"at": "2031-01-01T19:00:00.000Z", "count": 1},
        {"at": "2031-01-01T20:00:00.000Z", "count": 1},
    ]
    assert "timezones" not in plan


async def test_its_events_name_the_message_and_the_part(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin")
    begun = (await played.clients.shop.get("/v1/events")).json()
    message_id = (await played.create())["id"]
    await played.play_until(TOKYO)
    await played.accept(message_id, (await _last_part(played, message_id))["number"])
    params = {"after": begun["after"], "expand": "true"}
    events = (await played.clients.shop.get("/v1/events", params=params)).json()["events"]
    assert {event["message"] for event in events if "message" in event} == {message_id}
    told = [event for event in events if event["type"] == "terminal.accepted"]
    assert [(event["terminal"], event["data"]) for event in told] == [("tokyo", {})]
    assert told[0]["part"] == (await _last_part(played, message_id))["number"]
    statuses = [
        event["status"] for event in events if event["type"].startswith("message.") and "status" in event
    ]
    assert statuses == ["scheduled", "sending"]
    await played.play_until(BERLIN)
    await played.clients.context.redis.delete("{q}:events-begun:shop")  # readers that begin share it for 5 s
    begun = (await played.clients.shop.get("/v1/events")).json()
    snapshots = [event for event in begun["events"] if event["type"] == "message.snapshot"]
    assert sum(event["states"]["pending"] for event in snapshots if event["message"] == message_id) == 1


async def _last_part(played: Played, message_id: str) -> dict[str, int]:
    """The part that was made last."""
    results = (await played.clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    part: dict[str, int] = results["parts"][-1]
    return part


async def test_a_click_is_that_of_the_message(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin")
    message_id = (await played.create())["id"]
    await played.play_until(TOKYO)
    number = (await _last_part(played, message_id))["number"]
    await played.accept(message_id, number)
    token = played.clients.context.callbacks.sign("shop", part_id(message_id, number))
    answer = await played.clients.anyone.post(
        "/v1/callbacks/click", json={"token": token, "terminal": "tokyo"}
    )
    assert answer.is_success, answer.text
    results = (await played.clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["clicked"], results["received"], results["click_through_rate"]) == (1, 1, 1)
    count = await played.clients.shop.post("/v1/audience:count", json={"audience": {"clicked": message_id}})
    assert count.json()["total"] == 1


async def test_a_recall_ends_the_message_and_tells_what_vendors_did(played: Played) -> None:
    await played.register(tokyo="Asia/Tokyo", berlin="Europe/Berlin")
    message_id = (await played.create())["id"]
    await played.play_until(TOKYO)
    await played.accept(message_id, (await _last_part(played, message_id))["number"])
    recalled = (await played.clients.shop.post(f"/v1/messages/{message_id}/recall")).json()
    assert (recalled["id"], recalled["status"]) == (message_id, "cancelled")
    assert [(one["vendor"], one["recalled"], one["left"]) for one in recalled["vendors"]] == [("apns", 0, 1)]
    await played.play_until(BERLIN)
    results = (await played.clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["targeted"], results["accepted"]) == (1, 1)
