"""A message is planned through the API: the plan says what would come of it, nothing is stored."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.bad_messages import BAD_MESSAGES
from tests.support.api.bodies import TOKEN, but
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal

APP = App("shop")
LONG = {"en": {"title": "t" * 60, "body": "b"}, "zh-Hans": {"title": "short", "body": "b"}}


@pytest.fixture(autouse=True)
async def terminals(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(
        APP,
        [
            Terminal("a", "apns", "a", "en-GB", user="ann", tags=("vip",), timezone="Asia/Tokyo"),
            Terminal("b", "xiaomi", "b", "en", user="ann", timezone="Asia/Tokyo"),
            Terminal("c", "xiaomi", "c", "zh-Hans", tags=("vip",)),
        ],
    )


async def plan(clients: ApiClients, body: dict[str, Any], **params: str) -> dict[str, Any]:
    answer = await clients.shop.post("/v1/messages:plan", json=body, params=params)
    assert answer.status_code == 200, answer.text
    assert (await clients.context.stores.message_index.counts())["scheduled"] == 0
    found: dict[str, Any] = answer.json()
    return found


async def test_each_group_is_shown_with_the_content_that_it_gets(clients: ApiClients) -> None:
    planned = await plan(clients, but(content=LONG, default_language="en"), by="timezone")
    assert planned["total"] == 3
    assert planned["groups"] == [
        {"vendor": "apns", "language": "en-GB", "count": 1, "content_language": "en"},
        {"vendor": "xiaomi", "language": "en", "count": 1, "content_language": "en"},
        {"vendor": "xiaomi", "language": "zh-Hans", "count": 1, "content_language": "zh-Hans"},
    ]
    assert planned["timezones"] == [{"timezone": "Asia/Tokyo", "count": 2}, {"timezone": None, "count": 1}]


@pytest.mark.parametrize(("on_too_long", "effect"), [("reject", "refused"), ("truncate", "cut")])
async def test_what_a_vendor_refuses_or_cuts_is_counted_in_the_words_of_the_warnings(
    clients: ApiClients, on_too_long: str, effect: str
) -> None:
    body = but(content=LONG, default_language="en", options={"on_too_long": on_too_long})
    planned = await plan(clients, body)
    apns, xiaomi = planned["vendors"]
    assert (apns["refused"], apns["cut"], apns["sent"], apns["contents"]) == (0, 0, 1, [])
    assert xiaomi["contents"] == [
        {
            "content_language": "en",
            "topics": False,
            "count": 1,
            "effect": effect,
            "code": "too_long",
            "field": "content.en.title",
            "message": "has 60 characters, the vendor takes 49",
        }
    ]
    assert (xiaomi[effect], planned[effect]) == (1, 1)
    created = await clients.shop.post("/v1/messages", json=body)
    assert planned["warnings"] == created.json()["warnings"]


async def test_a_bad_message_gets_the_errors_of_its_creation(clients: ApiClients) -> None:
    for name, (body, _) in BAD_MESSAGES.items():
        planned = await clients.shop.post("/v1/messages:plan", json=body)
        created = await clients.shop.post("/v1/messages", json=body)
        assert (planned.status_code, planned.json()["errors"]) == (422, created.json()["errors"]), name


async def test_a_required_audience_gets_the_errors_of_the_creation(clients: ApiClients) -> None:
    for audience in ({"terminals": ["a", "x"]}, {"users": ["x"]}, {"tag": "none"}):
        body = but(audience=audience, options={"require_audience": True})
        planned = await clients.shop.post("/v1/messages:plan", json=body)
        created = await clients.shop.post("/v1/messages", json=body)
        assert (planned.status_code, planned.json()["errors"]) == (422, created.json()["errors"])


async def test_terminals_of_vendors_without_settings_are_counted_apart(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(
        App("other"), [Terminal("a", "apns", "a", "en"), Terminal("f", "fcm", "f", "en")]
    )
    body = but(content={"zh-Hans": {"title": "t", "body": "b"}})
    planned = (await clients.other.post("/v1/messages:plan", json=body)).json()
    assert planned["not_configured"] == 1
    assert [(one["vendor"], one["configured"], one["sent"]) for one in planned["vendors"]] == [
        ("apns", True, 1),
        ("fcm", False, 0),
    ]


async def test_messages_of_the_same_half_hour_are_compared(clients: ApiClients, clock: SetClock) -> None:
    at = clock.now() + timedelta(days=1)

    async def create(audience: dict[str, object], minutes: int, **options: object) -> str:
        push_time = (at + timedelta(minutes=minutes)).isoformat()
        body = but(audience=audience, push_time=push_time, options=options)
        return str((await clients.shop.post("/v1/messages", json=body)).json()["id"])

    vips = await create({"tag": "vip"}, 30)
    everyone = await create({"all": True}, -5)
    await create({"language": "fr"}, 0)
    await create({"all": True}, 31)
    await create({"all": True}, 1, dry_run=True)
    cancelled = await create({"all": True}, 2)
    await clients.shop.post(f"/v1/messages/{cancelled}/cancel")
    to_b = await create({"terminals": ["a", "b"]}, 10)
    await create({"terminals": ["a"]}, 10)
    await create({"users": ["ann"]}, 40)
    patched = await create({"terminals": ["a"]}, 15)
    everyone_else = {"not": {"vendor": "apns"}}
    changed = await clients.shop.patch(f"/v1/messages/{patched}", json={"audience": everyone_else})
    assert changed.status_code == 200, changed.text
    body = but(audience={"vendor": "xiaomi"}, push_time=at.isoformat())
    answer = await clients.shop.post("/v1/messages:plan", json=body)
    overlaps = answer.json()["overlaps"]
    assert [(one["id"], one["count"]) for one in overlaps["messages"]] == [
        (everyone, 2),
        (to_b, 1),
        (patched, 2),
        (vips, 1),
    ]
    assert (overlaps["compared"], overlaps["complete"]) == (8, True)
    assert overlaps["messages"][0]["status"] == "scheduled"


async def test_a_sample_without_a_seed_and_tokens_say_what_is_not_known(clients: ApiClients) -> None:
    planned = await plan(clients, but(audience={"sample": {"share": 0.5, "of": {"all": True}}}))
    assert any("without a seed" in warning["message"] for warning in planned["warnings"])
    planned = await plan(clients, but(audience={"tokens": [{"vendor": "apns", "token": TOKEN}]}))
    assert planned["total"] == 1
    assert planned["recent_outcomes"] is None
    assert planned["overlaps"] is None
    assert planned["last_push_at"] is None, "no rate is set, and none was measured"


async def test_limits_of_topics_are_those_of_topics(clients: ApiClients) -> None:
    tokens = [{"vendor": "fcm", "token": "/topics/news"}, {"vendor": "fcm", "token": TOKEN}]
    body = but(content={"en": {"title": "t", "body": "b" * 3000}}, audience={"tokens": tokens})
    (fcm,) = (await plan(clients, body))["vendors"]
    assert (fcm["count"], fcm["refused"], fcm["sent"]) == (2, 1, 1)
    (limited,) = fcm["contents"]
    assert (limited["topics"], limited["count"], limited["code"]) == (True, 1, "payload_too_large")


async def test_only_who_may_push_plans(clients: ApiClients) -> None:
    assert (await clients.reader.post("/v1/messages:plan", json=but())).status_code == 403


async def test_values_that_terminals_lack_are_counted(clients: ApiClients) -> None:
    registry, people = clients.context.stores.registry, clients.context.stores.people
    named = Terminal("d", "apns", "d", "en", user="dan", attributes={"name": "Dan", "city": " "})
    await registry.register(APP, [named])
    await people.change(APP, "ann", {"city": "Rome"})
    await people.change(APP, "dan", {"city": " "})
    content = {
        "en": {"title": "{{ name | default: 'you' }} {{ user.city }}", "body": "{{ values.item }}"},
        "zh-Hans": {"title": "{{ name }}", "body": "b"},
    }
    body = but(content=content, default_language="en", personal=True, user_values={"ann": {"item": "A"}})
    planned = await plan(clients, body)
    assert planned["personal"] == {
        "looked_at": 4,
        "values": [
            {"name": "name", "has_default": False, "missing": 3, "longest": 3},
            {"name": "user.city", "has_default": False, "missing": 2, "longest": 4},
            {"name": "values.item", "has_default": False, "missing": 2, "longest": 1},
        ],
    }
    assert "personal" not in await plan(clients, but())


async def test_values_of_push_tokens_are_those_of_the_message(clients: ApiClients) -> None:
    body = but(
        content={"en": {"title": "{{ name | default: 'you' }}", "body": "b"}},
        audience={"tokens": [{"vendor": "apns", "token": TOKEN}]},
        personal=True,
    )
    expected = {"name": "name", "has_default": True, "missing": 0, "longest": 0}
    assert (await plan(clients, body))["personal"] == {"looked_at": 0, "values": [expected]}


@pytest.mark.parametrize(("length", "warned"), [(32, False), (45, True)])
async def test_vendors_for_which_real_values_are_too_long_are_named(
    clients: ApiClients, length: int, *, warned: bool
) -> None:
    named = Terminal("d", "xiaomi", "d", "en", attributes={"name": "n" * length})
    await clients.context.stores.registry.register(APP, [named])
    content = {"en": {"title": "{{ name }} says hi", "body": "b"}}
    planned = await plan(clients, but(content=content, personal=True))
    assert planned["personal"]["values"][0]["longest"] == length
    told = [one["message"] for one in planned["warnings"] if one["field"] == "content.en.title"]
    is_told = any("with the longest values" in one and "xiaomi" in one for one in told)
    assert is_told is warned
    cut = await plan(clients, but(content=content, personal=True, options={"on_too_long": "truncate"}))
    assert not any("longest values" in one["message"] for one in cut["warnings"])
