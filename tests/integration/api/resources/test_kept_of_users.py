"""All that is kept of a person is shown, in pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from tests.support.api.bodies import TOKEN
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.api.times import format_instant
from pushgate.domain.app import App
from pushgate.domain.audience import ByUser
from pushgate.domain.terminal import Terminal

APP = App("shop")
URL = "/v1/users/ann"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CONTENT = {"en": {"title": "T", "body": "B"}}


@pytest.fixture
async def terminals(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(
        APP,
        [
            Terminal("a", "apns", TOKEN, "en", user="ann", tags=("vip",)),
            Terminal("b", "apns", "b", "de", user="ann"),
            Terminal("c", "apns", "c", "en", user="bob"),
        ],
    )


async def _pages(clients: ApiClients, limit: int) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = await clients.shop.get(URL, params=query)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        query["cursor"] = pages[-1]["next_cursor"]
        if query["cursor"] is None:
            return pages


@pytest.mark.usefixtures("terminals")
async def test_attributes_and_terminals_are_shown_with_all_fields(clients: ApiClients) -> None:
    await clients.shop.patch(URL, json={"attributes": {"plan": "gold"}})
    (page,) = await _pages(clients, 10)
    assert page["user"] == "ann"
    assert page["attributes"] == {"plan": "gold"}
    for terminal in page["terminals"]:
        assert terminal.pop("history")["messages"] == []
        assert terminal.pop("click_hours") == []
        assert terminal == (await clients.shop.get(f"/v1/terminals/{terminal['id']}")).json()
    assert sorted(terminal["id"] for terminal in page["terminals"]) == ["a", "b"]


@pytest.mark.usefixtures("terminals")
async def test_each_terminal_has_the_hours_in_which_it_clicked(clients: ApiClients, clock: SetClock) -> None:
    stores = clients.context.stores
    (places,) = await stores.locations.locate(APP, ["a"])
    period = timedelta(days=28)
    begins = [EPOCH + (clock.now() - EPOCH) // period * period + late * period for late in (0, 1)]
    for at in (begins[0] + timedelta(hours=21), begins[1] + timedelta(days=3, hours=7)):
        clock.at = at
        await stores.signs_of_life.note(APP, places, clicked=True)
    (page,) = await _pages(clients, 10)
    assert {terminal["id"]: terminal["click_hours"] for terminal in page["terminals"]} == {
        "a": [
            {"hour": 7, "period_begins": format_instant(begins[1])},
            {"hour": 21, "period_begins": format_instant(begins[0])},
        ],
        "b": [],
    }


@pytest.mark.usefixtures("terminals")
async def test_each_terminal_has_what_it_was_sent(clients: ApiClients, redis: Redis, clock: SetClock) -> None:
    world = ExplainedWorld(redis, clock, large=False, app=APP)
    sent = await world.send(ByUser(("ann",)))
    (page,) = await _pages(clients, 10)
    for terminal in page["terminals"]:
        assert [one["message"] for one in terminal["history"]["messages"]] == [sent]


@pytest.mark.parametrize(
    "audience",
    [
        {"users": ["ann"]},
        {"users": ["bob", "ann"]},
        {"terminals": ["a"]},
        {"terminals": [f"x{number}" for number in range(600)] + ["b"]},
        {"all_of": [{"tag": "vip"}, {"not": {"users": ["ann"]}}]},
        {"tokens": [{"vendor": "apns", "token": TOKEN}]},
    ],
    ids=["user", "users", "terminal", "many", "expression", "token"],
)
@pytest.mark.usefixtures("terminals")
async def test_scheduled_messages_that_list_the_person_are_named(
    clients: ApiClients, clock: SetClock, audience: dict[str, Any]
) -> None:
    later = format_instant(clock.now() + timedelta(days=1))
    ids: list[str] = []
    for options in ({}, {"priority": "high"}):
        for listed in (audience, {"users": ["bob"]}):
            body = {"audience": listed, "content": CONTENT, "push_time": later, "options": options}
            answer = await clients.shop.post("/v1/messages", json=body)
            assert answer.status_code == 202, answer.text
            ids += [answer.json()["id"]] if listed is audience else []
    (page,) = await _pages(clients, 10)
    assert sorted(page["named_by"]["scheduled_messages"]) == sorted(ids)


@pytest.mark.usefixtures("terminals")
async def test_saved_audiences_that_list_the_person_are_named(clients: ApiClients) -> None:
    for name, audience in (
        ("mine", {"any_of": [{"tag": "x"}, {"terminals": ["z", "a"]}]}),
        ("ours", {"users": ["ann", "bob"]}),
        ("theirs", {"users": ["bob"]}),
    ):
        assert (await clients.shop.put(f"/v1/audiences/{name}", json={"audience": audience})).is_success
    (page,) = await _pages(clients, 10)
    assert page["named_by"]["saved_audiences"] == ["mine", "ours"]


@pytest.mark.usefixtures("terminals")
async def test_drafts_that_name_the_person_are_named(clients: ApiClients) -> None:
    ids = []
    for audience in ({"users": ["bob"]}, {"users": ["ann", "bob"]}, {"terminals": ["a", 1]}):
        answer = await clients.shop.post("/v1/drafts", json={"audience": audience})
        ids.append(answer.json()["id"])
    (page,) = await _pages(clients, 10)
    assert page["named_by"]["drafts"] == sorted(ids[1:])


@pytest.mark.usefixtures("terminals")
async def test_schedules_that_name_the_person_are_named(clients: ApiClients) -> None:
    for name, audience in (
        ("mine", {"users": ["bob", "ann"]}),
        ("ours", {"any_of": [{"tag": "x"}, {"terminals": ["a"]}]}),
        ("theirs", {"users": ["bob"]}),
    ):
        body = {"cron": "0 9 * * *", "timezone": "UTC", "message": {"content": CONTENT, "audience": audience}}
        assert (await clients.shop.put(f"/v1/schedules/{name}", json=body)).is_success
    (page,) = await _pages(clients, 10)
    assert page["named_by"]["schedules"] == ["mine", "ours"]


@pytest.mark.usefixtures("terminals")
async def test_pages_lead_on_through_terminals_to_what_names_them(
    clients: ApiClients, clock: SetClock
) -> None:
    later = format_instant(clock.now() + timedelta(days=1))
    body = {"audience": {"users": ["ann"]}, "content": CONTENT, "push_time": later}
    sent = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    pages = await _pages(clients, 1)
    assert [len(page["terminals"]) for page in pages] == [1, 1]
    assert [one for page in pages for one in page["named_by"]["scheduled_messages"]] == [sent]


async def test_someone_with_attributes_alone_is_found(clients: ApiClients) -> None:
    await clients.shop.patch(URL, json={"attributes": {"plan": "gold"}})
    (page,) = await _pages(clients, 10)
    assert page["terminals"] == []


async def test_of_nobody_nothing_is_kept(clients: ApiClients) -> None:
    assert (await clients.shop.get(URL)).status_code == 404
    assert (await clients.reader.get(URL)).status_code == 403
    answer = await clients.shop.get(URL, params={"cursor": "x"})
    assert bad_fields(answer) == {"cursor"}
