"""Faults of accessibility, as axe-core finds them in a page."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_SERIOUS = ("serious", "critical")


async def serious_faults(page: Page) -> list[str]:
    """Return the serious and critical faults of the page as it is now, one line each."""
    # Parts that fade in have no full contrast yet.
    await page.evaluate("document.getAnimations().forEach(a => { try { a.finish() } catch { a.cancel() } })")
    results = await Axe().run(page)
    return [
        f"{fault['id']}: {node['html']} {node.get('failureSummary', '')}"
        for fault in results.response["violations"]
        if fault["impact"] in _SERIOUS
        for node in fault["nodes"]
    ]
