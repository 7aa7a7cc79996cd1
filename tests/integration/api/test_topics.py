"""Topics and conditions among the tokens of a message."""

from typing import Any

import pytest
from tests.support.api.bodies import SHORT_CONTENT
from tests.support.api.clients import ApiClients


def to_topic(body: str, **options: object) -> dict[str, Any]:
    tokens = [{"vendor": "fcm", "token": "/topics/news"}]
    return {
        "content": {"en": {"title": "t", "body": body}},
        "audience": {"tokens": tokens},
        "options": options,
    }


@pytest.mark.parametrize("token", ["/topics/all", "'a' in topics", "!('nobody' in topics)"])
async def test_a_topic_is_no_terminal(clients: ApiClients, token: str) -> None:
    """Tokens come from client devices: a push to one user must not go to everybody."""
    answer = await clients.shop.put(
        "/v1/terminals/evil", json={"vendor": "fcm", "token": token, "user": "mallory"}
    )
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], "audience.tokens" in fault["message"]) == ("token", True)
    line = b'{"id": "evil", "vendor": "fcm", "token": "%s"}' % token.encode()
    imported = await clients.shop.post(
        "/v1/terminals:import", content=line, headers={"Content-Type": "application/x-ndjson"}
    )
    assert imported.json()["failed"] == 1


async def test_what_topics_do_not_take_is_refused_or_cut(clients: ApiClients) -> None:
    """2,048 bytes. See docs/reference/vendors/fcm.md#limits."""
    for options in ({}, {"on_too_long": "refuse"}):
        answer = await clients.shop.post("/v1/messages", json=to_topic("b" * 2500, **options))
        assert answer.status_code == 422, "no vendor that is meant could carry it"
        assert "topic" in answer.json()["errors"][0]["message"]
    answer = await clients.shop.post("/v1/messages", json=to_topic("b" * 2500, on_too_long="truncate"))
    assert (answer.status_code, answer.json()["warnings"]) == (202, [])
    mixed = to_topic("b" * 2500)
    mixed["audience"]["tokens"].append({"vendor": "fcm", "token": "a-device"})
    answer = await clients.shop.post("/v1/messages", json=mixed)
    assert answer.status_code == 202, "the device takes it"
    assert "(fcm topics)" in answer.json()["warnings"][0]["message"]


async def test_condition_whose_parentheses_do_not_match_is_refused(clients: ApiClients) -> None:
    tokens = [{"vendor": "fcm", "token": "('a' in topics && 'b' in topics"}]
    answer = await clients.shop.post(
        "/v1/messages", json={"content": SHORT_CONTENT, "audience": {"tokens": tokens}}
    )
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], "parentheses" in fault["message"]) == ("audience.tokens.0.token", True)


async def test_number_at_the_icon_that_fcm_cannot_clear_is_warned_of(clients: ApiClients) -> None:
    tokens = [{"vendor": "fcm", "token": "a-device"}]
    for badge, warned in ((0, True), (1, False)):
        body = {"content": SHORT_CONTENT, "audience": {"tokens": tokens}, "options": {"badge": badge}}
        answer = await clients.shop.post("/v1/messages", json=body)
        assert answer.status_code == 202
        assert any(w["field"] == "options.badge" for w in answer.json()["warnings"]) == warned


async def test_long_title_to_a_topic_is_cut_where_that_is_wanted(clients: ApiClients) -> None:
    """2,048 bytes; a title alone can have more. See docs/reference/vendors/fcm.md#limits."""
    body = to_topic("b" * 100, on_too_long="truncate")
    body["content"]["en"]["title"] = "\u4e2d" * 1000
    answer = await clients.shop.post("/v1/messages", json=body)
    assert (answer.status_code, answer.json().get("warnings")) == (202, []), answer.text
