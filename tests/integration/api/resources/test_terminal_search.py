"""Terminals are searched for by what an audience can name, and found by push token or id."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal

APP = App("shop")
TOKENS = {name: f"{number:064x}" for number, name in enumerate("abc", 10)}
EARLY, LATE = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def terminals(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(
        APP,
        [
            Terminal(
                id="a",
                vendor="apns",
                token=TOKENS["a"],
                language="en",
                user="ann",
                tags=("vip", "beta"),
                timezone="Asia/Tokyo",
                attributes={"age": 42, "code": "42", "adult": True},
                app_version="3.2",
                last_seen=EARLY,
                registered_at=EARLY,
            ),
            Terminal("b", "apns", TOKENS["b"], "en", user="ann", last_seen=LATE, registered_at=EARLY),
            Terminal("c", "fcm", "c:token", "zh-Hans", tags=("vip",), last_seen=LATE, registered_at=LATE),
        ],
    )
    await clients.shop.patch("/v1/users/ann", json={"attributes": {"plan": "gold"}})


async def _ids(clients: ApiClients, **query: str | int) -> list[str]:
    answer = await clients.shop.get("/v1/terminals", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next_cursor"] is None
    return sorted(terminal["id"] for terminal in answer.json()["terminals"])


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, "abc"),
        ({"user": "ann"}, "ab"),
        ({"user": "nobody"}, ""),
        ({"user": "ann", "tag": "vip"}, "a"),
        ({"tag": "vip"}, "ac"),
        ({"vendor": "apns"}, "ab"),
        ({"language": "zh"}, "c"),
        ({"timezone": "Asia/Tokyo"}, "a"),
        ({"app_version": "3.2"}, "a"),
        ({"seen_before": "2026-03-04"}, "a"),
        ({"seen_after": "2026-03-04"}, "bc"),
        ({"registered_after": "2026-01-02", "registered_before": "2026-03-04"}, "ab"),
        ({"attribute": "age", "equals": "42"}, "a"),
        ({"attribute": "code", "equals": "42"}, "a"),
        ({"attribute": "adult", "equals": "true"}, "a"),
        ({"attribute": "plan", "equals": "gold"}, "ab"),
        ({"attribute": "plan", "equals": "gold", "vendor": "fcm"}, ""),
    ],
    ids=str,
)
async def test_filters_hold_what_audiences_hold(clients: ApiClients, query: dict[str, str], ids: str) -> None:
    assert await _ids(clients, **query) == list(ids)


async def test_a_terminal_is_shown_as_it_is_by_itself(clients: ApiClients) -> None:
    found = await clients.shop.get("/v1/terminals", params={"tag": "beta"})
    itself = await clients.shop.get("/v1/terminals/a")
    assert found.json()["terminals"] == [itself.json()]


async def test_pages_lead_from_one_to_the_next(clients: ApiClients) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = (await clients.shop.get("/v1/terminals", params=query)).json()
        seen += [terminal["id"] for terminal in page["terminals"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"vendor": "pigeon"}, {"vendor"}),
        ({"cursor": "x"}, {"cursor"}),
        ({"limit": "0"}, {"limit"}),
        ({"seen_before": "soon"}, {"seen_before"}),
        ({"seen_before": "2026-01-01", "seen_after": "2026-01-01"}, {"seen_before"}),
        ({"attribute": "age"}, {"equals"}),
        ({"equals": "42"}, {"attribute"}),
        ({"token": "x"}, {"token"}),
    ],
    ids=str,
)
async def test_a_bad_search_is_refused_by_field(
    clients: ApiClients, query: dict[str, str], fields: set[str]
) -> None:
    answer = await clients.shop.get("/v1/terminals", params=query)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == fields


@pytest.mark.parametrize(
    "body",
    [
        {"id": "a"},
        {"token": TOKENS["a"]},
        {"token": TOKENS["a"].upper()},
        {"token": TOKENS["a"].upper(), "vendor": "apns"},
    ],
)
async def test_a_terminal_is_found_by_token_or_id(clients: ApiClients, body: dict[str, str]) -> None:
    answer = await clients.shop.post("/v1/terminals:find", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == (await clients.shop.get("/v1/terminals/a")).json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "d"}, 404),
        ({"token": "f" * 64}, 404),
        ({"token": "c:token", "vendor": "webpush"}, 422),
        ({"token": TOKENS["a"], "id": "a"}, 422),
        ({"id": "a", "vendor": "apns"}, 422),
        ({}, 422),
    ],
    ids=str,
)
async def test_what_is_not_there_or_not_named_is_not_found(
    clients: ApiClients, body: dict[str, str], status: int
) -> None:
    answer = await clients.shop.post("/v1/terminals:find", json=body)
    assert answer.status_code == status, answer.text
    assert "token" not in body or body["token"] not in answer.text


async def test_another_app_finds_nothing(clients: ApiClients) -> None:
    assert (await clients.other.get("/v1/terminals")).json() == {"terminals": [], "next_cursor": None}
    answer = await clients.other.post("/v1/terminals:find", json={"token": TOKENS["a"]})
    assert answer.status_code == 404
