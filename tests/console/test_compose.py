"""A message is written, counted, kept and sent from the console."""

import asyncio
import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.browser import Browser, BrowserContext, Faults
from tests.support.console.deployment import Deployment
from tests.support.console.pushes import new_key
from tests.support.engines import wait_until

READERS = [
    {"id": "compose-en", "vendor": "fcm", "token": "compose-en-token", "language": "en"},
    {"id": "compose-zh", "vendor": "huawei", "token": "compose-zh-token", "language": "zh-Hans"},
]
CROWD = 1_005
"""Phones of the crowd: more than are sent to without typing their number."""


@pytest.fixture(scope="session")
def phones(deployment: Deployment) -> None:
    """Two readers of two languages, one of them marked for tests, and a crowd."""
    rows: list[dict[str, object]] = [{**one, "tags": ["composed"]} for one in READERS]
    for n in range(CROWD):
        rows.append({"id": f"crowd-{n}", "vendor": "fcm", "token": f"crowd-token-{n}", "tags": ["crowd"]})
    counted = deployment.system.import_terminals(rows)
    assert not counted["failed"], counted
    deployment.system.api.put("/v1/test-terminals/compose-en", json={"name": "Anna’s phone"})


def message(title: str, **more: object) -> dict[str, object]:
    content = {"en": {"title": title, "body": "Today only"}}
    return {"content": content, "default_language": "en", "audience": {"tag": "composed"}, **more}


def create_draft(deployment: Deployment, draft: Mapping[str, object]) -> str:
    answer = deployment.system.api.post("/v1/drafts", json=draft)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def messages_titled(deployment: Deployment, title: str) -> list[dict[str, Any]]:
    found = deployment.system.api.get("/v1/messages", params={"limit": 100}).json()["messages"]
    return [one for one in found if title in json.dumps(one["content"], ensure_ascii=False)]


async def write(page: Page, language: str, title: str, body: str) -> None:
    """Write a content; its tab is opened, and added first where there is none."""
    tag = page.locator(f"input[name=language][value={language}]")
    if not await tag.count():
        await page.locator("#tab_new").click()
        await page.locator("[name=new_language]").fill(language)
        await page.locator("[value='add_language:']").click()
    await expect(tag).to_have_count(1)
    panel = page.locator("[role=tabpanel]", has=tag)
    number = str(await panel.get_attribute("id")).removeprefix("panel_")
    await page.locator(f"#tab_{number}").click()
    await page.locator(f"#title_{number}").fill(title)
    await page.locator(f"#body_{number}").fill(body)


async def test_from_an_empty_page_to_a_push_in_two_languages(
    console: Page, deployment: Deployment, phones: None
) -> None:
    await console.goto("/compose")
    await write(console, "en", "From the console", "Today only")
    await write(console, "zh-Hans", "来自控制台", "仅限今天")
    await console.get_by_role("button", name="Only some").click()
    await console.locator("#line_0").fill("composed")
    await expect(console.locator("#total output")).to_have_text("2")
    await expect(console.locator("#previews")).to_contain_text("来自控制台")
    await console.get_by_role("button", name="Send to 2 phones").click()
    dialog = console.get_by_role("dialog")
    await expect(dialog.locator(".sum")).to_contain_text("2")
    await dialog.get_by_role("button", name="Send to 2 phones").click()
    await console.wait_for_url("**/messages/*")
    results = await asyncio.to_thread(deployment.system.finished, console.url.rsplit("/", 1)[1])
    assert results["accepted"] == 2
    received = json.dumps(list(deployment.system.received()), ensure_ascii=False)
    for reader, title in zip(READERS, ("From the console", "来自控制台"), strict=True):
        assert str(reader["token"]) in received
        assert title in received


