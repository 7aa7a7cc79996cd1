"""The front door's memory is bounded: what it cannot take in hand now is refused with a time to come back."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from pushgate.api.admission import Admission

BODY = 1000


class Inner:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.entered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.entered += 1
        await self.gate.wait()
        start: MutableMapping[str, Any] = {"type": "http.response.start", "status": 202, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": b""})


def door(inner: Inner, requests: int) -> httpx.AsyncClient:
    admission = Admission(inner, max_body=BODY, max_in_hand=requests * (16 * 1024 + BODY))
    return httpx.AsyncClient(transport=httpx.ASGITransport(admission), base_url="http://pushgate")


async def entered(inner: Inner, count: int) -> None:
    async with asyncio.timeout(5):
        while inner.entered < count:  # noqa: ASYNC110  # it sets no event of ours
            await asyncio.sleep(0)


async def test_beyond_the_bound_callers_are_asked_to_come_back() -> None:
    inner = Inner()
    async with door(inner, 2) as client:
        running = [asyncio.create_task(client.post("/v1/messages", content=b"x" * BODY)) for _ in range(2)]
        await entered(inner, 2)
        refused = await client.post("/v1/messages", content=b"x" * BODY)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "2"
        assert refused.headers["content-type"] == "application/problem+json"
        assert "at once" in refused.json()["detail"]
        inner.gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*running)] == [202, 202]
        assert (await client.post("/v1/messages", content=b"x" * BODY)).status_code == 202


async def test_a_body_of_unknown_length_counts_as_the_longest() -> None:
    inner = Inner()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    async with door(inner, 1) as client:
        running = asyncio.create_task(client.post("/v1/messages", content=chunks()))
        await entered(inner, 1)
        assert (await client.post("/v1/messages", content=b"")).status_code == 503
        inner.gate.set()
        assert (await running).status_code == 202


async def test_operators_are_always_let_in() -> None:
    inner = Inner()
    async with door(inner, 1) as client:
        running = [asyncio.create_task(client.post("/v1/messages", content=b"x" * BODY))]
        await entered(inner, 1)
        running.append(asyncio.create_task(client.get("/status")))
        await entered(inner, 2)
        inner.gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*running)] == [202, 202]


async def test_a_request_larger_than_the_bound_is_let_in_alone() -> None:
    inner = Inner()
    inner.gate.set()
    async with door(inner, 0) as client:
        assert (await client.post("/v1/messages", content=b"x")).status_code == 202
