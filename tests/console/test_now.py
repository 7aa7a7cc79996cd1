from playwright.async_api import Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.browser import Faults
from tests.support.console.deployment import Deployment
from tests.support.console.pushes import new_key, operate, send, tokens


async def test_a_problem_is_told_at_once_in_a_sentence_and_gone_when_it_is_solved(
    console: Page, deployment: Deployment
) -> None:
    verdict = console.locator(".verdict h1")
    send(deployment, "Before", {"tokens": tokens("fcm", 1)})
    operate(deployment, "POST", "/v1/apps/demo/vendors/meizu/pause")
    try:
        await expect(verdict).to_contain_text("Meizu is paused.", timeout=30_000)
        await expect(console.locator(".tile.st-slow")).to_contain_text("Meizu is paused")
        await expect(console.get_by_role("link", name="Resume")).to_have_attribute("href", "/vendors#meizu")
    finally:
        operate(deployment, "POST", "/v1/apps/demo/vendors/meizu/resume")
    await expect(verdict).not_to_contain_text("Meizu", timeout=30_000)


async def test_what_comes_next_is_listed_with_its_number(console: Page, deployment: Deployment) -> None:
    message = send(deployment, "Next of all", {"tokens": tokens("fcm", 1)}, later=True)
    await console.goto("/")
    row = console.locator("#next li", has=console.locator(f"a[href='/messages/{message}']"))
    await expect(row).to_contain_text("Next of all")
    await expect(row.locator("b")).to_have_text("1")
    assert not await serious_faults(console)
    deployment.system.api.post(f"/v1/messages/{message}/cancel")


async def test_the_first_run_leads_to_the_first_push(stranger: Page, deployment: Deployment) -> None:
    operate(deployment, "PUT", "/v1/apps/first-run", {})
    made = operate(deployment, "POST", "/v1/keys", {"app": "first-run", "name": "first", "scopes": ["admin"]})
    await stranger.goto(await deployment.link(made["key"]))
    await expect(stranger.locator(".verdict h1")).to_contain_text("Nothing was pushed yet")
    await expect(stranger.get_by_role("heading", name="Set up a vendor")).to_be_visible()
    await expect(stranger.locator(".empty a")).to_have_attribute("href", "/vendors")


async def test_a_key_that_may_not_read_sees_what_it_may_and_what_it_needs(
    stranger: Page, deployment: Deployment, faults: Faults
) -> None:
    await stranger.goto(await deployment.link(new_key(deployment, "push")))
    await expect(stranger.locator(".verdict h1")).to_be_visible()
    await expect(stranger.locator(".note")).to_contain_text("the scope read")
    await expect(stranger.locator(".tile")).to_have_count(0)
    await stranger.goto("/messages")
    await expect(stranger.get_by_text("read", exact=False).first).to_be_visible()
    await expect(stranger.locator("table")).to_have_count(0)
    faults.expect("403")


async def test_an_operator_without_an_app_sees_the_installation(
    stranger: Page, deployment: Deployment
) -> None:
    await stranger.goto(await deployment.link(deployment.operator_key))
    await expect(stranger.locator(".verdict h1")).to_be_visible()
    await expect(stranger.locator(".checks")).to_contain_text("scheduler × 1")
    await expect(stranger.locator("#next")).to_have_count(0)