async def test_a_large_number_is_typed_counted_again_and_sent_once(
    console: Page, deployment: Deployment, phones: None
) -> None:
    push_time = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    written = message("For the crowd", push_time=push_time, audience={"tag": "crowd"})
    draft = create_draft(deployment, written)
    await console.goto(f"/compose?draft={draft}")
    await console.get_by_role("button", name="Schedule for 1,005 phones").click()
    dialog = console.get_by_role("dialog")
    go = dialog.locator("[data-go]")
    await expect(go).to_be_disabled()
    await dialog.locator("#sure").fill("1,004")
    await expect(go).to_be_disabled()
    await dialog.locator("#sure").fill("1,005")
    one_more = {"vendor": "fcm", "token": "crowd-token-last", "tags": ["crowd"]}
    deployment.system.api.put("/v1/terminals/crowd-last", json=one_more).raise_for_status()
    await go.click()
    await expect(dialog).to_contain_text("there were 1,005 when this was opened")
    assert not messages_titled(deployment, "For the crowd")
    await dialog.locator("#sure").fill("1006")
    await go.dblclick()
    await console.wait_for_url("**/messages/*")
    await expect(console.locator(".toasts")).to_contain_text("Scheduled for 1,006 phones")
    (sent,) = messages_titled(deployment, "For the crowd")
    deployment.system.api.post(f"/v1/messages/{sent['id']}/cancel").raise_for_status()
    assert deployment.system.api.get(f"/v1/drafts/{draft}").status_code == 404
    deployment.system.api.delete("/v1/terminals/crowd-last").raise_for_status()


async def test_nobody_is_shut_out(console: Page, deployment: Deployment, phones: None) -> None:
    written = message("For all eyes", audience={"all_of": [{"tag": "composed"}, {"not": {"language": "ja"}}]})
    await console.goto(f"/compose?draft={create_draft(deployment, written)}")
    for fold in await console.locator("details.fold > summary").all():
        await fold.click()
    assert not await serious_faults(console)
    await console.locator("#send-button").click()
    await expect(console.get_by_role("dialog")).to_be_visible()
    assert not await serious_faults(console)


async def test_what_is_wrong_stands_under_its_field_and_nothing_typed_is_lost(
    console: Page, deployment: Deployment, phones: None
) -> None:
    wrong = message("Wrong", audience={"all_of": [{"tag": "composed"}, {"timezone": "Moon/Base"}]})
    await console.goto(f"/compose?draft={create_draft(deployment, wrong)}")
    await console.locator("#url_0").fill("javascript:alert(1)")
    await console.locator("#body_0").fill("")
    await expect(console.locator("#bad_url_0")).not_to_be_empty()
    await expect(console.locator("#bad_line_1")).to_contain_text("IANA time zone")
    await expect(console.locator("#bad_body_0")).to_be_empty()
    await expect(console.locator("#checks")).to_contain_text("Still to fill in: Body (English)")
    await expect(console.locator("#send-button")).to_have_attribute("aria-disabled", "true")
    await expect(console.locator("#url_0")).to_have_attribute("aria-invalid", "true")
    await console.locator("#send-button").dispatch_event("click")
    await console.locator("#title_0").press("Enter")
    await expect(console.locator("#url_0")).to_have_value("javascript:alert(1)")
    await expect(console.locator("#title_0")).to_have_value("Wrong")


async def test_a_draft_saves_itself_and_is_found_again(
    console: Page, deployment: Deployment, phones: None
) -> None:
    await console.goto("/compose")
    await console.locator("#title_0").fill("Kept by itself")
    await expect(console.locator("#draft-state")).to_contain_text("Draft kept")
    await console.wait_for_url("**/compose?draft=*")
    await console.goto("/compose")
    await console.locator("summary", has_text="draft").click()
    await console.get_by_role("link", name="Kept by itself").first.click()
    await expect(console.locator("#title_0")).to_have_value("Kept by itself")
    await console.get_by_role("button", name="But not").click()
    await expect(console.locator("#line_0")).to_be_focused()
    await console.keyboard.type("nobody")
    path = f"/v1/drafts/{console.url.rpartition('=')[2]}"
    audience = {"not": {"tag": "nobody"}}
    await asyncio.to_thread(
        wait_until,
        lambda: deployment.system.api.get(path).json()["message"]["audience"] == audience,
        15,
        "the draft to be kept",
    )
    found = deployment.system.api.get("/v1/drafts").json()["drafts"]
    assert len([one for one in found if one["title"] == "Kept by itself"]) == 1


async def test_a_message_is_duplicated_and_its_command_sends_the_same(
    console: Page, deployment: Deployment, phones: None
) -> None:
    options = {"dry_run": True, "ttl": 600, "huawei": {"category": "MARKETING"}}
    body = message("It’s a copy", options=options)
    original = deployment.system.api.post("/v1/messages", json=body).json()
    await console.goto(f"/compose?message={original['id']}")
    command = await console.locator("#curl [data-copy]").get_attribute("data-copy")
    env = {"PG": deployment.url, "KEY": deployment.app_key, "PATH": "/usr/bin:/bin"}
    run = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", f"{command} -s"], env=env, capture_output=True, check=True
    )
    copied = json.loads(run.stdout)
    for part in ("content", "default_language", "audience", "options"):
        assert copied[part] == original[part]


