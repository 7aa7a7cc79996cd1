"""Messages found by their words and by when they were created, small and large."""

from datetime import datetime, timedelta

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.tracking import message_search

LARGE: dict[str, object] = {"all": True}
SMALL: dict[str, object] = {"terminals": ["a"]}


async def create(clients: ApiClients, title: str, body: str, audience: dict[str, object]) -> str:
    content = {"en": {"title": title, "body": body}, "zh": {"title": "特卖", "body": "仅限今天"}}
    answer = await clients.shop.post("/v1/messages", json={"content": content, "audience": audience})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def find(clients: ApiClients, **query: str | int) -> list[str]:
    """The ids of all pages."""
    ids, cursor = list[str](), None
    while True:
        params = query | ({"cursor": cursor} if cursor else {})
        answer = await clients.reader.get("/v1/messages", params=params)
        assert answer.status_code == 200, answer.text
        ids += [one["id"] for one in answer.json()["messages"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return ids


@pytest.fixture
async def made(clients: ApiClients, clock: SetClock) -> dict[str, tuple[str, datetime]]:
    """Four messages, a minute apart: id and time of creation by name."""
    found: dict[str, tuple[str, datetime]] = {}
    for name, title, body, audience in (
        ("sale", "Summer SALE", "All shoes", LARGE),
        ("parcel", "Your parcel", "It arrives today", SMALL),
        ("shoes", "New shoes", "Straße 5", SMALL),
        ("news", "News", "This week's sale of shoes", LARGE),
    ):
        clock.advance(60)
        found[name] = (await create(clients, title, body, audience), clock.at)
    return found


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("sale", ["news", "sale"]),
        ("shoes  SALE", ["news", "sale"]),
        ("STRASSE", ["shoes"]),
        ("仅限", ["news", "shoes", "parcel", "sale"]),
        ("car", []),
    ],
)
async def test_all_words_are_part_of_title_or_body(
    clients: ApiClients, made: dict[str, tuple[str, datetime]], words: str, names: list[str]
) -> None:
    for limit in (1, 100):
        assert await find(clients, q=words, limit=limit) == [made[name][0] for name in names]


async def test_an_id_finds_its_message(clients: ApiClients, made: dict[str, tuple[str, datetime]]) -> None:
    for message_id, _ in made.values():
        assert await find(clients, q=message_id.upper()) == [message_id]


async def test_messages_are_found_by_when_they_were_created(
    clients: ApiClients, made: dict[str, tuple[str, datetime]]
) -> None:
    parcel, shoes = made["parcel"], made["shoes"]
    after, before = parcel[1].isoformat(), made["news"][1].isoformat()
    for limit in (1, 100):
        found = await find(clients, created_after=after, created_before=before, limit=limit)
        assert found == [shoes[0], parcel[0]]
    assert await find(clients, created_before=after) == [made["sale"][0]]
    assert await find(clients, created_after=after, q="shoes") == [
        made["news"][0],
        shoes[0],
    ]


async def test_a_page_looks_at_a_bounded_number_of_messages_and_leads_on(
    clients: ApiClients, made: dict[str, tuple[str, datetime]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_search, "_AT_ONCE", 1)
    monkeypatch.setattr(message_search, "MAX_LOOKED_AT", 2)
    page = (await clients.reader.get("/v1/messages", params={"q": "summer"})).json()
    assert (page["messages"], page["next_cursor"] is None) == ([], False)
    assert await find(clients, q="summer") == [made["sale"][0]]


async def test_a_period_without_a_moment_and_too_many_words_are_refused(
    clients: ApiClients, clock: SetClock
) -> None:
    now, later = clock.at.isoformat(), (clock.at + timedelta(seconds=1)).isoformat()
    for query, field in (
        ({"created_after": later, "created_before": now}, "created_before"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"q": "x" * 101}, "q"),
    ):
        answer = await clients.reader.get("/v1/messages", params=query)
        assert (answer.status_code, bad_fields(answer)) == (422, {field}), answer.text
