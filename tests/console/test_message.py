import asyncio
import csv
import io
import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.deployment import Deployment
from tests.support.console.pushes import STATES, get, new_key, send, tokens

LOOKS = 2
LAW = """() => {
  const number = (e) => +e.textContent.replace(/\\D/g, "");
  const law = {};
  for (const e of document.querySelectorAll("[data-law]")) law[e.dataset.law] = number(e);
  const targeted = document.querySelector("[data-n=targeted]");
  const accepted = document.querySelector(".law rect.accepted");
  const width = accepted ? parseFloat(accepted.getAttribute("width")) : 0;
  return {law, targeted: targeted ? number(targeted) : 0, width};
}"""


async def test_a_broadcast_of_100_000_is_seen_moving_and_what_is_left_is_cancelled(
    console: Page, deployment: Deployment
) -> None:
    audience = {"tokens": [*tokens("xiaomi", 50_000), *tokens("honor", 50_000)]}
    message = await asyncio.to_thread(send, deployment, "To everybody", audience)
    lanes = console.locator(f"#flight-{message} .lanes > div")
    await expect(lanes).to_have_text([re.compile("Xiaomi"), re.compile("Honor")], timeout=60_000)
    await console.locator(f"#flight-{message} h3 a").click()
    await console.evaluate("() => { window.isTheSamePage = true; }")
    seen: list[dict[str, float]] = []
    while len(seen) < LOOKS:
        look = await console.evaluate(LAW)
        assert look["targeted"] == sum(look["law"].values()), look
        accepted = look["law"].get("accepted", 0)
        if accepted and (not seen or accepted > seen[-1]["accepted"]):
            seen.append({"accepted": accepted, "width": look["width"]})
        assert look["law"].get("pending") != 0, seen
        await asyncio.sleep(0.05)  # the figures move by themselves, once a second at most
    assert [one["width"] for one in seen] == sorted(one["width"] for one in seen)
    assert await console.evaluate("() => window.isTheSamePage")

    await console.get_by_role("button", name="Cancel what is pending").click()
    button = console.get_by_role("button", name=re.compile("^Cancel for [0-9,]+ phones$"))
    shown = int(re.sub(r"\D", "", await button.inner_text()))
    assert await console.locator("#ask .sum").inner_text() == f"{shown:,} phones will not get it"
    await button.click()
    await expect(console.locator(".toasts")).to_contain_text("Cancelled for")
    found = get(deployment, f"/v1/messages/{message}/results")
    assert 0 < found["cancelled"] <= shown
    assert found["targeted"] == 100_000 == sum(found[state] for state in STATES)


async def test_a_scheduled_message_goes_at_another_time_or_not_at_all(
    console: Page, deployment: Deployment
) -> None:
    message = send(deployment, "Later", {"tokens": tokens("fcm", 3)}, later=True)
    await console.goto(f"/messages/{message}")
    await expect(console.locator(".figs")).to_contain_text("Phones now")
    await console.get_by_role("button", name="Reschedule").click()
    await expect(console.locator("#ask .sum")).to_contain_text("3")
    await console.locator("#at").fill("2020-01-01T10:00")
    await console.get_by_role("button", name="Schedule for 3 phones").click()
    await expect(console.locator("#at-bad")).to_be_visible()
    day = datetime.now(UTC).date() + timedelta(days=90)
    await console.locator("#at").fill(f"{day}T20:00")
    await console.get_by_role("button", name="Schedule for 3 phones").click()
    await expect(console.locator(".toasts")).to_contain_text(
        re.compile(rf"It goes {day:%a} {day.day} {day:%b}\w* ({day.year} )?20:00")
    )
    assert get(deployment, f"/v1/messages/{message}")["push_time"] == f"{day}T12:00:00.000Z"
    await console.get_by_role("button", name="Cancel", exact=True).click()
    await console.get_by_role("button", name="Cancel for 3 phones").click()
    await expect(console.locator(".toasts")).to_contain_text("Cancelled before it went to anybody")
    await expect(console.locator("#head")).to_contain_text("cancelled")


