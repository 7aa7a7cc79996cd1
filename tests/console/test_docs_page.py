"""`/docs` in a browser: every call is listed, and one is tried with an API key."""

from tests.support.console.browser import Page
from tests.support.console.deployment import Deployment

CALL = "#operations-operations-get_activity"


async def test_a_call_is_tried_with_a_key_that_stays_in_the_page(
    stranger: Page, deployment: Deployment
) -> None:
    """The page needs nothing from elsewhere: the fixture fails at any other address, and at
    anything that the page's policy blocks.
    """
    await stranger.goto(f"{deployment.url}/docs")
    await stranger.wait_for_selector(CALL)
    assert await stranger.locator(".opblock").count() > 90
    await stranger.click("button.authorize")
    await stranger.fill(".modal-ux input", deployment.app_key)
    await stranger.click(".modal-ux button.authorize")
    await stranger.click(".modal-ux button.btn-done")
    await stranger.click(f"{CALL} .opblock-summary-control")
    await stranger.click(f"{CALL} button.execute")
    status = stranger.locator(f"{CALL} .live-responses-table .response .response-col_status").first
    await status.wait_for()
    assert (await status.inner_text()).split()[0] == "200"
    stored = await stranger.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert deployment.app_key not in stored