async def test_ones_own_phones_see_it_first(console: Page, deployment: Deployment, phones: None) -> None:
    await console.goto(f"/compose?draft={create_draft(deployment, message('Seen by Anna'))}")
    await console.get_by_role("button", name="Send to my").click()
    await expect(console.locator("#test-note")).to_contain_text("Anna’s phone")
    (sent,) = messages_titled(deployment, "Seen by Anna")
    await asyncio.to_thread(deployment.system.finished, sent["id"])
    await console.locator("#title_0").fill("Seen by Bao")
    await expect(console.locator("#test-note")).to_contain_text("Changed since it was sent")


async def test_it_works_without_any_script(browser: Browser, deployment: Deployment, phones: None) -> None:
    context = await browser.new_context(base_url=deployment.url, java_script_enabled=False, locale="en")
    page = await context.new_page()
    await page.goto(await deployment.link())
    await page.locator("main button, form button").first.click()
    await page.goto("/compose")
    await page.locator("#title_0").fill("Without any script")
    await page.locator("#body_0").fill("Today only")
    await page.get_by_role("button", name="Only some").click()
    await page.locator("#line_0").fill("composed")
    # As it was rendered before the audience was complete; the server looks again.
    await page.locator("#send-button").click(force=True)
    dialog = page.locator("dialog#send")
    await expect(dialog.locator(".sum")).to_contain_text("2")
    assert not messages_titled(deployment, "Without any script")
    await dialog.locator("[data-go]").click()
    await page.wait_for_url("**/messages/*")
    assert len(messages_titled(deployment, "Without any script")) == 1
    await context.close()


async def test_who_may_only_read_sees_the_lock(
    context: BrowserContext, deployment: Deployment, faults: Faults
) -> None:
    page = await context.new_page()
    await page.goto(await deployment.link(new_key(deployment, "read")))
    await page.wait_for_url(f"{deployment.url}/")
    await page.goto("/compose")
    await expect(page.locator("main")).to_contain_text("push")
    await expect(page.locator("#compose")).to_have_count(0)
    faults.expect("403")


async def test_a_stored_template_is_chosen_kept_and_sent(
    console: Page, deployment: Deployment, phones: None
) -> None:
    body = {
        "content": {
            "en": {"title": "Order {{ values.order }} left", "body": "Hi {{ name | default: 'you' }}"}
        }
    }
    body["content"]["zh-Hans"] = {"title": "订单 {{ values.order }} 已发货", "body": "请查收"}
    deployment.system.api.put("/v1/templates/order-left", json=body).raise_for_status()
    previews, texts = console.locator("#previews"), console.get_by_label("Texts")
    await console.goto("/compose")
    await texts.select_option("order-left")
    await expect(previews).to_contain_text("Order order left")
    await expect(console.locator("#title_0")).not_to_be_editable()
    await console.get_by_label("Values of this message").fill("order = A-17")
    await expect(previews).to_contain_text("Order A-17 left")
    await expect(previews).to_contain_text("Hi you")
    await console.locator("#tab_1").click()
    await expect(previews).to_contain_text("订单 A-17 已发货")
    assert await serious_faults(console) == []
    await expect(console.locator("#draft-state [data-url]")).to_be_visible()
    await console.wait_for_url("**/compose?draft=*")
    await console.get_by_role("button", name="Only some").click()
    await console.locator("#line_0").fill("composed")
    await expect(console.locator("#total output")).to_have_text("2")
    await expect(console.locator("#draft-state")).to_contain_text("Draft kept")
    await console.get_by_role("button", name="Send to 2 phones").click()
    await console.get_by_role("dialog").get_by_role("button", name="Send to 2 phones").click()
    await console.wait_for_url("**/messages/*")
    sent = deployment.system.api.get(f"/v1/messages/{console.url.rsplit('/', 1)[1]}").json()
    assert sent["template"] == {"name": "order-left", "version": 1}
    assert sent["values"] == {"order": "A-17"}
    deployment.system.api.delete("/v1/templates/order-left").raise_for_status()