async def test_failures_are_explained_listed_and_sent_again(console: Page, deployment: Deployment) -> None:
    audience = {"tokens": [*tokens("xiaomi", 3), *tokens("fcm", 2)]}
    message = send(deployment, "A title that is longer than Xiaomi takes: fifty characters", audience)
    deployment.system.finished(message)
    await console.goto(f"/messages/{message}")
    reason = console.locator(".reason")
    await expect(reason).to_contain_text("A text is longer than the vendor takes")
    await expect(reason).to_contain_text("too_long")
    who = console.locator("#who tbody tr")
    await expect(who).to_have_count(3)
    await console.get_by_role("button", name="Send again to 3").click()
    await console.get_by_role("button", name="Send to 3 phones").click()
    await expect(console.locator(".toasts")).to_contain_text("Being sent again to 3 phones")
    assert get(deployment, f"/v1/messages/{message}")["retries"] == 1


async def test_a_message_is_taken_back_from_as_many_phones_as_the_dialog_says(
    console: Page, deployment: Deployment
) -> None:
    audience = {"tokens": [*tokens("huawei", 4, 900_000), *tokens("fcm", 2)]}
    message = send(deployment, "Taken back", audience)
    deployment.system.finished(message)
    await console.goto(f"/messages/{message}")
    await console.get_by_role("button", name="Recall").click()
    await expect(console.locator("#ask .checks")).to_contain_text("FCM: the vendor cannot")
    await console.get_by_role("button", name="Recall from 4 phones").click()
    await expect(console.locator(".toasts")).to_contain_text("Recalled from 4 phones")
    assert get(deployment, f"/v1/messages/{message}/results")["recalled"] == 4
    assert not await serious_faults(console)


async def test_a_message_is_duplicated_into_a_new_one(console: Page, deployment: Deployment) -> None:
    message = send(deployment, "Once more", {"all": True}, later=True)
    await console.goto(f"/messages/{message}")
    await console.get_by_role("link", name="Duplicate").click()
    await expect(console.locator("[name='title.en']")).to_have_value("Once more")
    await expect(console.locator("[name='title.zh-Hans']")).to_have_value("Once more（中文）")


async def test_the_csv_has_the_terminals_that_the_api_lists(console: Page, deployment: Deployment) -> None:
    audience = {"tokens": [*tokens("xiaomi", 3), *tokens("fcm", 9)]}
    message = send(deployment, "A title that is longer than Xiaomi takes: fifty characters", audience)
    deployment.system.finished(message)
    await console.goto(f"/messages/{message}")
    await console.locator("#who").get_by_role("button", name=re.compile("everyone")).click()
    link = console.get_by_role("link", name="CSV, 12 rows")
    async with console.expect_download() as downloading:
        await link.click()
    path = await (await downloading.value).path()
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    listed = get(deployment, f"/v1/messages/{message}/terminals?state=targeted")["terminals"]
    assert [row["token"] for row in rows] == [one["token"] for one in listed]
    assert len(rows) == 12


async def test_without_the_scope_nothing_can_be_done_with_a_message(
    stranger: Page, deployment: Deployment
) -> None:
    message = send(deployment, "Only read", {"tokens": tokens("fcm", 1)}, later=True)
    await stranger.goto(await deployment.link(new_key(deployment, "read")))
    await stranger.goto(f"/messages/{message}")
    cancel = stranger.get_by_role("button", name="Cancel")
    await expect(cancel).to_have_attribute("aria-disabled", "true")
    await expect(cancel).to_have_attribute("title", re.compile("push"))


async def test_a_message_is_read_in_chinese_on_a_phone(console: Page, deployment: Deployment) -> None:
    message = send(deployment, "Bilingual", {"tokens": tokens("fcm", 2)})
    deployment.system.finished(message)
    await console.context.add_cookies([{"name": "pg_lang", "value": "zh", "url": deployment.url}])
    await console.set_viewport_size({"width": 390, "height": 800})
    await console.goto(f"/messages/{message}")
    await expect(console.locator("h1")).to_have_text("Bilingual（中文）")
    await expect(console.locator("#fun-t")).to_have_text("推送漏斗")
    wide = await console.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    assert not await serious_faults(console)
