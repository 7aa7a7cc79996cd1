"""`/v1/events` over real sockets and without: polls, streams, scopes, and what is refused."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.api.served import head, serve
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.bundles.bundle_values import Verb
from pushgate.domain.app import App, Scope
from pushgate.domain.audience import Everyone
from pushgate.events import arrivals

APP = App("shop")


@pytest.fixture
async def world(redis: Redis, clock: SetClock, clients: ApiClients) -> ExplainedWorld:
    """A broadcast to one terminal is under way."""
    world = ExplainedWorld(redis, clock, large=True, app=APP)
    await world.register("phone", user="mira")
    return world


async def accept(world: ExplainedWorld) -> str:
    """The vendor takes a push."""
    message_id = await world.send(Everyone())
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("phone"))
    return message_id


async def ask(client: AsyncClient, **parameters: object) -> dict[str, Any]:
    """One answer of a poll."""
    answered = await client.get("/v1/events", params={name: str(one) for name, one in parameters.items()})
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


async def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110  # a count that nothing announces
            await asyncio.sleep(0.01)


async def test_a_reader_begins_now_and_goes_on(clients: ApiClients, world: ExplainedWorld) -> None:
    await accept(world)
    first = await ask(clients.shop)
    assert [event["type"] for event in first["events"]] == ["message.snapshot"], "of what is under way"
    message_id = await accept(world)
    answered = await ask(clients.shop, after=first["after"], types="terminal.*,message.sent", expand="true")
    (event,) = answered["events"]
    assert (event["type"], event["message"], event["terminal"], event["user"]) == (
        "terminal.accepted",
        message_id,
        "phone",
        "mira",
    )
    assert not answered["has_more"]
    assert (await ask(clients.shop, after=answered["after"], types="terminal.*"))["events"] == []
    again = await ask(clients.shop, after=first["after"], types="terminal.*", expand="true")
    assert again["events"] == [event]


async def test_a_poll_waits_for_an_event(clients: ApiClients, world: ExplainedWorld) -> None:
    after = (await ask(clients.shop))["after"]
    polls = [asyncio.create_task(ask(clients.shop, after=after, wait=60, types="terminal.*")) for _ in "ab"]
    done, _ = await asyncio.wait(polls, timeout=0.1)
    assert not done
    await accept(world)
    async with asyncio.timeout(20):
        for answered in await asyncio.gather(*polls):
            assert [event["terminals"] for event in answered["events"]] == [["phone"]]


async def test_a_poll_ends_with_the_process(clients: ApiClients) -> None:
    after = (await ask(clients.shop))["after"]
    poll = asyncio.create_task(ask(clients.shop, after=after, wait=60))
    await asyncio.wait([poll], timeout=0.05)
    await clients.context.arrivals.close()
    async with asyncio.timeout(10):
        assert (await poll)["events"] == []


async def test_a_poll_of_a_client_that_went_away_ends(clients: ApiClients) -> None:
    key = await clients.context.keys.create("shop", [Scope.READ])
    after = (await ask(clients.shop))["after"]
    async with serve(clients) as served:
        _, writer = await served.send(head("GET", f"/v1/events?after={after}&wait=60", key=key))
        known = clients.context.arrivals
        await eventually(lambda: known.readers(APP) == 1)
        writer.close()
        await eventually(lambda: known.readers(APP) == 0)


async def test_terminals_are_told_to_keys_that_may_read_them(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    after = (await ask(clients.reader))["after"]
    await accept(world)
    (event,) = (await ask(clients.reader, after=after, types="terminal.*"))["events"]
    assert (event["count"], event["terminals"]) == (1, None)
    refused = await clients.reader.get("/v1/events", params={"expand": "true"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"types": "terminal.sent"}, "types"),
        ({"types": ""}, "types"),
        ({"types": "*,terminal.gone"}, "types"),
        ({"after": "nowhere"}, "after"),
        ({"wait": "61"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"limit": "0"}, "limit"),
        ({"expand": "perhaps"}, "expand"),
        ({"since": "1"}, "since"),
    ],
)
async def test_what_cannot_be_is_refused(clients: ApiClients, parameters: dict[str, str], field: str) -> None:
    refused = await clients.shop.get("/v1/events", params=parameters)
    assert refused.status_code == 422
    assert field in bad_fields(refused)


async def test_a_cursor_of_another_app_is_refused(clients: ApiClients) -> None:
    after = (await ask(clients.other))["after"]
    refused = await clients.shop.get("/v1/events", params={"after": after})
    assert (refused.status_code, bad_fields(refused)) == (422, {"after"})


async def test_a_stream_takes_no_limit(clients: ApiClients) -> None:
    refused = await clients.shop.get(
        "/v1/events", params={"wait": "5", "limit": "5"}, headers={"Accept": "text/event-stream"}
    )
    assert (refused.status_code, bad_fields(refused)) == (422, {"wait", "limit"})


async def test_an_app_has_a_bounded_number_of_readers(
    clients: ApiClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "MAX_READERS", 1)
    with clients.context.arrivals.reading(APP):
        for accept in ("*/*", "text/event-stream"):
            refused = await clients.shop.get("/v1/events", headers={"Accept": accept})
            assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
            assert refused.headers["retry-after"]
    assert (await ask(clients.shop))["events"] == []
