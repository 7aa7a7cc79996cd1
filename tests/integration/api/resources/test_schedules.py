"""`/v1/schedules`: schedules are created, changed, paused and deleted, and their runs told."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.domain.clock import from_ms, to_text
from pushgate.series.recurrence import due_step

DAY = timedelta(days=1)
MESSAGE = {"content": {"en": {"title": "Morning", "body": "Today's offers"}}, "audience": {"all": True}}
SCHEDULE = {"cron": "30 9 * * *", "timezone": "Europe/Berlin", "message": MESSAGE}


async def put(clients: ApiClients, name: str = "morning", /, **fields: object) -> httpx.Response:
    return await clients.shop.put(f"/v1/schedules/{name}", json={**SCHEDULE, **fields})


async def run_due(clients: ApiClients) -> None:
    """What a scheduler does."""
    store, clock = clients.context.stores.series, clients.context.clock
    while due := await store.due(clock.now(), 1):
        await store.move(due[0], due_step(due[0], clock.now()))


async def test_a_schedule_is_created_shown_and_replaced(clients: ApiClients) -> None:
    created = await put(clients)
    assert created.status_code == 201, created.text
    body = created.json()
    assert "message.options.category" in {one["field"] for one in body["warnings"]}
    assert (body["status"], body["missed"], body["overlap"]) == ("active", "latest", "send")
    assert (body["message"], body["changed_by"]) == (MESSAGE, body["changed_by"])
    assert len(body["upcoming"]) == 5
    shown = (await clients.shop.get("/v1/schedules/morning?upcoming=2")).json()
    assert shown["upcoming"] == body["upcoming"][:2]
    again = await put(clients, cron="0 7 * * *")
    assert again.status_code == 200
    assert again.json()["cron"] == "0 7 * * *"
    assert again.json()["created_at"] == body["created_at"]
    listed = (await clients.shop.get("/v1/schedules")).json()
    assert [one["id"] for one in listed["schedules"]] == ["morning"]
    assert (await clients.other.get("/v1/schedules/morning")).status_code == 404


async def test_a_repeated_creation_makes_one_schedule(clients: ApiClients) -> None:
    answers = [
        await clients.shop.post("/v1/schedules", json=SCHEDULE, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    other = {**SCHEDULE, "cron": "0 7 * * *"}
    reused = await clients.shop.post("/v1/schedules", json=other, headers={"Idempotency-Key": "k1"})
    assert reused.status_code == 409
    await clients.shop.post("/v1/schedules", json=SCHEDULE)
    listed = (await clients.shop.get("/v1/schedules")).json()
    assert len(listed["schedules"]) == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cron": "61 9 * * *"}, "cron"),
        ({"cron": "* * * * * *"}, "cron"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"end": "2020-01-01T00:00:00Z"}, "end"),
        ({"start": "2031-01-02T00:00:00Z", "end": "2031-01-01T00:00:00Z"}, "end"),
        ({"start": "9999-12-31T23:00:00Z"}, "start"),
        ({"missed": "some"}, "missed"),
        ({"message": {**MESSAGE, "push_time": "2031-01-01T00:00:00Z"}}, "message.push_time"),
        ({"message": {"audience": {"all": True}}}, "message.content"),
        ({"message": {**MESSAGE, "audience": {"saved": "nobody"}}}, "message.audience.saved"),
    ],
)
async def test_what_is_wrong_is_refused_by_its_field(
    clients: ApiClients, fields: dict[str, object], field: str
) -> None:
    answer = await put(clients, "morning", **fields)
    assert answer.status_code == 422, answer.text
    assert field in bad_fields(answer)
    assert (await clients.shop.get("/v1/schedules/morning")).status_code == 404


async def test_a_preview_stores_nothing(clients: ApiClients) -> None:
    """Over the night in which clocks are put forward: the last Sunday in March."""
    end_of_march = date(datetime.now(UTC).year + 1, 3, 31)
    sunday = end_of_march - timedelta(days=end_of_march.isoweekday() % 7)
    before, after = sunday - timedelta(days=1), sunday + timedelta(days=1)
    times = {"cron": "30 2 * * *", "timezone": "Europe/Berlin", "start": f"{before}T00:00:00Z"}
    answer = await clients.shop.post("/v1/schedules:preview?upcoming=3", json=times)
    assert answer.json() == {
        "upcoming": [f"{before}T01:30:00.000Z", f"{sunday}T01:00:00.000Z", f"{after}T00:30:00.000Z"]
    }


async def test_runs_tell_the_message_or_why_there_is_none(clients: ApiClients, clock: SetClock) -> None:
    await put(clients, cron="0 * * * *", missed="all")
    clock.advance(2 * 3600)
    await run_due(clients)
    assert (await clients.shop.post("/v1/schedules/morning:pause")).json()["status"] == "paused"
    clock.advance(3600)
    await run_due(clients)
    assert (await clients.shop.post("/v1/schedules/morning:resume")).json()["status"] == "active"
    page = (await clients.shop.get("/v1/schedules/morning/runs?limit=2")).json()
    assert [one["reason"] for one in page["runs"]] == ["paused", None]
    rest = (
        await clients.shop.get("/v1/schedules/morning/runs", params={"cursor": page["next_cursor"]})
    ).json()
    assert [one["reason"] for one in rest["runs"]] == [None]
    assert rest["next_cursor"] is None
    message_id = rest["runs"][0]["message_id"]
    message = (await clients.shop.get(f"/v1/messages/{message_id}")).json()
    assert message["push_time"] == rest["runs"][0]["at"]
    assert message["content"]["en"]["title"] == "Morning"


async def test_a_change_keeps_what_it_does_not_name(clients: ApiClients, clock: SetClock) -> None:
    end = to_text(clients.context.clock.now() + 30 * DAY)
    before = (await put(clients, end=end, missed="all")).json()
    answer = await clients.shop.patch("/v1/schedules/morning", json={"overlap": "skip"})
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["overlap"] == "skip"
    for name in ("cron", "end", "upcoming", "message", "created_at"):
        assert after[name] == before[name]
    unbounded = await clients.shop.patch("/v1/schedules/morning", json={"end": None, "cron": "0 8 * * *"})
    assert unbounded.json()["end"] is None
    content = {"en": {"title": "New", "body": "text"}}
    message = {**MESSAGE, "content": content}
    changed = await clients.shop.patch("/v1/schedules/morning", json={"message": message})
    assert changed.json()["message"] == message
    clock.advance(2 * 86400)
    await run_due(clients)
    (newest, *_) = (await clients.shop.get("/v1/schedules/morning/runs")).json()["runs"]
    stored = (await clients.shop.get(f"/v1/messages/{newest['message_id']}")).json()
    assert stored["content"]["en"]["title"] == "New"


async def test_a_paused_schedule_stays_paused_when_it_is_replaced(clients: ApiClients) -> None:
    await put(clients)
    await clients.shop.post("/v1/schedules/morning:pause")
    assert (await put(clients)).json()["status"] == "paused"


async def test_a_run_that_is_due_is_not_lost_when_the_schedule_is_written_again(
    clients: ApiClients, clock: SetClock
) -> None:
    await put(clients)
    series = await clients.context.stores.series.read("shop", "morning")
    assert series.next_ms is not None
    clock.at = from_ms(series.next_ms)
    content = {"en": {"title": "New", "body": "text"}}
    assert (await put(clients, message={**MESSAGE, "content": content})).status_code == 200
    await run_due(clients)
    (run,) = (await clients.shop.get("/v1/schedules/morning/runs")).json()["runs"]
    message = (await clients.shop.get(f"/v1/messages/{run['message_id']}")).json()
    assert message["content"]["en"]["title"] == "New"


async def test_a_schedule_that_has_ended_is_not_resumed(clients: ApiClients, clock: SetClock) -> None:
    end = to_text(clients.context.clock.now() + 2 * DAY)
    await put(clients, end=end)
    clock.advance(3 * 86400)
    await run_due(clients)
    shown = (await clients.shop.get("/v1/schedules/morning")).json()
    assert (shown["status"], shown["upcoming"]) == ("ended", [])
    assert (await clients.shop.post("/v1/schedules/morning:resume")).status_code == 409


async def test_a_deleted_schedule_makes_nothing_more(clients: ApiClients, clock: SetClock) -> None:
    await put(clients)
    assert (await clients.shop.delete("/v1/schedules/morning")).status_code == 204
    assert (await clients.shop.delete("/v1/schedules/morning")).status_code == 404
    clock.advance(3 * 86400)
    await run_due(clients)
    assert (await clients.shop.get("/v1/messages")).json()["messages"] == []


async def test_an_audience_that_a_schedule_names_is_not_deleted(clients: ApiClients) -> None:
    await clients.shop.put("/v1/audiences/vip", json={"audience": {"tag": "vip"}})
    await put(clients, message={**MESSAGE, "audience": {"saved": "vip"}})
    refused = await clients.shop.delete("/v1/audiences/vip")
    assert refused.status_code == 409
    assert "morning" in refused.text
    await clients.shop.delete("/v1/schedules/morning")
    assert (await clients.shop.delete("/v1/audiences/vip")).status_code == 204


@pytest.mark.parametrize("name", ["Morning", "a" * 29, "-a", "a b"])
async def test_an_id_has_few_characters(clients: ApiClients, name: str) -> None:
    assert (await put(clients, name)).status_code in {404, 422}


async def test_runs_have_the_version_of_a_template_that_there_was_when_it_was_stored(
    clients: ApiClients, clock: SetClock
) -> None:
    for text in ("Sale", "Later"):
        stored = {"content": {"en": {"title": text, "body": "{{ values.day }}"}}}
        assert (await clients.shop.put("/v1/templates/morning", json=stored)).status_code == 201
        if text == "Sale":
            message = {"template": {"name": "morning"}, "values": {"day": "1"}, "audience": {"all": True}}
            created = await put(clients, cron="0 * * * *", missed="all", message=message)
            assert created.status_code == 201, created.text
    clock.advance(3600)
    await run_due(clients)
    (made,) = (await clients.shop.get("/v1/schedules/morning/runs")).json()["runs"]
    run = (await clients.shop.get(f"/v1/messages/{made['message_id']}")).json()
    assert run["template"] == {"name": "morning", "version": 1}
    assert run["content"]["en"] == {**run["content"]["en"], "title": "Sale", "body": "1"}
