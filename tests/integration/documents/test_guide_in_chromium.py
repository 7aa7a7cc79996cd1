"""The built guide works in Chromium under its own policy: the search finds, nothing is blocked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.support.console.browser import BrowserContext, Faults, find, open_browser
from tests.support.engines import free_port

from pushgate.console.guide import Guide

pytestmark = pytest.mark.skipif(not find(), reason="Chromium is not installed")


@pytest.fixture
async def address(site: Path) -> AsyncIterator[str]:
    port = free_port()
    app = Starlette(routes=[Mount("/guide", Guide(site))])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await serving


@pytest.fixture
async def context() -> AsyncIterator[BrowserContext]:
    async with open_browser() as browser:
        yield await browser.new_context(color_scheme="dark")


async def test_the_guide_runs_under_its_policy(address: str, context: BrowserContext) -> None:
    faults = Faults(address)
    faults.watch(context)
    page = await context.new_page()
    await page.goto(f"{address}/guide/explanation/accounting.html")
    assert await page.locator("figure.diagram svg text").first.is_visible()
    background = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    await page.locator(".theme-toggle-content button.theme-toggle").click()
    assert await page.evaluate("document.body.dataset.theme") == "light"
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != background
    await page.goto(f"{address}/guide/search.html?q=vapid")
    await page.locator("#search-results a", has_text="Web Push").first.wait_for(timeout=20_000)
    assert faults.found == []
