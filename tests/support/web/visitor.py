"""A browser with the test's web app. Pushes are delivered through the DevTools protocol, for no
test can reach the browser's own push service; the browser does the rest as it always does.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Worker
from tests.support.web.site import FILES, Site

CLICK = """async ([tag, action]) => {
  const [notification] = await registration.getNotifications({ tag });
  const waits = [], opened = [];
  const event = new NotificationEvent("notificationclick", { notification, action });
  event.waitUntil = (wait) => waits.push(wait); // an event of a script cannot be waited for
  clients.openWindow = async (url) => void opened.push(url); // no user clicked
  dispatchEvent(event);
  await Promise.all(waits);
  return opened;
}"""
CHANGE = """async () => {
  const waits = [];
  const event = new ExtendableEvent("pushsubscriptionchange");
  event.waitUntil = (wait) => waits.push(wait);
  dispatchEvent(event);
  await Promise.all(waits);
}"""
SHOWN = (
    "async () => (await registration.getNotifications()).map(({title, body, tag}) => ({title, body, tag}))"
)


class Visitor:
    """Somebody who visits the site."""

    def __init__(self, context: BrowserContext, page: Page, cdp: CDPSession, site: Site) -> None:
        self.context, self.page, self.site = context, page, site
        self._cdp = cdp
        self._registrations: dict[str, str] = {}
        cdp.on("ServiceWorker.workerRegistrationUpdated", self._note)

    def _note(self, found: dict[str, Any]) -> None:
        for one in found["registrations"]:
            self._registrations[one["scopeURL"]] = one["registrationId"]

    async def open(self, gateway: str, key: str, **settings: str) -> None:
        """Open the page with these settings."""
        await self._cdp.send("ServiceWorker.enable")
        await self.page.goto(self.site.url)
        await self.page.wait_for_function("document.documentElement.dataset.ready")
        given = {"gateway": gateway, "applicationServerKey": key, **settings}
        await self.page.evaluate("settings => open(settings)", given)

    async def call(self, method: str) -> Any:
        """Call a method of the library in the page."""
        return await self.page.evaluate(f"pushgate.{method}()")

    async def leave(self) -> None:
        """Close the page. The service worker stays."""
        other = await self.context.new_page()
        self._cdp = await self.context.new_cdp_session(other)
        known = asyncio.Event()
        self._cdp.on("ServiceWorker.workerVersionUpdated", lambda _: known.set())
        await self._cdp.send("ServiceWorker.enable")
        await asyncio.wait_for(known.wait(), 15)
        await self.page.close()

    async def deliver(self, body: str) -> None:
        """Deliver a push to the service worker."""
        (registration,) = self._registrations.values()
        push = {"origin": self.site.url, "registrationId": registration, "data": body}
        await self._cdp.send("ServiceWorker.deliverPushMessage", push)

    async def deliver_until_shown(self, body: str, number: int = 1) -> None:
        """Deliver a push until the service worker shows so many notifications.

        DevTools drops a push without a word while the browser moves the worker away from a page
        that closes.
        """
        deadline = time.monotonic() + 60
        while len(await self.shown()) != number:
            assert time.monotonic() < deadline, f"{number} notifications are not shown"
            await self.deliver(body)
            await asyncio.sleep(0.2)

    async def wait_until_shown(self, number: int) -> None:
        """Wait until so many notifications are shown."""
        deadline = time.monotonic() + 60
        while len(await self.shown()) != number:
            assert time.monotonic() < deadline, f"{number} notifications are not shown"
            await asyncio.sleep(0.05)  # a browser tells nobody that a notification is gone

    def worker(self) -> Worker:
        """The service worker."""
        (found,) = self.context.service_workers
        return found

    async def shown(self) -> list[dict[str, str]]:
        """The notifications that are shown."""
        found: list[dict[str, str]] = await self.worker().evaluate(SHOWN)
        return found

    async def click(self, tag: str, action: str = "") -> list[str]:
        """Click a notification; returns the addresses that the worker opens."""
        opened: list[str] = await self.worker().evaluate(CLICK, [tag, action])
        return opened

    async def renew_subscription(self) -> None:
        """Have the browser say that its subscription is gone."""
        self.site.subscription = ""
        await self.worker().evaluate(CHANGE)


@asynccontextmanager
async def visiting(browser: Browser, site: Site) -> AsyncIterator[Visitor]:
    """A visitor with a browser of its own, who allows notifications. A fault of a page fails the
    test.
    """
    site.subscription = ""
    site.made.clear()
    faults: list[str] = []
    context = await browser.new_context(locale="en-GB", timezone_id="Asia/Tokyo")
    context.set_default_timeout(15_000)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    await context.grant_permissions(["notifications"], origin=site.url)
    await context.add_init_script(path=Path(FILES / "push-service.js"))
    page = await context.new_page()
    try:
        yield Visitor(context, page, await context.new_cdp_session(page), site)
    finally:
        await context.close()
    assert not faults
