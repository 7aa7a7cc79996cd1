"""Chromium for tests, and what a page must not do: break its policy, log an error, load from
elsewhere.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """Return where Chromium is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Start Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@dataclass
class Faults:
    """What pages did that they must not do. A test takes out of `found` what it expects."""

    url: str
    found: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Note the faults of all pages of a context. Violations of the policy are errors that the
        browser logs.
        """
        context.on("console", self._note_line)
        context.on("weberror", lambda error: self.found.append(f"error: {error.error}"))
        context.on("request", self._note_request)

    def expect(self, text: str) -> None:
        """Take out the faults that contain the text; there must be some."""
        expected = [fault for fault in self.found if text in fault]
        assert expected, (text, self.found)
        self.found = [fault for fault in self.found if fault not in expected]

    def _note_line(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            self.found.append(f"{line.type}: {line.text}")

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc and not request.url.startswith("data:"):
            self.found.append(f"elsewhere: {request.url}")


__all__ = ["Browser", "BrowserContext", "Faults", "Page", "find", "open_browser"]
