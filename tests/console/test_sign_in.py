from playwright.async_api import Page, expect
from tests.support.console.deployment import Deployment


async def test_an_api_key_opens_the_console(stranger: Page, deployment: Deployment) -> None:
    await stranger.goto("/?from=a%26b")
    await expect(stranger).to_have_title("Sign in · Pushgate")
    await stranger.get_by_label("API key").fill(deployment.app_key)
    await stranger.get_by_role("button", name="Sign in").click()
    await stranger.wait_for_url("**/?from=a%26b")


async def test_a_one_time_link_opens_the_console_once(console: Page) -> None:
    await expect(console.get_by_role("heading", level=1)).to_be_visible()
    await expect(console.locator(".side [aria-current=page]")).to_have_text("Now")
