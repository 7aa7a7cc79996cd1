"""The memory of requests is bounded: beyond the limit a request is refused with a delay to try
again.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, MutableMapping
from datetime import timedelta
from typing import Any

import httpx
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from pushgate.api.clients import ClientAddresses
from pushgate.api.load_shedding import LoadShedding, RequestLimits, mark_authenticated
from pushgate.api.problems import describe, respond
from pushgate.domain.errors import PushgateError

BODY = 1000
REQUEST = 16 * 1024 + BODY
PROXY = "10.0.0.1"
PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


class Inner:
    """An application that looks at the key, reads the body, and answers when it is told to."""

    def __init__(self, *, reads: bool = False) -> None:
        self.gate = asyncio.Event()
        self.entered = 0
        self.bytes = 0
        self._reads = reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if Headers(scope=scope).get("authorization") == "Bearer good":
                mark_authenticated(scope)
            if self._reads:
                await self._read(receive)
            else:
                self.entered += 1
        except PushgateError as error:
            await respond(describe(error))(scope, receive, send)
            return
        await self.gate.wait()
        start: MutableMapping[str, Any] = {"type": "http.response.start", "status": 202, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    async def _read(self, receive: Receive) -> None:
        """Counted as entered once a part of the body is here."""
        more, first = True, True
        while more:
            message = await receive()
            self.entered += first
            first = False
            self.bytes += len(message.get("body", b""))
            more = message.get("more_body", False)


def clients(inner: Inner, most: int, *, of_one: int = 1000, seconds: float = 60) -> httpx.AsyncClient:
    limits = RequestLimits(ClientAddresses(PROXIES), most, of_one, timedelta(seconds=seconds))
    transport = httpx.ASGITransport(LoadShedding(inner, limits), client=(PROXY, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://pushgate")


async def entered(inner: Inner, count: int) -> None:
    async with asyncio.timeout(5):
        while inner.entered < count:  # noqa: ASYNC110  # it sets no event of ours
            await asyncio.sleep(0)


async def unending(*parts: bytes) -> AsyncIterator[bytes]:
    """A body whose end never comes."""
    for part in parts:
        yield part
    await asyncio.Event().wait()


async def test_beyond_the_bound_callers_are_asked_to_come_back() -> None:
    inner = Inner(reads=True)
    async with clients(inner, 2 * REQUEST + BODY) as client:
        key = {"Authorization": "Bearer good"}
        running = [
            asyncio.create_task(client.post("/v1/messages", content=b"x" * BODY, headers=key))
            for _ in range(2)
        ]
        await entered(inner, 2)
        refused = await client.post("/v1/messages", content=b"x" * BODY, headers=key)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "2"
        assert refused.headers["content-type"] == "application/problem+json"
        assert "at once" in refused.json()["detail"]
        inner.gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*running)] == [202, 202]
        good = await client.post("/v1/messages", content=b"x" * BODY, headers=key)
        assert good.status_code == 202


async def test_a_body_counts_by_what_came_of_it() -> None:
    """Not by what its Content-Length says will come."""
    inner = Inner(reads=True)
    async with clients(inner, 8 * (4 * REQUEST)) as client:
        headers = {"Content-Length": str(8 * 1024 * 1024)}
        slow = [
            asyncio.create_task(client.post("/v1/callbacks/click", content=unending(b"x"), headers=headers))
            for _ in range(3)
        ]
        await entered(inner, 3)
        inner.gate.set()
        assert (await client.post("/v1/callbacks/click", content=b"x" * 100)).status_code == 202
        for task in slow:
            task.cancel()


async def test_requests_without_a_key_do_not_keep_out_those_with_one() -> None:
    inner = Inner(reads=True)
    async with clients(inner, 8 * REQUEST) as client:
        stranger = asyncio.create_task(client.post("/v1/callbacks/click", content=unending(b"x")))
        await entered(inner, 1)
        refused = await client.post("/v1/callbacks/click", content=b"x")
        assert refused.status_code == 503, "an eighth is for strangers"
        inner.gate.set()
        stranger.cancel()
        await asyncio.wait([stranger])
        key = {"Authorization": "Bearer good"}
        inner.gate.clear()
        running = [
            asyncio.create_task(client.post("/v1/messages", content=b"", headers=key)) for _ in range(3)
        ]
        await entered(inner, 4)
        inner.gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*running)] == [202] * 3


async def test_a_body_must_come_in_time() -> None:
    inner = Inner(reads=True)
    async with clients(inner, 100 * REQUEST, seconds=0.05) as client:
        answer = await client.post("/v1/callbacks/click", content=unending(b"x"))
        assert answer.status_code == 408
        assert answer.headers["connection"] == "close"
        assert answer.json()["code"] == "too_slow"


async def test_an_import_may_take_long_while_it_brings_enough() -> None:
    """Each portion gives it new time. The portions here come at once, and then nothing does."""
    inner = Inner(reads=True)
    async with clients(inner, 100 * REQUEST, seconds=0.05) as client:
        parts = [b"x" * 65536] * 40
        answer = await client.post("/v1/terminals:import", content=unending(*parts))
        assert answer.status_code == 408
        assert "import" in answer.json()["detail"]
        assert inner.bytes == 40 * 65536


async def test_one_address_has_so_many_requests_running() -> None:
    """The address is the one that the proxy names."""
    inner = Inner()
    async with clients(inner, 100 * REQUEST, of_one=2) as client:
        mallory, ann = {"X-Forwarded-For": "192.0.2.66"}, {"X-Forwarded-For": "192.0.2.1"}
        running = [asyncio.create_task(client.get("/v1/messages", headers=mallory)) for _ in range(2)]
        await entered(inner, 2)
        assert (await client.get("/v1/messages", headers=mallory)).status_code == 503
        running += [asyncio.create_task(client.get("/v1/messages", headers=ann))]
        running += [asyncio.create_task(client.get("/v1/messages")) for _ in range(5)]
        await entered(inner, 8)
        inner.gate.set()
        assert {answer.status_code for answer in await asyncio.gather(*running)} == {202}


async def test_operators_are_always_let_in() -> None:
    inner = Inner()
    async with clients(inner, 0) as client:
        running = [asyncio.create_task(client.post("/v1/messages", content=b"x" * BODY))]
        await entered(inner, 1)
        running.append(asyncio.create_task(client.get("/status")))
        await entered(inner, 2)
        inner.gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*running)] == [202, 202]


async def test_a_request_larger_than_the_bound_is_let_in_alone() -> None:
    inner = Inner(reads=True)
    inner.gate.set()
    async with clients(inner, 0) as client:
        assert (await client.post("/v1/messages", content=b"x")).status_code == 202
