"""A template in the browser: written, previewed without being stored, deleted after a question."""

from playwright.async_api import Page, expect
from tests.support.console.accessibility import serious_faults


async def test_a_template_is_written_previewed_and_deleted(console: Page) -> None:
    await console.goto("/messages")
    await console.get_by_role("link", name="Templates").click()
    await console.get_by_label("Name of a template").fill("order-shipped")
    await console.get_by_role("button", name="New template").click()
    await expect(console.get_by_role("heading", name="order-shipped")).to_be_visible()
    await console.get_by_label("Language", exact=True).fill("en")
    await console.get_by_label("Title").fill("Order {{ values.order }}")
    await console.get_by_label("Text").fill("Hi {{ name }}")
    await console.get_by_label("Values for the preview").fill("order=A-17")
    await console.get_by_label("Attributes for the preview").fill("name=Ann")
    await console.get_by_role("button", name="Preview").click()
    preview = console.locator("#preview")
    await expect(preview).to_contain_text("Order A-17")
    await expect(console.get_by_text("There is no such template yet.")).to_be_visible()
    await preview.locator("summary").first.click()
    await expect(preview.locator("pre").first).to_contain_text("Hi Ann")
    assert await serious_faults(console) == []
    await console.get_by_role("button", name="Store as a new version").click()
    await expect(console.get_by_role("heading", name="Versions")).to_be_visible()
    assert await serious_faults(console) == []
    await console.get_by_role("button", name="Delete").click()
    await console.get_by_role("dialog").get_by_role("button", name="Delete the template").click()
    await console.wait_for_url("**/templates")
    await expect(console.get_by_text("No templates yet")).to_be_visible()
    assert await serious_faults(console) == []
