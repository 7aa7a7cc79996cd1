"""Server-sent events over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.api.served import head, serve
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.api import event_streams
from pushgate.bundles.bundle_values import Verb
from pushgate.domain.app import App, Scope
from pushgate.domain.audience import Everyone
from pushgate.domain.event_type import EventType
from pushgate.events.cursor import Cursor
from pushgate.events.event import Event
from pushgate.events.feed import EventFeed, Page

APP = App("shop")


@dataclass
class Stream:
    """A connection that server-sent events come on."""

    lines: AsyncIterator[str]
    last_id: str = ""

    async def event(self) -> dict[str, Any]:
        """The next event that has data."""
        while True:
            fields = await self.block()
            if "data" in fields:
                told: dict[str, Any] = orjson.loads(fields["data"])
                assert fields["event"] == told["type"]
                return told

    async def block(self) -> dict[str, str]:
        """The fields of the next event, with or without data; comments have the name ''."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self.lines:
                if not line:
                    self.last_id = fields.get("id", self.last_id)
                    return fields
                name, _, value = line.partition(": ")
                fields[name.removesuffix(":")] = value
        raise EOFError

    async def end(self) -> None:
        """Read up to the end."""
        with suppress(EOFError):
            while True:
                await self.block()


@asynccontextmanager
async def streaming(port: int, key: str, last_id: str = "", **parameters: str) -> AsyncIterator[Stream]:
    """A stream of events."""
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {key}"}
    headers |= {"Last-Event-ID": last_id} if last_id else {}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        client.stream("GET", "/v1/events", headers=headers, params=parameters) as answered,
    ):
        assert answered.status_code == 200
        assert answered.headers["content-type"].startswith("text/event-stream")
        yield Stream(answered.aiter_lines())


@pytest.fixture
async def key(clients: ApiClients) -> str:
    return await clients.context.keys.create("shop", [Scope.READ, Scope.TERMINALS_READ], "reader")


@pytest.fixture
async def world(redis: Redis, clock: SetClock, clients: ApiClients) -> ExplainedWorld:
    world = ExplainedWorld(redis, clock, large=True, app=APP)
    await world.register("phone")
    return world


async def accept(world: ExplainedWorld) -> str:
    """The vendor takes a push."""
    message_id = await world.send(Everyone())
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("phone"))
    return message_id


async def test_a_stream_goes_on_after_the_last_id(
    clients: ApiClients, world: ExplainedWorld, key: str
) -> None:
    async with serve(clients) as served:
        async with streaming(served.port, key, types="terminal.accepted") as stream:
            await stream.block()
            first = await accept(world)
            event = await stream.event()
            assert (event["message"], event["terminals"]) == (first, ["phone"])
        second = await accept(world)
        async with streaming(served.port, key, stream.last_id, types="terminal.accepted") as again:
            assert (await again.event())["message"] == second
            third = await accept(world)
            assert (await again.event())["message"] == third


async def test_a_silent_stream_tells_that_it_is_alive_and_moves_on(
    clients: ApiClients, world: ExplainedWorld, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "HEARTBEAT_SECONDS", 0.05)
    async with serve(clients) as served, streaming(served.port, key, types="vendor.*") as stream:
        begin = (await stream.block())["id"]
        assert await stream.block() == {"": "still here"}
        await accept(world)
        while stream.last_id == begin:
            assert "data" not in await stream.block()


async def test_streams_end_with_the_process(clients: ApiClients, key: str) -> None:
    async with serve(clients) as served, streaming(served.port, key) as stream:
        await stream.block()
        await clients.context.arrivals.close()
        await stream.end()


async def test_a_stream_ends_with_its_key(
    clients: ApiClients, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "HEARTBEAT_SECONDS", 0.05)
    async with serve(clients) as served, streaming(served.port, key) as stream:
        await stream.block()
        (found,) = [one for one in await clients.context.keys.list("shop") if one.name == "reader"]
        await clients.context.keys.revoke(found.id)
        await stream.end()


async def test_a_client_that_does_not_read_holds_one_portion(
    clients: ApiClients, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portions without end, of a megabyte each."""
    made, begun = 0, asyncio.Event()

    async def read(_: EventFeed, __: App, cursor: Cursor, *___: object) -> Page:
        nonlocal made
        made += 1
        begun.set()
        await asyncio.sleep(0)
        return Page([Event("x", EventType.VENDOR_UP, b"0" * 1_000_000)], cursor, is_end=False)

    monkeypatch.setattr(EventFeed, "read", read)
    async with serve(clients) as served:
        _, writer = await served.send(head("GET", "/v1/events", 0, key, "Accept: text/event-stream"))
        async with asyncio.timeout(10):
            await begun.wait()
        await asyncio.sleep(0.5)
        writer.transport.abort()
        assert made < 20, "the kernel holds some of them"
