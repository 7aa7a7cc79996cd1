"""Options, addresses and subscriptions that a vendor does not take are refused with the reason."""

import json
from typing import Any

import pytest
from tests.support.api.bodies import SHORT_CONTENT
from tests.support.api.clients import ApiClients

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.vendors.webpush_browsers import Browsers


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"url": "https://a.example", "data": {"url": "javascript:alert(1)"}}, "content.en.data.url"),
        ({"url": "https:x"}, "content.en.url"),
        ({"url": "https://"}, "content.en.url"),
        ({"url": "Https://x"}, "content.en.url"),
        ({"url": "shop:"}, "content.en.url"),
        ({"url": "vbscript:x"}, "content.en.url"),
        ({"url": "blob:https://x"}, "content.en.url"),
        ({"url": "view-source:https://x"}, "content.en.url"),
        ({"url": "https://user:pw@x"}, "content.en.url"),
        ({"image": "https://user:pw@x/i.png"}, "content.en.image"),
        ({"image": "cat.png"}, "content.en.image"),
        ({"title": "t" * 1001}, "content.en.title"),
    ],
)
async def test_faults_name_the_field_and_what_to_do(
    clients: ApiClients, content: dict[str, object], field: str
) -> None:
    body = {"content": {"en": {"title": "t", "body": "b", **content}}, "audience": {"all": True}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["field"] == field
    assert not any(jargon in fault["message"] for jargon in ("pattern", "items", "validation"))


@pytest.mark.parametrize(
    ("vendor", "options", "field"),
    [
        ("fcm", {"webpush": {"link": "https://user@x"}}, "webpush.link"),
        ("fcm", {"apns": {"image": "file:///x"}}, "apns.image"),
        ("fcm", {"color": "red"}, "color"),
        ("huawei", {"url": "https://"}, "url"),
        ("huawei", {"intent": "javascript:x"}, "intent"),
        ("huawei", {"category": "im"}, "category"),
        ("harmony", {"uri": "vbscript:x"}, "uri"),
        ("honor", {"url": "http://x"}, "url"),
        ("xiaomi", {"intent_uri": "data:x,y"}, "intent_uri"),
        ("oppo", {"url": "ftp://x"}, "url"),
        ("vivo", {"page": "javascript:x"}, "page"),
        ("meizu", {"url": "https://user:pw@x"}, "url"),
        ("webpush", {"icon": "http://x/i.png"}, "icon"),
        ("webpush", {"topic": "a b"}, "topic"),
    ],
)
async def test_vendors_options_are_held_to_the_same_addresses_and_words(
    clients: ApiClients, vendor: str, options: dict[str, object], field: str
) -> None:
    body = {"content": SHORT_CONTENT, "audience": {"all": True}, "options": {vendor: options}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["field"] == f"options.{vendor}.{field}"
    assert not any(jargon in fault["message"] for jargon in ("pattern", "String", "^", "pw"))


async def test_what_may_be_chosen_is_told_in_plain_words(clients: ApiClients) -> None:
    message_id = (
        await clients.shop.post("/v1/messages", json={"content": SHORT_CONTENT, "audience": {"all": True}})
    ).json()["id"]
    retried = await clients.shop.post(f"/v1/messages/{message_id}/retry", json={"states": ["bad"]})
    listed = await clients.shop.get(f"/v1/messages/{message_id}/terminals", params={"format": "bad"})
    for answer, chosen in (
        (retried, "'invalid', 'rejected' or 'expired'"),
        (listed, "'json', 'ndjson' or 'csv'"),
    ):
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert fault["message"] == f"must be {chosen}"
    webpush = {"vendor": "webpush", "token": '{"endpoint": "http://x"}'}
    refused = await clients.shop.put("/v1/terminals/t", json=webpush)
    assert "subscription's JSON" in refused.json()["errors"][0]["message"]


def subscribed(credentials: Credentials, endpoint: str = "", p256dh: str = "", auth: str = "") -> str:
    """A browser's subscription, other in these parts."""
    good: dict[str, Any] = Browsers(credentials).named("browser").subscription()
    keys = {"p256dh": p256dh or good["keys"]["p256dh"], "auth": auth or good["keys"]["auth"]}
    return json.dumps({"endpoint": endpoint or good["endpoint"], "keys": keys})


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"p256dh": "B" + "A" * 86}, "no point on the curve"),
        ({"auth": "A" * 20}, "15 bytes; it has 16"),
        ({"endpoint": "https://push.example.com/x#y"}, "#fragment"),
        ({"endpoint": "https://push.example.com:99999/x"}, "port"),
        ({"endpoint": "https://permanently-removed.invalid/fcm/send/x"}, "no push service"),
    ],
)
async def test_subscription_that_could_never_be_pushed_to_is_refused_wherever_it_comes_in(
    clients: ApiClients, credentials: Credentials, parts: dict[str, str], told: str
) -> None:
    address = {"vendor": "webpush", "token": subscribed(credentials, **parts)}
    (fault,) = (await clients.shop.put("/v1/terminals/t", json=address)).json()["errors"]
    assert (fault["field"], told in fault["message"]) == ("token", True)
    line = json.dumps({"id": "t", **address})
    headers = {"Content-Type": "application/x-ndjson"}
    imported = await clients.shop.post("/v1/terminals:import", content=line, headers=headers)
    assert told in imported.text
    body = {"content": SHORT_CONTENT, "audience": {"tokens": [address]}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], told in fault["message"]) == ("audience.tokens.0.token", True)


async def test_a_collapse_key_has_no_space_around_it(clients: ApiClients) -> None:
    body = {"content": SHORT_CONTENT, "audience": {"all": True}, "options": {"collapse_key": " sale"}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.json()["errors"][0]["field"] == "options.collapse_key"
