from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect
from tests.support.console.accessibility import serious_faults
from tests.support.console.deployment import Deployment
from tests.support.console.pushes import send, tokens


@pytest.fixture(scope="module")
def sales(deployment: Deployment) -> list[str]:
    """Fourteen messages with a word in common, the last of them scheduled."""
    sent = [send(deployment, f"Autumn sale {number}", {"tokens": tokens("fcm", 1)}) for number in range(13)]
    return [*sent, send(deployment, "Autumn sale of umbrellas", {"tokens": tokens("fcm", 2)}, later=True)]


async def test_messages_are_found_by_words_status_and_period(
    console: Page, deployment: Deployment, sales: list[str]
) -> None:
    await console.goto("/messages")
    rows = console.locator("tbody tr")
    await console.locator("#q").fill("umbrellas autumn")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("Autumn sale of umbrellas（中文）")
    await expect(rows.first.locator("td.num").first).to_have_text("2")
    assert "q=umbrellas+autumn" in urlsplit(console.url).query
    await console.get_by_text("Sent", exact=True).click()
    await expect(console.get_by_role("heading", name="No message is like that")).to_be_visible()
    await console.get_by_role("link", name="Clear the filter").click()
    await console.locator("#since").select_option("today")
    await expect(rows.first).to_be_visible()
    await console.locator("#q").fill(sales[0])
    await expect(rows).to_have_count(1)
    assert not await serious_faults(console)


async def test_older_messages_are_a_page_further(console: Page, sales: list[str]) -> None:
    await console.goto("/messages?q=autumn")
    rows = console.locator("tbody tr")
    await expect(rows).to_have_count(12)
    await console.get_by_role("link", name="Older").click()
    await expect(rows).to_have_count(2)
    await console.get_by_role("link", name="Newest").click()
    await expect(rows).to_have_count(12)
    await expect(rows.first).to_have_id(f"m-{sales[-1]}")
