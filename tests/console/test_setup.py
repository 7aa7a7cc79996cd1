"""Set-up as an administrator uses it, and what a key without the scope sees of it."""

import csv
import io

import httpx
from playwright.async_api import Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.browser import BrowserContext, Faults
from tests.support.console.deployment import Deployment
from tests.support.webhooks.receiver import receiving


def _as(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_a_key_is_made_shown_once_and_revoked(
    console: Page, deployment: Deployment, faults: Faults
) -> None:
    await console.goto("/setup")
    keys = console.locator("#keys")
    await keys.get_by_role("button", name="New key").click()
    dialog = console.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("orders & co")
    await dialog.get_by_role("button", name="Make the key").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()  # no scope was chosen
    await expect(dialog.get_by_label("Name")).to_have_value("orders & co")
    faults.expect("422")
    await dialog.get_by_text("read messages, results and events").click()
    await dialog.get_by_role("button", name="Make the key").click()
    text = await keys.locator(".secret").inner_text()
    async with httpx.AsyncClient(base_url=deployment.url, headers=_as(text), timeout=30) as api:
        assert (await api.get("/v1/messages")).status_code == 200
        await keys.get_by_role("button", name="Revoke orders & co").click()
        await console.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
        await expect(keys.get_by_text("orders & co")).to_have_count(0)
        await expect(keys.locator(".secret")).to_have_count(0)
        assert (await api.get("/v1/messages")).status_code == 401
    await console.reload()
    await expect(console.locator("#log")).to_contain_text("revoked a key")


async def test_a_rotated_key_has_two_secrets_for_a_while(console: Page, deployment: Deployment) -> None:
    async with httpx.AsyncClient(
        base_url=deployment.url, headers=_as(deployment.operator_key), timeout=30
    ) as api:
        made = await api.post("/v1/keys", json={"app": "demo", "scopes": ["read"], "name": "turning"})
        before = made.json()["key"]
        await console.goto("/setup")
        keys = console.locator("#keys")
        await keys.get_by_role("button", name="Rotate turning").click()
        await console.get_by_role("dialog").get_by_role("button", name="Rotate the key").click()
        after = await keys.locator(".secret").inner_text()
        assert after != before
        for key in (before, after):
            assert (await api.get("/v1/messages", headers=_as(key))).status_code == 200
    await expect(keys).to_contain_text("the secret before holds until")


async def test_a_webhook_is_made_tried_paused_and_deleted(
    console: Page, deployment: Deployment, faults: Faults
) -> None:
    await console.goto("/setup")
    hooks = console.locator("#hooks")
    await hooks.get_by_role("button", name="New webhook").click()
    dialog = console.get_by_role("dialog")
    await dialog.get_by_label("Address").fill("http://10.0.0.1/hook")
    await dialog.get_by_role("button", name="Make the webhook").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    faults.expect("422")
    with receiving() as receiver:
        await dialog.get_by_label("Address").fill(receiver.url)
        await dialog.get_by_role("button", name="Make the webhook").click()
        await expect(hooks.locator(".secret")).to_contain_text("whsec_")
        row = hooks.get_by_role("listitem").filter(has_text=receiver.url)
        await row.get_by_role("button", name="Test").click()
        await expect(console.get_by_role("status")).to_contain_text("The receiver answered 2")
        assert receiver.requests
        await row.get_by_role("button", name="Pause").click()
        await expect(row.get_by_role("button", name="Resume")).to_be_visible()
        await row.get_by_role("button", name="Resume").click()
        await expect(row.get_by_role("button", name="Pause")).to_be_visible()
    await row.get_by_role("button", name="Delete").click()
    await console.get_by_role("dialog").get_by_role("button", name="Delete the webhook").click()
    await expect(row).to_have_count(0)


async def test_the_audit_log_is_exported_as_a_file(console: Page, deployment: Deployment) -> None:
    await console.goto("/setup")
    answer = await console.context.request.get("/setup/audit.csv")
    rows = list(csv.DictReader(io.StringIO(await answer.text())))
    async with httpx.AsyncClient(
        base_url=deployment.url, headers=_as(deployment.operator_key), timeout=30
    ) as api:
        shown = (await api.get("/v1/audit", params={"limit": 1})).json()["entries"]
    assert (rows[0]["at"], rows[0]["action"]) == (shown[0]["at"], shown[0]["action"])
    await expect(console.locator("#log-rows tr").first).to_be_visible()
    assert not await serious_faults(console)


async def test_without_the_scope_sections_say_which_one_they_need(
    context: BrowserContext, deployment: Deployment
) -> None:
    async with httpx.AsyncClient(
        base_url=deployment.url, headers=_as(deployment.operator_key), timeout=30
    ) as api:
        made = await api.post("/v1/keys", json={"app": "demo", "scopes": ["read"], "name": "reader"})
    page = await context.new_page()
    await page.goto(await deployment.link(made.json()["key"]))
    await page.wait_for_url(f"{deployment.url}/")
    await page.goto("/setup")
    for section in ("#keys", "#hooks", "#log"):
        await expect(page.locator(section)).to_contain_text("admin")
        await expect(page.locator(section).get_by_role("button")).to_have_count(0)
    refused = await page.context.request.post(
        "/setup/webhooks", form={"csrf": await _csrf(page), "url": "https://example.com", "types": "*"}
    )
    assert refused.status == 403


async def _csrf(page: Page) -> str:
    return await page.locator("input[name=csrf]").first.input_value()
