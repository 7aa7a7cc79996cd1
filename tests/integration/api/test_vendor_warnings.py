"""Warnings of what single vendors do not carry, or carry in another way."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.bodies import SHORT_CONTENT
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock


async def test_content_is_measured_with_the_callback_token_that_it_will_have(clients: ApiClients) -> None:
    """Vivo takes 1,024 characters of data, keys and values. See
    docs/reference/vendors/vivo.md#limits.
    """
    token = clients.context.callbacks.sign("shop", "0" * 30)
    room = 1024 - len("pushgate") - len(token) - len("k")
    body: dict[str, Any] = {"audience": {"tokens": [{"vendor": "vivo", "token": "abcdef"}]}}
    for length, status in ((room, 202), (room + 1, 422)):
        body["content"] = {"en": {"title": "t", "body": "b", "data": {"k": "v" * length}}}
        answer = await clients.shop.post("/v1/messages", json=body)
        assert answer.status_code == status, answer.text


async def test_a_change_is_answered_with_warnings_as_a_creation_is(
    clients: ApiClients, clock: SetClock
) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    body = {"content": SHORT_CONTENT, "audience": {"all": True}, "push_time": later}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    longer = {"content": {"en": {"title": "t" * 60, "body": "b"}}}
    answer = await clients.shop.patch(f"/v1/messages/{message_id}", json=longer)
    assert answer.status_code == 200
    assert any("(xiaomi)" in warning["message"] for warning in answer.json()["warnings"])
    empty = await clients.shop.patch(f"/v1/messages/{message_id}", json={"content": None})
    assert empty.status_code == 422, "it names nothing to change"


@pytest.mark.parametrize(
    ("vendor", "warned"), [("vivo", True), ("xiaomi", True), ("meizu", True), ("oppo", False)]
)
async def test_number_at_the_icon_is_warned_of_where_the_vendor_sets_none(
    clients: ApiClients, vendor: str, warned: bool
) -> None:
    tokens = [{"vendor": vendor, "token": "abcdefgh"}]
    body = {
        "content": SHORT_CONTENT,
        "audience": {"tokens": tokens},
        "options": {"badge": 3, "category": "order"},
    }
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 202
    assert any(w["field"] == "options.badge" for w in answer.json()["warnings"]) == warned


async def one_terminal(clients: ApiClients) -> None:
    """Somebody whom a message to all reaches."""
    registered = await clients.shop.put("/v1/terminals/t-1", json={"vendor": "fcm", "token": "token-1"})
    assert registered.status_code == 201, registered.text


@pytest.mark.parametrize("key", ["促销", "sale now", "k" * 64])
async def test_any_collapse_key_goes_to_all_vendors(clients: ApiClients, key: str) -> None:
    await one_terminal(clients)
    options = {"collapse_key": key, "category": "order"}
    body = {"content": SHORT_CONTENT, "audience": {"all": True}, "options": options}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert (answer.status_code, answer.json()["warnings"]) == (202, [])


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ({}, True),
        ({"category": "order"}, False),
        ({"category": "marketing"}, False),
        ({"meizu": {"private": False}}, False),
    ],
)
async def test_push_without_a_category_is_warned_of_where_it_becomes_marketing(
    clients: ApiClients, options: dict[str, object], warned: bool
) -> None:
    tokens = [{"vendor": "meizu", "token": "abcdef"}]
    body = {"content": SHORT_CONTENT, "audience": {"tokens": tokens}, "options": options}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 202
    fields = [warning["field"] for warning in answer.json()["warnings"]]
    assert fields == (["options.category"] if warned else [])


MARKETING = (
    "is not set: the push is taken for marketing, which is limited and shown without sound; name a category"
)


WITHOUT_NUMBER = "has no effect: the vendor sets no number at the icon"


async def test_vendors_of_which_the_same_is_told_share_one_warning(clients: ApiClients) -> None:
    """In both languages, and by refusals as by warnings."""
    await one_terminal(clients)
    both = {"en": SHORT_CONTENT["en"], "fr": SHORT_CONTENT["en"]}
    body = {"content": both, "audience": {"all": True}, "options": {"badge": 3}}
    answer = await clients.shop.post("/v1/messages", json=body)
    told = [warning for warning in answer.json()["warnings"] if "xiaomi.channel_id" not in warning["message"]]
    assert told == [
        {"field": "options.category", "message": f"{MARKETING} (harmony, honor, huawei, meizu, oppo, vivo)"},
        {"field": "options.badge", "message": f"{WITHOUT_NUMBER} (meizu, vivo, xiaomi)"},
    ]
    body["options"] = {"silent": True, "category": "order"}
    answer = await clients.shop.post("/v1/messages", json=body)
    shown = [
        warning["message"] for warning in answer.json()["warnings"] if "shows every" in warning["message"]
    ]
    assert shown == ["is not possible: the vendor shows every push (meizu, oppo, vivo, webpush)"]


async def test_a_silent_push_to_xiaomi_in_china_is_refused_with_the_reason(clients: ApiClients) -> None:
    options = {"silent": True}
    alone = {"tokens": [{"vendor": "xiaomi", "token": "abcdef"}]}
    refused = await clients.shop.post(
        "/v1/messages", json={"content": SHORT_CONTENT, "audience": alone, "options": options}
    )
    assert refused.status_code == 422
    assert [(fault["field"], "mainland China" in fault["message"]) for fault in refused.json()["errors"]] == [
        ("options.silent", True)
    ]
    among = {"tokens": [*alone["tokens"], {"vendor": "huawei", "token": "abcdef"}]}
    taken = await clients.shop.post(
        "/v1/messages", json={"content": SHORT_CONTENT, "audience": among, "options": options}
    )
    assert (taken.status_code, [warning["field"] for warning in taken.json()["warnings"]]) == (
        202,
        ["options.silent"],
    )
