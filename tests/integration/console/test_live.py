"""A live part is sent when it changed, and no longer than its session lasts."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.responses import Response
from tests.support.api.clients import ApiClients
from tests.support.api.served import serve
from tests.support.console.client import ConsoleClient

from pushgate.console.live import MAX_STREAMS
from pushgate.console.routing import live
from pushgate.console.view import View

_SHOWN = {"fragment": "one"}


async def _show(_: View) -> Response:
    return Response(_SHOWN["fragment"])


@pytest.fixture
async def browser(clients: ApiClients, shop_key: str) -> ConsoleClient:
    _SHOWN["fragment"] = "<p>one</p>\n<p>two</p>"
    found = ConsoleClient(clients.context, [live("/t/live", _show, scope="read")])
    await found.sign_in(shop_key)
    return found


async def test_a_fragment_is_sent_at_once_and_again_when_it_changed(
    browser: ConsoleClient, clients: ApiClients
) -> None:
    async with _streams(browser, clients) as http, http.stream("GET", "/t/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(3)] == ["data: <p>one</p>", "data: <p>two</p>", ""]
        _SHOWN["fragment"] = "<p>three</p>"
        began = time.monotonic()
        await _register(clients)
        assert await anext(lines) == "data: <p>three</p>"
        assert time.monotonic() - began < 4, "it came by the event, not by the clock"


async def test_a_stream_ends_with_its_session(
    browser: ConsoleClient, clients: ApiClients, shop_key: str
) -> None:
    async with _streams(browser, clients) as http, http.stream("GET", "/t/live") as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        await clients.context.keys.revoke(shop_key.split("_")[1])
        await _register(clients)
        assert [line async for line in lines if line] == ["data: <p>two</p>"]
        assert (await http.get("/t/live", headers={"HX-Request": "true"})).status_code == 401


async def test_a_session_has_so_many_streams_and_no_more(browser: ConsoleClient, clients: ApiClients) -> None:
    async with _streams(browser, clients) as http:
        requests = [http.build_request("GET", "/t/live") for _ in range(MAX_STREAMS)]
        opened = [await http.send(request, stream=True) for request in requests]
        # The lines are kept: an iterator that is collected would close its stream.
        lines = [answer.aiter_lines() for answer in opened]
        for one in lines:
            await anext(one)
        async with http.stream("GET", "/t/live") as refused:
            assert refused.status_code == 204
        for answer in opened:
            await answer.aclose()


async def _register(clients: ApiClients) -> None:
    """Let something happen to the app."""
    terminal = {"vendor": "fcm", "token": "t" * 40, "language": "en"}
    assert (await clients.shop.put("/v1/terminals/ann", json=terminal)).is_success


@asynccontextmanager
async def _streams(browser: ConsoleClient, clients: ApiClients) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the console on a socket, with the session of the browser."""
    cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.http.cookies.jar)
    async with (
        serve(clients, browser.app) as served,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{served.port}",
            headers={"Cookie": cookie},
            timeout=30,
            trust_env=False,
        ) as http,
    ):
        yield http
