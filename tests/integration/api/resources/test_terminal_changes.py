"""PUT replaces a terminal; PATCH changes what it names and keeps the rest, whatever others change
meanwhile.
"""

import asyncio
from typing import Any

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.parameters import readable

from pushgate.domain.app import App

FULL: dict[str, Any] = {
    "vendor": "apns",
    "token": "0f" * 32,
    "language": "zh-Hans",
    "user": "ann",
    "tags": ["vip"],
    "timezone": "Asia/Shanghai",
    "app_version": "1.2",
    "attributes": {"plan": "gold", "visits": 17},
    "last_seen": "2026-11-01T00:00:00.000Z",
}
PATH = "/v1/terminals/t"


async def read(clients: ApiClients) -> dict[str, Any]:
    found: dict[str, Any] = (await clients.shop.get(PATH)).json()
    return found


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"user": "bob"}, {"user": "bob"}),
        ({"user": None}, {"user": None}),
        ({"tags": ["a", "b"]}, {"tags": ["a", "b"]}),
        ({"tags": None}, {"tags": []}),
        ({"tags": {"add": ["a", "vip"]}}, {"tags": ["vip", "a"]}),
        ({"tags": {"add": ["a"], "remove": ["vip", "b"]}}, {"tags": ["a"]}),
        ({"attributes": {"plan": None, "beta": True}}, {"attributes": {"visits": 17, "beta": True}}),
        ({"attributes": {}}, {}),
        ({"attributes": None}, {"attributes": {}}),
        ({"app_version": None}, {"app_version": None}),
        ({"last_seen": "2026-11-02T08:00:00+08:00"}, {"last_seen": "2026-11-02T00:00:00.000Z"}),
        ({"timezone": None, "tags": []}, {"timezone": None, "tags": []}),
        ({"language": "en"}, {"language": "en"}),
        ({"language": None}, {"language": "en"}),
        ({"token": "AB" * 32}, {"token": "ab" * 32}),
        ({"vendor": "huawei", "token": "huawei-token-1"}, {"vendor": "huawei", "token": "huawei-token-1"}),
    ],
    ids=str,
)
async def test_a_change_keeps_what_it_does_not_name(
    clients: ApiClients, change: dict[str, Any], after: dict[str, Any]
) -> None:
    registered = await clients.shop.put(PATH, json=FULL)
    assert registered.status_code == 201
    answer = await clients.shop.patch(PATH, json=change)
    assert answer.status_code == 200, answer.text
    expected = registered.json() | after
    assert answer.json() == expected == await read(clients) | {"warnings": []}
    places = await clients.context.stores.locations.locate_tokens(App("shop"), [expected["token"]])
    assert places[0], "found by the token"
    assert places[0][0].group.vendor == expected["vendor"]
    assert places[0][0].group.language == expected["language"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, {"body"}),
        ({"colour": "red"}, {"colour"}),
        ({"token": None}, {"token"}),
        ({"vendor": None}, {"vendor"}),
        ({"token": "no hex"}, {"token"}),
        ({"vendor": "nokia"}, {"vendor"}),
        ({"timezone": "Mars", "language": "??"}, {"timezone", "language"}),
        ({"tags": "vip"}, {"tags"}),
        ({"tags": ["a", ""]}, {"tags.1"}),
        ({"tags": {"add": [""], "set": []}}, {"tags.add.0", "tags.set"}),
        ({"tags": {"add": ["a"], "remove": ["a"]}}, {"tags.remove.0"}),
        ({"attributes": {"plan": []}}, {"attributes.plan"}),
        ({"attributes": {f"a{n}": n for n in range(31)}}, {"attributes"}),
        ({"last_seen": None}, {"last_seen"}),
        ({"last_seen": "2099-01-01T00:00:00Z", "user": ""}, {"last_seen", "user"}),
    ],
    ids=readable,
)
async def test_a_bad_change_is_refused_and_changes_nothing(
    clients: ApiClients, change: dict[str, Any], fields: set[str]
) -> None:
    await clients.shop.put(PATH, json=FULL)
    before = await read(clients)
    answer = await clients.shop.patch(PATH, json=change)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == fields
    assert await read(clients) == before


async def test_changes_at_the_same_time_lose_none(clients: ApiClients) -> None:
    await clients.shop.put(PATH, json=FULL)
    before = await read(clients)
    changes = [
        {"user": "bob"},
        {"tags": {"add": ["x"]}},
        {"tags": {"add": ["y"]}},
        {"attributes": {"plan": None}},
        {"attributes": {"beta": True}},
        {"language": "en"},
        {"token": "1a" * 32},
    ]
    answers = await asyncio.gather(*(clients.shop.patch(PATH, json=change) for change in changes))
    assert [answer.status_code for answer in answers] == [200] * len(changes)
    after = await read(clients)
    assert sorted(after.pop("tags")) == ["vip", "x", "y"]
    before.pop("tags")
    merged = {"user": "bob", "language": "en", "token": "1a" * 32, "attributes": {"visits": 17, "beta": True}}
    assert after == before | merged
    assert await clients.context.stores.locations.locate_tokens(App("shop"), [FULL["token"]]) == [[]]


async def test_only_a_terminal_that_is_there_can_be_changed_and_put_erases_what_it_leaves_out(
    clients: ApiClients,
) -> None:
    assert (await clients.shop.patch(PATH, json={"user": "x"})).status_code == 404
    await clients.shop.put(PATH, json=FULL)
    await clients.shop.put(PATH, json={"vendor": "apns", "token": FULL["token"]})
    found = await read(clients)
    assert (found["user"], found["tags"], found["timezone"]) == (None, [], None)
    assert (found["attributes"], found["app_version"]) == ({}, None)
