"""No look at a message reads more than what the answer shows: a listed audience has its own key,
pages end in time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Monitor
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import Content, Message
from pushgate.domain.message_id import new_id
from pushgate.tracking.messages import PAGE_BYTES

CONTENT = {"en": {"title": "Sale", "body": "Today only"}}
COUNT = 600
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "sv", "fi", "cs", "hu", "ro", "tr")
AUDIENCES: dict[str, dict[str, list[object]]] = {
    "terminals": {"terminals": [f"t{n}" for n in range(COUNT)]},
    "users": {"users": [f"u{n}" for n in range(COUNT)]},
    "tokens": {"tokens": [{"vendor": "apns", "token": f"{n:064x}", "language": "en"} for n in range(COUNT)]},
}


async def create(clients: ApiClients, audience: object, **more: object) -> str:
    answer = await clients.shop.post("/v1/messages", json={"content": CONTENT, "audience": audience, **more})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@asynccontextmanager
async def audience_reads(redis: Redis) -> AsyncIterator[list[str]]:
    """The commands by which Redis is asked for pieces of audiences meanwhile."""
    found: list[str] = []

    async def collect(monitor: Monitor) -> None:
        while "ECHO" not in (command := str((await monitor.next_command())["command"])):
            if command.startswith(("LINDEX", "LRANGE", "lindex", "lrange")) and ":audience:" in command:
                found.append(command)

    async with redis.monitor() as monitor:
        collecting = asyncio.create_task(collect(monitor))
        yield found
        await redis.echo("done")
        await collecting


@pytest.mark.parametrize("kind", AUDIENCES)
async def test_no_look_at_a_message_reads_its_audience(
    clients: ApiClients, redis: Redis, clock: SetClock, kind: str
) -> None:
    message_id = await create(clients, AUDIENCES[kind])
    async with audience_reads(redis) as found:
        await look_at(clients, clock, message_id, kind)
    assert found == []
    kept = await redis.hgetall(f"{{q}}:message:{message_id}")
    assert sum(map(len, kept.values())) < 2000


async def look_at(clients: ApiClients, clock: SetClock, message_id: str, kind: str) -> None:
    """Look at a message in all ways, report on it, and stop it."""
    callback = clients.context.callbacks.sign("shop", message_id)
    shown = (await clients.shop.get(f"/v1/messages/{message_id}")).json()
    assert shown["audience"] == {kind: COUNT}
    assert (await clients.shop.get("/v1/messages")).json()["messages"] == [shown]
    report = {"token": callback, "terminal": "t1"}
    for answer in (
        await clients.shop.get(f"/v1/messages/{message_id}/results"),
        await clients.shop.get(f"/v1/messages/{message_id}/terminals"),
        await clients.anyone.post("/v1/callbacks/click", json=report),
        await clients.shop.post(f"/v1/messages/{message_id}/cancel"),
        await clients.shop.post(f"/v1/messages/{message_id}/recall"),
    ):
        assert answer.status_code < 300, answer.text
    await clients.context.stores.lifecycle.unfinished(clock.now(), clock.now(), 10)
    await clients.context.stores.lifecycle.settling(clock.now(), clock.now(), 10)
    await clients.context.stores.claims.claim(clock.now(), timedelta(seconds=1), "scheduler", 10)


@pytest.mark.parametrize(("kind", "most"), [("terminals", 3), ("users", 3), ("tokens", 0)])
async def test_a_change_reads_no_more_of_an_audience_than_it_looks_up(
    clients: ApiClients, redis: Redis, kind: str, most: int
) -> None:
    message_id = await create(clients, AUDIENCES[kind])
    async with audience_reads(redis) as found:
        answer = await clients.shop.patch(f"/v1/messages/{message_id}", json={"content": CONTENT})
    assert answer.status_code == 200
    assert len(found) <= most


@pytest.mark.parametrize("kind", AUDIENCES)
async def test_an_audience_is_listed_whole_when_it_is_asked_for(clients: ApiClients, kind: str) -> None:
    listed = AUDIENCES[kind][kind]
    message_id = await create(clients, {kind: [*listed[:-1], listed[0]]})
    whole = (await clients.shop.get(f"/v1/messages/{message_id}?include=audience")).json()
    assert whole["audience"] == {kind: listed[:-1]}


async def test_everyone_has_no_list(clients: ApiClients) -> None:
    message_id = await create(clients, {"all": True})
    whole = (await clients.shop.get(f"/v1/messages/{message_id}?include=audience")).json()
    assert whole["audience"] == {"all": True}


async def test_an_audience_is_kept_as_long_as_its_message(
    clients: ApiClients, redis: Redis, clock: SetClock
) -> None:
    soon, late = (
        (clock.now() + timedelta(days=days)).isoformat().replace("+00:00", "Z") for days in (1, 300)
    )
    message_id = await create(clients, AUDIENCES["terminals"], push_time=soon)
    keys = [f"{{q}}:message:{message_id}", f"{{q}}:audience:{message_id}"]
    first = [await redis.pexpiretime(key) for key in keys]
    assert first[0] == first[1] > 0
    assert (
        await clients.shop.patch(f"/v1/messages/{message_id}", json={"push_time": late})
    ).status_code == 200
    later = [await redis.pexpiretime(key) for key in keys]
    assert later[0] == later[1] > first[0]
    await clients.shop.post(f"/v1/messages/{message_id}/cancel")
    assert [await redis.pexpiretime(key) for key in keys] == later
    whole = (await clients.shop.get(f"/v1/messages/{message_id}?include=audience")).json()
    assert len(whole["audience"]["terminals"]) == COUNT


async def test_a_message_has_a_bound_in_all_languages_together(clients: ApiClients) -> None:
    many = {name: {"title": "t", "body": "b" * 4000} for name in LANGUAGES}
    answer = await clients.shop.post("/v1/messages", json={"content": many, "audience": {"all": True}})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["field"] == "content"
    assert "at most 50,000 are taken" in fault["message"]
    later = (clients.context.clock.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    message_id = await create(clients, {"all": True}, push_time=later)
    changed = await clients.shop.patch(f"/v1/messages/{message_id}", json={"content": many})
    assert (changed.status_code, changed.json()["errors"]) == (422, [fault])


async def test_a_page_of_long_messages_ends_early_and_the_next_goes_on(
    clients: ApiClients, clock: SetClock
) -> None:
    stored = []
    for _ in range(7):
        now = clock.now()
        content = {"en": Content("t", "b" * (PAGE_BYTES // 2))}
        message = Message(new_id(now), "shop", content, "en", now, now, AudienceSummary())
        stored.append((await clients.context.stores.messages.put(message)).id)
        clock.advance(1)
    seen: list[str] = []
    cursor: str | None = None
    for expected in (2, 2, 2, 1):
        page = await clients.context.stores.tracked.messages.page(App("shop"), None, cursor, 100)
        cursor = page.next_cursor
        assert len(page.messages) == expected
        seen += [entry.id for entry in page.messages]
    assert cursor is None
    assert seen == stored[::-1]
