"""One deployment and one Chromium for all tests of the console. Each test has a browser context of
its own, and fails where a page breaks its policy, logs an error or loads from elsewhere.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import expect
from tests.support.console.browser import Browser, BrowserContext, Faults, Page, find, open_browser
from tests.support.console.deployment import Deployment, deployed
from tests.support.shared_systems import shared

PATIENCE_MS = 30_000
"""How long a test waits for a page on a busy machine."""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with shared("console", deployed(tmp_path_factory.mktemp("console"))) as found:
        yield found


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not find():
        pytest.skip("chromium is not installed")
    async with open_browser() as found:
        yield found


@pytest.fixture
def faults(deployment: Deployment) -> Faults:
    return Faults(deployment.url)


@pytest.fixture
async def context(browser: Browser, deployment: Deployment, faults: Faults) -> AsyncIterator[BrowserContext]:
    """A browser without cookies, 1280 px wide, in English and the zone of Shanghai."""
    found = await browser.new_context(
        base_url=deployment.url,
        locale="en-GB",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1280, "height": 900},
    )
    found.set_default_timeout(PATIENCE_MS)
    faults.watch(found)
    yield found
    await found.close()
    assert not faults.found


@pytest.fixture
async def stranger(context: BrowserContext) -> Page:
    """A page of somebody who has not signed in."""
    return await context.new_page()


@pytest.fixture
async def console(context: BrowserContext, deployment: Deployment) -> Page:
    """A page that shows Now, signed in by a one-time link with the keys of the demo app and the
    operator.
    """
    page = await context.new_page()
    await page.goto(await deployment.link())
    await page.wait_for_url(f"{deployment.url}/")
    return page
