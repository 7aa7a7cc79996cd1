"""What all pages share, in a real browser."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.browser import Faults
from tests.support.console.deployment import Deployment


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_sign_in_page_has_no_serious_fault(stranger: Page, scheme: str) -> None:
    await stranger.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await stranger.goto("/sign-in")
    assert not await serious_faults(stranger)


async def test_the_frame_of_pages_has_no_serious_fault(console: Page) -> None:
    await console.locator("details.menu summary").click()
    assert not await serious_faults(console)


async def test_a_key_that_cannot_be_one_is_told_at_once(stranger: Page) -> None:
    await stranger.goto("/sign-in")
    await stranger.get_by_label("API key").fill("pg_demo_wrong")
    await stranger.get_by_role("button", name="Sign in").click()
    await expect(stranger.get_by_role("alert")).to_contain_text("No such key")
    await expect(stranger.get_by_label("API key")).to_be_focused()


async def test_a_key_that_is_unknown_is_told_by_the_server(stranger: Page, faults: Faults) -> None:
    await stranger.goto("/sign-in")
    await stranger.get_by_label("API key").fill(f"pg_0123456789ab_{'0' * 48}")
    await stranger.get_by_role("button", name="Sign in").click()
    await expect(stranger.get_by_role("alert")).to_contain_text("No such key")
    faults.expect("401")


async def test_the_key_can_be_shown(stranger: Page) -> None:
    await stranger.goto("/sign-in")
    await stranger.get_by_role("button", name="Show").click()
    await expect(stranger.get_by_label("API key")).to_have_attribute("type", "text")


async def test_a_call_is_copied_as_a_command_without_the_key(
    console: Page, context: BrowserContext, deployment: Deployment
) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=deployment.url)
    await console.get_by_text("The API behind this page").click()
    await console.get_by_role("button", name="Copy as curl").first.click()
    await expect(console.get_by_role("status")).to_contain_text("Copied")
    copied = await console.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r'curl .*"\$PG/\S*" -H "Authorization: Bearer \$(OPERATOR_)?KEY".*', copied)


async def test_the_calls_of_a_fragment_join_those_of_the_page(console: Page) -> None:
    # A live part of the page may add a call of its own meanwhile.
    listed = console.locator('details.api li:has([data-copy="curl another"])')
    call = {"method": "GET", "path": "/v1/another", "curl": "curl another"}
    for _ in range(2):
        event = {"bubbles": True, "detail": {"shown": [call]}}
        await console.evaluate("e => document.body.dispatchEvent(new CustomEvent('calls', e))", event)
    await expect(listed).to_have_count(1)


async def test_theme_and_language_stay_chosen(console: Page) -> None:
    await console.get_by_role("button", name="Theme: like the system").click()
    await console.get_by_role("button", name="Theme: light").click()
    await console.get_by_role("button", name="中文").click()
    await expect(console.locator("html")).to_have_attribute("lang", "zh-Hans")
    await expect(console.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(console.get_by_role("button", name="主题：深色")).to_be_visible()


async def test_pages_are_in_the_zone_of_the_browser(console: Page) -> None:
    await expect(console.locator(".side-end")).to_contain_text("Shanghai")


async def test_keys_lead_to_pages_and_to_the_search(console: Page, deployment: Deployment) -> None:
    await console.keyboard.press("?")
    await expect(console.get_by_role("dialog")).to_be_visible()
    await console.keyboard.press("Escape")
    await console.keyboard.press("/")
    await expect(console.locator("#find")).to_be_focused()
    await console.locator("#main").focus()
    await console.keyboard.press("g")
    await console.keyboard.press("m")
    await console.wait_for_url(f"{deployment.url}/messages")


async def test_the_skip_link_is_first(console: Page) -> None:
    await console.goto("/")
    await console.keyboard.press("Tab")
    await expect(console.get_by_role("link", name="Skip to content")).to_be_focused()


async def test_a_revoked_key_leads_a_page_back_to_the_sign_in(stranger: Page, deployment: Deployment) -> None:
    api, admin = deployment.system.api, {"Authorization": f"Bearer {deployment.app_key}"}
    wanted = {"name": "for a day", "scopes": ["read"]}
    made = api.post("/v1/keys", json=wanted, headers=admin).json()
    await stranger.goto(await deployment.link(made["key"]))
    await stranger.wait_for_url(f"{deployment.url}/")
    await stranger.goto("/setup")  # a page without live parts, which would ask once more before it is left
    assert api.delete(f"/v1/keys/{made['id']}", headers=admin).is_success
    await stranger.goto("/")
    await expect(stranger).to_have_title("Sign in · Pushgate")
