"""Audience and a phone: found, tested, marked, erased; imported and exported."""

import asyncio
import json
from pathlib import Path

import httpx
from playwright.async_api import Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.browser import BrowserContext, Faults
from tests.support.console.deployment import Deployment
from tests.support.console.pushes import new_key


def _api(deployment: Deployment) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {deployment.app_key}"}
    return httpx.AsyncClient(base_url=deployment.url, headers=headers, timeout=30)


def _phone(token: str, **more: object) -> dict[str, object]:
    return {"vendor": "fcm", "token": token, "language": "en", **more}


async def test_a_phone_is_found_tested_and_its_person_erased(console: Page, deployment: Deployment) -> None:
    async with _api(deployment) as api:
        for number in (1, 2):
            body = _phone(f"finding-token-{number}-0123456789", user="lin/1", tags=["seen-by-lin"])
            assert (await api.put(f"/v1/terminals/lin-phone-{number}", json=body)).status_code == 201
        for text in ("lin-phone-1", "lin/1", "seen-by-lin", "finding-token-1-0123456789"):
            await console.goto("/audience")
            await console.get_by_label("Phone id, user, tag or whole push token").fill(text)
            await console.get_by_role("button", name="Find", exact=True).click()
            await expect(console.get_by_role("link", name="lin-phone-1")).to_be_visible()
        assert not await serious_faults(console)
        await console.get_by_role("link", name="lin-phone-1").click()
        await expect(console.locator("#verdict")).to_be_visible()
        await console.get_by_role("button", name="Send a test").click()
        await console.get_by_role("dialog").get_by_role("button", name="Send to 1 phone").click()
        await console.wait_for_url("**/messages/*")
        message = console.url.rpartition("/")[2]
        assert (await asyncio.to_thread(deployment.system.finished, message))["targeted"] == 1
        await console.goto("/terminals/lin-phone-1")
        await expect(console.locator(".story")).to_contain_text("Test")
        await expect(console.get_by_role("link", name="lin-phone-2")).to_be_visible()
        await console.get_by_label("When they begin").fill("22:00")
        await console.get_by_label("When they end").fill("07:30")
        await console.get_by_role("button", name="Set quiet hours").click()
        await expect(console.get_by_text("22:00–07:30")).to_be_visible()
        await console.get_by_label("Category").fill("marketing")
        await console.get_by_role("button", name="Opt the person out").click()
        await expect(console.get_by_role("button", name="Take back")).to_be_visible()
        user = (await api.get("/v1/users/lin%2F1")).json()
        assert (user["quiet_hours"], user["opt_out"]) == ({"begin": "22:00", "end": "07:30"}, ["marketing"])
        await console.get_by_role("button", name="Take back").click()
        await expect(console.get_by_role("button", name="Take back")).to_be_hidden()
        assert not await serious_faults(console)
        await console.get_by_role("button", name="Erase").click()
        dialog = console.get_by_role("dialog")
        await expect(dialog).to_contain_text("2 phones")
        await expect(dialog.get_by_role("button", name="Erase lin/1")).to_be_disabled()
        await dialog.get_by_label("Type lin/1").fill("lin/1")
        await dialog.get_by_role("button", name="Erase lin/1").click()
        await console.wait_for_url("**/audience")
        for number in (1, 2):
            assert (await api.get(f"/v1/terminals/lin-phone-{number}")).status_code == 404


async def test_phones_are_imported_and_exported(
    console: Page, deployment: Deployment, tmp_path: Path, faults: Faults
) -> None:
    rows = [f"imported-{n},fcm,imported-token-{n}-0123456789,en" for n in range(300)]
    file = tmp_path / "phones.csv"
    file.write_text("\n".join(["id,vendor,token,language", *rows, "bad,nokia,x,en"]), "utf-8")
    await console.goto("/audience")
    await console.locator("[data-import]").set_input_files(file)
    await expect(console.locator("#imported")).to_contain_text("300 phones are new")
    await expect(console.locator("#imported")).to_contain_text("Line 302")
    answer = await console.context.request.get("/audience/phones.ndjson")
    found = [json.loads(line)["id"] for line in (await answer.text()).splitlines()]
    assert len([one for one in found if one.startswith("imported-")]) == 300
    async with _api(deployment) as api:
        for number in range(300):
            await api.delete(f"/v1/terminals/imported-{number}")


async def test_a_phone_is_used_for_tests_and_asked_about(console: Page, deployment: Deployment) -> None:
    async with _api(deployment) as api:
        await api.put("/v1/terminals/my-phone:1", json=_phone("token-of-mine-0123456789"))
        await console.goto("/audience?q=my-phone:1")
        await console.get_by_role("link", name="my-phone:1").click()
        await console.get_by_role("button", name="Use for tests").click()
        dialog = console.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("Anna's")
        await dialog.get_by_role("button", name="Use for tests").click()
        await expect(console.locator(".head")).to_contain_text("for tests: Anna's")
        await console.get_by_role("button", name="Ask now").click()
        await expect(console.locator("#verdict")).to_contain_text("vendor")
        await console.get_by_role("button", name="No longer for tests").click()
        await expect(console.locator(".head")).not_to_contain_text("Anna's")
        await api.delete("/v1/terminals/my-phone:1")


async def test_personal_values_need_the_scope(
    context: BrowserContext, deployment: Deployment, faults: Faults
) -> None:
    page = await context.new_page()
    await page.goto(await deployment.link(new_key(deployment, "read")))
    await page.wait_for_url(f"{deployment.url}/")
    await page.goto("/audience?q=lin")
    await expect(page.locator("main")).to_contain_text("terminals:read")
    await page.goto("/terminals/lin-phone-1")
    await expect(page.locator("main")).to_contain_text("terminals:read")
    faults.expect("403")
