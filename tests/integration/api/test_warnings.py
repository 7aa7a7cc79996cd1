"""What is taken and has no effect is warned of, by field and with its number."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.clients import ApiClients, another
from tests.support.clock import SetClock

ANN: dict[str, Any] = {"vendor": "apns", "token": "0f" * 32, "language": "en", "user": "ann"}


def warned(answer: dict[str, Any]) -> dict[str, str]:
    """The warnings of an answer by field, those about the missing category left out."""
    return {
        item["field"]: item["message"]
        for item in answer["warnings"]
        if not item["field"].startswith("options.category")
    }


def reaching(answer: dict[str, Any]) -> dict[str, str]:
    """The warnings about the audience."""
    return {field: text for field, text in warned(answer).items() if field.startswith("audience")}


@pytest.mark.parametrize(
    ("audience", "told"),
    [
        ({"users": ["ann"]}, {}),
        ({"terminals": ["a"]}, {}),
        (
            {"users": ["nobody"]},
            {"audience.users": "1 of 1 users are not registered; the message reaches nobody"},
        ),
        ({"users": ["ann", "x", "y", "x"]}, {"audience.users": "2 of 3 users are not registered"}),
        ({"terminals": ["a", "b"]}, {"audience.terminals": "1 of 2 terminals are not registered"}),
        (
            {"terminals": ["b", "c"]},
            {"audience.terminals": "2 of 2 terminals are not registered; the message reaches nobody"},
        ),
        (
            {"users": [f"u{n}" for n in range(1000)]},
            {"audience.users": "1000 of 1000 users are not registered; the message reaches nobody"},
        ),
        ({"all": True}, {}),
        ({"tokens": [{"vendor": "apns", "token": "0f" * 32}]}, {}),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_who_is_not_registered_is_counted(
    clients: ApiClients, audience: dict[str, Any], told: dict[str, str]
) -> None:
    assert (await clients.shop.put("/v1/terminals/a", json=ANN)).status_code == 201
    answer = await clients.shop.post("/v1/messages", json=but(audience=audience))
    assert answer.status_code == 202, answer.text
    assert reaching(answer.json()) == told


async def test_a_change_warns_of_the_audience_as_the_creation_does(
    clients: ApiClients, clock: SetClock
) -> None:
    assert (await clients.shop.put("/v1/terminals/a", json=ANN)).status_code == 201
    at = (clock.now() + timedelta(hours=1)).isoformat()
    audiences: list[dict[str, Any]] = [
        {"users": ["ann", "nobody", "nobody"]},
        {"users": ["nobody", "nobody"]},
        {"terminals": [f"t{n}" for n in range(999)] + ["a"]},
        {"terminals": ["a"]},
        {"tokens": [{"vendor": "apns", "token": "0f" * 32}]},
        {"all": True},
    ]
    for audience in audiences:
        created = (await clients.shop.post("/v1/messages", json=but(audience=audience, push_time=at))).json()
        changed = await clients.shop.patch(f"/v1/messages/{created['id']}", json={"push_time": at})
        assert reaching(changed.json()) == reaching(created), audience


async def test_of_a_long_list_the_warning_says_that_not_all_were_looked_up(
    clients: ApiClients, clock: SetClock
) -> None:
    assert (await clients.shop.put("/v1/terminals/a", json=ANN)).status_code == 201
    at = (clock.now() + timedelta(hours=1)).isoformat()
    listed = ["a", *(f"t{n}" for n in range(1999)), "t0"]
    told = "999 of the first 1000 {} are not registered; the others were not looked up"
    room = replace(
        clients.context, settings=clients.context.settings.model_copy(update={"max_audience": 3000})
    )
    async with another(clients, room) as shop:
        for kind, items in (("terminals", listed), ("users", ["ann", *listed[1:]])):
            body = but(audience={kind: items}, push_time=at)
            created = (await shop.post("/v1/messages", json=body)).json()
            assert reaching(created) == {f"audience.{kind}": told.format(kind)}
            changed = await shop.patch(f"/v1/messages/{created['id']}", json={"push_time": at})
            assert reaching(changed.json()) == {f"audience.{kind}": told.format(kind)}


async def test_a_push_to_all_of_an_app_without_terminals_is_warned_of(clients: ApiClients) -> None:
    nobody = {"audience.all": "the app has no terminals; the message reaches nobody"}
    created = await clients.shop.post("/v1/messages", json=but())
    assert created.status_code == 202
    assert reaching(created.json()) == nobody
    await clients.shop.put("/v1/terminals/a", json=ANN)
    assert reaching((await clients.shop.post("/v1/messages", json=but())).json()) == {}
    await clients.shop.delete("/v1/terminals/a")
    assert reaching((await clients.shop.post("/v1/messages", json=but())).json()) == nobody


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({"title": "Hi {{name}}", "body": "b"}, {"content.en.title"}),
        ({"title": "t", "body": "{{ a }} and {{b.c}}"}, {"content.en.body"}),
        ({"title": "t", "body": "b", "data": {"k": "{{x}}", "l": "x"}}, {"content.en.data.k"}),
        ({"title": "t", "body": "{one} {{ {{not}"}, set()),
    ],
    ids=str,
)
async def test_a_placeholder_is_warned_of(
    clients: ApiClients, content: dict[str, Any], fields: set[str]
) -> None:
    answer = await clients.shop.post("/v1/messages", json=but(content={"en": content}))
    assert {field for field in warned(answer.json()) if field.startswith("content")} == fields


async def test_options_of_a_vendor_that_the_app_lacks_are_warned_of(clients: ApiClients) -> None:
    options = {"fcm": {}, "apns": {"badge": 1}}
    answer = await clients.other.post("/v1/messages", json=but(options=options))
    assert answer.status_code == 202, answer.text
    assert "not set up for fcm" in warned(answer.json())["options.fcm"]
    assert "options.apns" not in warned(answer.json())


async def test_what_an_audience_can_name_is_not_warned_of(clients: ApiClients) -> None:
    full = {**ANN, "tags": ["vip"], "timezone": "Asia/Shanghai", "attributes": {"plan": "gold"}}
    assert warned((await clients.shop.put("/v1/terminals/a", json=full)).json()) == {}
    imported = await clients.shop.post(
        "/v1/terminals:import",
        content=json.dumps({**full, "id": "t"}),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert imported.json()["warnings"] == []


async def test_vendors_that_cannot_remove_a_notification_are_named(clients: ApiClients) -> None:
    async def told(audience: object = GOOD["audience"], **options: object) -> tuple[int, dict[str, str]]:
        body = but(audience=audience, options={"clear_on_click": True, **options})
        answer = await clients.shop.post("/v1/messages", json=body)
        found = answer.json()
        return answer.status_code, warned(found) if answer.is_success else {
            item["field"]: item["message"] for item in found["errors"]
        }

    app = clients.context.catalog.apps["shop"]
    known = {name: vendor for name, vendor in app.vendors.items() if name in ("apns", "xiaomi", "webpush")}
    assert len(known) == 3
    clients.context.catalog.change({"shop": replace(app, vendors=known)})
    field, browsers = "options.clear_on_click", {"webpush": {"remove_on_click": True}}
    status, found = await told()
    assert status == 202
    assert found[field].endswith("set options.webpush.remove_on_click to true (webpush)")
    status, found = await told(**browsers)
    assert (status, field in found) == (202, False)
    status, found = await told(**browsers, clear_on_click=False)
    assert (
        found["options.webpush.remove_on_click"] == "has no effect without options.clear_on_click (webpush)"
    )
    status, found = await told(apns={"push_type": "voip"}, **browsers)
    assert found[field].endswith("a push of type voip has no notification to remove (apns)")
    for name in ("silent", "dry_run"):
        status, found = await told(**{name: True})
        assert (status, found[field].split(":")[0]) == (422, f"has no effect beside options.{name}")
    status, found = await told(audience={"tokens": [{"vendor": "apns", "token": "0f" * 32}]})
    assert (status, found[field].split(":")[0]) == (422, "has no effect for push tokens")


@pytest.mark.parametrize("option", ["ignore", "hold"])
async def test_quiet_hours_have_no_effect_on_what_shows_nothing(clients: ApiClients, option: str) -> None:
    for silent in (True, False):
        options = {"quiet_hours": option, "silent": silent}
        answer = await clients.shop.post("/v1/messages", json=but(options=options))
        assert ("options.quiet_hours" in warned(answer.json())) == silent
