"""Vendors and apps: made, refused, paused and changed by an operator; closed to others."""

import tomllib
from pathlib import Path

import httpx
from playwright.async_api import Locator, Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.browser import BrowserContext, Faults
from tests.support.console.deployment import Deployment


def _as(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def _fill_oppo(form: Locator, demo: dict[str, str]) -> None:
    """Fill in the address and the credential of the simulated OPPO."""
    await form.locator("[name=app_key]").fill(demo["app_key"])
    await form.locator("[name=master_secret]").fill("a wrong secret")
    await form.locator("summary").click()
    await form.locator("[name=endpoint]").fill(demo["endpoint"])
    await form.locator("[name=overseas_endpoint]").fill(demo["overseas_endpoint"])
    await form.locator("[name=ca]").fill(demo["ca"])


def _oppo(deployment: Deployment) -> dict[str, str]:
    """Return the settings of the demo app for OPPO, its file by its content."""
    found: dict[str, str] = tomllib.loads(deployment.settings_file.read_text("utf-8"))["apps"]["demo"]["oppo"]
    return found | {"ca": Path(found["ca_file"]).read_text("utf-8")}


async def test_an_app_gets_a_vendor_whose_credential_was_tried(
    console: Page, deployment: Deployment, faults: Faults
) -> None:
    await console.goto("/vendors")
    await console.get_by_role("button", name="New app").click()
    dialog = console.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Not a name!")
    await dialog.get_by_role("button", name="Make the app").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_label("Name").fill("newshop")
    await dialog.get_by_role("button", name="Make the app").click()
    await console.wait_for_url("**/vendors?app=newshop")

    await console.get_by_role("button", name="Add a vendor").first.click()
    await dialog.get_by_role("button", name="OPPO").click()
    demo = _oppo(deployment)
    await _fill_oppo(dialog, demo)
    await dialog.get_by_role("button", name="Try and save").click()
    await expect(dialog.locator(".note.st-wrong, .bad").first).to_be_visible()
    faults.expect("422")
    async with httpx.AsyncClient(
        base_url=deployment.url, headers=_as(deployment.operator_key), timeout=30
    ) as api:
        assert (await api.get("/v1/apps/newshop/vendors/oppo")).status_code == 404
        await dialog.locator("[name=master_secret]").fill(demo["master_secret"])
        await dialog.get_by_role("button", name="Try and save").click()
        await expect(console.locator("#oppo")).to_contain_text("master_secret")
        await expect(console.locator("#oppo")).not_to_contain_text("a wrong secret")
        stored = (await api.get("/v1/apps/newshop/vendors/oppo")).json()
    assert (
        stored["credentials"]["master_secret"]["fingerprint"] in await console.locator("#oppo").inner_text()
    )
    assert not await serious_faults(console)


async def test_a_vendor_is_paused_and_resumed(console: Page, deployment: Deployment) -> None:
    await console.goto("/vendors")
    panel = console.locator("#meizu")
    await panel.get_by_role("button", name="Pause").click()
    await expect(panel).to_contain_text("paused")
    async with httpx.AsyncClient(
        base_url=deployment.url, headers=_as(deployment.operator_key), timeout=30
    ) as api:
        assert (await api.get("/v1/apps/demo/vendors/meizu")).json()["paused"]
        await panel.get_by_role("button", name="Resume").click()
        await expect(panel.get_by_role("button", name="Pause")).to_be_visible()
        assert (await api.get("/v1/apps/demo/vendors/meizu")).json()["paused"] is None


async def test_what_no_reader_may_see_is_locked(
    context: BrowserContext, deployment: Deployment, faults: Faults
) -> None:
    async with httpx.AsyncClient(
        base_url=deployment.url, headers=_as(deployment.operator_key), timeout=30
    ) as api:
        made = await api.post("/v1/keys", json={"app": "demo", "scopes": ["read"], "name": "reader"})
    page = await context.new_page()
    await page.goto(await deployment.link(made.json()["key"]))
    await page.wait_for_url(f"{deployment.url}/")
    await page.goto("/vendors")
    await expect(page.locator("main")).to_contain_text("admin")
    faults.expect("403")
