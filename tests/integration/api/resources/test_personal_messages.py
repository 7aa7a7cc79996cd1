"""Personal messages through the API: their fields are checked, stored, shown and changed."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.bodies import but
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal

APP = App("shop")
CONTENT = {
    "en": {
        "title": "Hi {{ name | default: 'friend' }}",
        "body": "{{ values.item }} is for {{ user.city }}",
        "url": "https://shop.example/{{ values.item }}",
    },
    "de": {"title": "Hallo", "body": "{{ values.item }}"},
}
PLAIN = {"en": {"title": "Hi", "body": "New"}, "de": {"title": "Hallo", "body": "Neu"}}
PERSONAL = {
    "content": CONTENT,
    "default_language": "en",
    "personal": True,
    "on_missing": "fallback",
    "fallback": PLAIN,
    "values": {"item": "A hat"},
    "user_values": {"ann": {"item": "A coat"}},
}


async def warnings(clients: ApiClients, **fields: object) -> dict[str, str]:
    answer = await clients.shop.post("/v1/messages", json=but(**fields))
    assert answer.status_code == 202, answer.text
    return {one["field"]: one["message"] for one in answer.json()["warnings"]}


async def errors(clients: ApiClients, **fields: object) -> dict[str, str]:
    answer = await clients.shop.post("/v1/messages", json=but(**fields))
    assert answer.status_code == 422, answer.text
    return {one["field"]: one["message"] for one in answer.json()["errors"]}


@pytest.mark.parametrize("audience", [{"all": True}, {"terminals": ["t1"]}])
async def test_what_a_personal_message_brings_is_stored_and_shown(
    clients: ApiClients, audience: dict[str, Any]
) -> None:
    answer = await clients.shop.post("/v1/messages", json=but(**PERSONAL, audience=audience))
    assert answer.status_code == 202, answer.text
    shown = (await clients.shop.get(f"/v1/messages/{answer.json()['id']}")).json()
    for message in (answer.json(), shown):
        assert message["personal"] is True
        assert message["content"]["en"]["title"] == CONTENT["en"]["title"]
        assert (message["on_missing"], message["values"]) == ("fallback", PERSONAL["values"])
        assert message["user_values"] == PERSONAL["user_values"]
        assert message["fallback"]["de"]["body"] == "Neu"


async def test_other_messages_are_not_personal_and_are_warned_of_placeholders(clients: ApiClients) -> None:
    content = {"en": {"title": "{{ name }}", "body": "b"}}
    found = await warnings(clients, content=content)
    assert 'only "personal": true fills them in' in found["content.en.title"]
    answer = await clients.shop.post("/v1/messages", json=but())
    assert answer.json()["personal"] is False
    assert "values" not in answer.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on_missing", "leave_out"),
        ("fallback", PLAIN),
        ("values", {"a": 1}),
        ("user_values", {"ann": {"a": 1}}),
    ],
)
async def test_fields_without_an_effect_are_refused(clients: ApiClients, field: str, value: object) -> None:
    found = await errors(clients, **{field: value})
    assert 'has no effect without "personal": true' in found[field]


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"content": {"en": {"title": "{{ name", "body": "b"}}}, "content.en.title", "at character 1"),
        (
            {"content": {"en": {"title": "t", "body": "b", "url": "https://{{ name }}/"}}},
            "content.en.url",
            "",
        ),
        (
            {"content": {"en": {"title": "t", "body": "b", "url": "javascript:{{ name }}"}}},
            "content.en.url",
            "",
        ),
        ({"fallback": None}, "fallback", "has no content in en"),
        ({"on_missing": None}, "fallback", 'has no effect without "on_missing": "fallback"'),
        ({"fallback": {"en": PLAIN["en"]}}, "fallback", "has no content in de"),
        ({"fallback": {**PLAIN, "fr": PLAIN["en"]}}, "fallback.fr", "is none of content's languages"),
        ({"values": {}, "user_values": {}}, "content.en", "which the message brings for nobody"),
        (
            {"audience": {"tokens": [{"vendor": "apns", "token": "ab" * 32}]}},
            "user_values",
            "push tokens have no users",
        ),
        ({"values": {"no name": 1}}, "values.no name", "is no attribute's name"),
        ({"values": {f"v{number}": 1 for number in range(33)}}, "values", ""),
    ],
    ids=str,
)
async def test_a_personal_message_that_cannot_be_filled_is_refused(
    clients: ApiClients, changes: dict[str, object], field: str, told: str
) -> None:
    found = await errors(clients, **{**PERSONAL, **changes})
    assert field in found
    assert told in found[field]


async def test_a_link_with_a_placeholder_is_refused_where_it_is_not_filled_in(clients: ApiClients) -> None:
    content = {"en": {"title": "t", "body": "b", "url": "https://shop.example/{{ name }}"}}
    assert "without spaces" in (await errors(clients, content=content))["content.en.url"]


async def test_what_has_no_effect_is_warned_of(clients: ApiClients) -> None:
    found = await warnings(
        clients,
        content={"en": {"title": "t", "body": "b"}},
        personal=True,
        values={"a": 1},
        user_values={"ann": {"a": 2}, "bob": {"a": 3}},
        audience={"users": ["ann"]},
    )
    assert "no content has a placeholder" in found["personal"]
    assert "no content shows {{ values.a }}" in found["values.a"]
    assert "names a user whom the audience does not name" in found["user_values"]


async def test_placeholders_in_options_are_warned_of(clients: ApiClients) -> None:
    options = {"apns": {"subtitle": "For {{ name }}", "loc_key": "k", "loc_args": ["{{ name }}"]}}
    found = await warnings(clients, **PERSONAL, options=options)
    assert [field for field in found if field.startswith("options.apns")] == ["options.apns.subtitle"]
    assert "only those of content are filled in" in found["options.apns.subtitle"]


async def test_vendors_for_which_long_values_are_too_long_are_named(clients: ApiClients) -> None:
    content = {"en": {"title": "A long greeting to you, {{ name }}", "body": "b"}}
    found = await warnings(clients, content=content, personal=True)
    assert "may be too long with the longest values (name of 32 characters)" in found["content.en.title"]
    assert "xiaomi" in found["content.en.title"]
    truncated = await warnings(clients, content=content, personal=True, options={"on_too_long": "truncate"})
    assert "content.en.title" not in truncated


async def test_the_longest_value_of_all_terminals_counts(clients: ApiClients, clock: SetClock) -> None:
    content = {"en": {"title": "{{ name }}", "body": "b"}}
    assert "content.en.title" not in await warnings(clients, content=content, personal=True)
    named = Terminal("long", "apns", "long", "en", attributes={"name": "x" * 60})
    await clients.context.stores.registry.register(APP, [named])
    clock.advance(11)
    found = await warnings(clients, content=content, personal=True)
    assert "(name of 60 characters)" in found["content.en.title"]


async def test_a_content_that_is_too_long_for_all_is_refused_whatever_the_values(clients: ApiClients) -> None:
    content = {"en": {"title": "t", "body": "{{ name }}", "data": {"k": "x" * 4096}}}
    assert await errors(clients, content=content, personal=True)


async def test_a_fallback_is_checked_like_a_content(clients: ApiClients) -> None:
    fields = {
        "personal": True,
        "on_missing": "fallback",
        "content": {"en": {"title": "{{ name }}", "body": "b"}},
        "fallback": {"en": {"title": "t" * 60, "body": "{{ name }}"}},
    }
    found = await warnings(clients, **fields)
    assert "a fallback has none" in found["fallback.en.body"]
    assert "has 60 characters" in found["fallback.en.title"]


@pytest.mark.parametrize("audience", [{"all": True}, {"terminals": ["t1"]}])
async def test_a_changed_content_stays_personal(clients: ApiClients, audience: dict[str, Any]) -> None:
    later = (clients.context.clock.now() + timedelta(hours=1)).isoformat()
    answer = await clients.shop.post("/v1/messages", json=but(**PERSONAL, audience=audience, push_time=later))
    path = f"/v1/messages/{answer.json()['id']}"
    wrong = {"content": {"en": {"title": "{{ name", "body": "b"}, "de": PLAIN["de"]}}
    assert (await clients.shop.patch(path, json=wrong)).status_code == 422
    without_german = {"content": {"en": CONTENT["en"]}}
    refused = await clients.shop.patch(path, json=without_german)
    assert refused.json()["errors"][0]["field"] == "fallback.de"
    right = {"content": {"en": {"title": "{{ name | upper }}", "body": "b"}, "de": PLAIN["de"]}}
    changed = await clients.shop.patch(path, json=right)
    assert changed.status_code == 200, changed.text
    assert changed.json()["personal"] is True
    assert changed.json()["content"]["en"]["title"] == "{{ name | upper }}"


async def scheduled(clients: ApiClients, **fields: object) -> str:
    """The path of a message that is due in an hour."""
    later = (clients.context.clock.now() + timedelta(hours=1)).isoformat()
    answer = await clients.shop.post("/v1/messages", json=but(**fields, push_time=later))
    assert answer.status_code == 202, answer.text
    return f"/v1/messages/{answer.json()['id']}"


@pytest.mark.parametrize("audience", [{"all": True}, {"users": ["ann"]}])
async def test_what_a_message_brings_is_changed_field_by_field(
    clients: ApiClients, audience: dict[str, Any]
) -> None:
    path = await scheduled(clients, **PERSONAL, audience=audience)
    await clients.shop.patch(path, json={"values": {"item": "A scarf"}})
    shown = (await clients.shop.get(path)).json()
    assert (shown["values"], shown["user_values"]) == ({"item": "A scarf"}, PERSONAL["user_values"])
    await clients.shop.patch(path, json={"user_values": {}, "fallback": {**PLAIN, "en": PLAIN["de"]}})
    shown = (await clients.shop.get(path)).json()
    assert (shown["user_values"], shown["fallback"]["en"]["title"]) == ({}, "Hallo")
    left_out = (await clients.shop.patch(path, json={"on_missing": "leave_out"})).json()
    assert (left_out["on_missing"], "fallback" in left_out) == ("leave_out", False)
    assert left_out["values"] == {"item": "A scarf"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"values": {}, "user_values": {}}, "content.en"),
        ({"fallback": {"en": PLAIN["en"]}}, "fallback"),
        ({"on_missing": "leave_out", "fallback": PLAIN}, "fallback"),
        ({"personal": False}, "personal"),
        ({"audience": {"tokens": [{"vendor": "apns", "token": "ab" * 32}]}}, "user_values"),
    ],
)
async def test_a_change_that_cannot_be_filled_is_refused(
    clients: ApiClients, change: dict[str, Any], field: str
) -> None:
    path = await scheduled(clients, **(PERSONAL | {"on_missing": "fallback"}))
    answer = await clients.shop.patch(path, json=change)
    assert answer.status_code == 422, answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]


async def test_a_plain_message_becomes_personal_and_plain_again(clients: ApiClients) -> None:
    path = await scheduled(clients)
    refused = await clients.shop.patch(path, json={"values": {"item": "A hat"}})
    assert [one["field"] for one in refused.json()["errors"]] == ["values"]
    own = {"content": {"en": CONTENT["en"]}, "values": {"item": "A hat"}}
    changed = await clients.shop.patch(path, json={"personal": True, **own})
    assert changed.json()["personal"] is True, changed.text
    back = await clients.shop.patch(path, json={"personal": False, "content": {"en": PLAIN["en"]}})
    assert back.json()["personal"] is False
