"""Schedules in the console: written by a form, shown with their runs, paused and deleted."""

import json

import pytest
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.console.client import ConsoleClient

from pushgate.domain.app import Scope
from pushgate.series.recurrence import due_step

MESSAGE = json.dumps({"content": {"en": {"title": "T", "body": "B"}}, "audience": {"all": True}})
FORM = {"id": "morning", "cron": "0 * * * *", "timezone": "UTC", "missed": "latest", "overlap": "send"}
WHOLE = {**FORM, "start": "", "end": "", "message": MESSAGE}


async def test_a_schedule_is_written_shown_and_deleted(console: ConsoleClient, clients: ApiClients) -> None:
    assert "No schedules yet" in (await console.get("/schedules")).text
    assert (await console.get("/schedules/new")).status_code == 200
    written = await console.post("/schedules/new", **WHOLE)
    assert (written.status_code, written.headers["location"]) == (303, "/schedules/morning")
    assert "morning" in (await console.get("/schedules")).text
    assert "0 * * * *" in (await console.get("/schedules/new?id=morning")).text
    await console.post("/schedules/morning/pause")
    assert "/schedules/morning/resume" in (await console.get("/schedules/morning")).text
    await console.post("/schedules/morning/resume")
    await console.post("/schedules/morning/delete")
    assert (await clients.shop.get("/v1/schedules")).json()["schedules"] == []


async def test_a_new_schedule_replaces_no_other_one(console: ConsoleClient, clients: ApiClients) -> None:
    await console.post("/schedules/new", **WHOLE)
    taken = await console.post("/schedules/new", **{**WHOLE, "cron": "5 * * * *"})
    assert (taken.status_code, "There is a schedule with this id" in taken.text) == (422, True)
    changed = await console.post("/schedules/new", **{**WHOLE, "cron": "6 * * * *", "replaces": "morning"})
    assert changed.status_code == 303
    (kept,) = (await clients.shop.get("/v1/schedules")).json()["schedules"]
    assert kept["cron"] == "6 * * * *"


async def test_runs_lead_to_their_messages(
    console: ConsoleClient, clients: ApiClients, clock: SetClock
) -> None:
    await console.post("/schedules/new", **WHOLE)
    store = clients.context.stores.series
    for seconds in (3600, 2 * 3600 + 1):
        clock.at = clock.at.replace(minute=0, second=0)
        clock.advance(seconds)
        for series in await store.due(clock.now(), 1):
            await store.move(series, due_step(series, clock.now()))
    shown = (await console.get("/schedules/morning")).text
    assert 'href="/messages/' in shown
    assert "no scheduler ran in time" in shown


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("cron", "61 * * * *", "minute"),
        ("message", "{", "This is not JSON"),
        ("message", '{"content": NaN}', "This is not JSON"),
        ("message", '{"content": {"en": {"title": "\\ud800"}}}', "This is not JSON"),
        ("message", "{}", "content"),
        ("id", "Not an id", "28"),
        ("id", "", "Write an id"),
    ],
)
async def test_a_form_with_a_fault_is_shown_again(
    console: ConsoleClient, field: str, value: str, said: str
) -> None:
    answer = await console.post("/schedules/new", **{**WHOLE, field: value})
    assert answer.status_code == 422
    assert said in answer.text


async def test_who_may_read_alone_changes_nothing(clients: ApiClients) -> None:
    browser = ConsoleClient(clients.context)
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.READ]))
    assert (await browser.get("/schedules")).status_code == 200
    assert (await browser.post("/schedules/new", **WHOLE)).status_code != 303
    assert (await clients.shop.get("/v1/schedules")).json()["schedules"] == []
