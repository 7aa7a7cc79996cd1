"""Live parts of a page connect, in whichever order and however late its scripts arrive."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, Route, expect
from tests.support.console.deployment import Deployment


@pytest.mark.parametrize("late", ["htmx", "hx-sse", "console"])
async def test_a_live_part_connects_though_a_script_comes_late(
    context: BrowserContext, deployment: Deployment, late: str
) -> None:
    async def hold_up(route: Route) -> None:
        await asyncio.sleep(1)  # htmx sets a page up some milliseconds after its own script has run
        await route.continue_()

    page = await context.new_page()
    await page.route(f"**/assets/{late}.*", hold_up)
    async with page.expect_response("**/now/live") as answer:
        await page.goto(await deployment.link())
    assert (await answer.value).status == 200
    await expect(page.locator(".verdict h1")).to_be_visible()
