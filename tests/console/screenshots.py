"""Pictures of pages, to be looked at: `python -m tests.console.screenshots FOLDER [PAGE...]`.

Each page in both themes and languages, wide and on a phone. Pages that do not exist are left out.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from tests.support.console.browser import Browser, BrowserContext, open_browser
from tests.support.console.deployment import Deployment, deployed
from tests.support.engines import wait_until

PAGES: Mapping[str, str] = {
    "now": "/",
    "messages": "/messages",
    "message": "/messages/{message}",
    "compose": "/compose",
    "templates": "/templates",
    "audience": "/audience",
    "vendors": "/vendors",
    "terminal": "/terminals/{terminal}",
    "setup": "/setup",
    "sign-in": "/sign-in",
    "missing": "/nothing-here",
}
"""Paths by the names of their pages. A path may hold `{message}` or `{terminal}`: the last ones of
the demo app; the message is one to everybody.
"""
_THEMES: Sequence[Literal["light", "dark"]] = ("light", "dark")
_LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
_WIDTHS = (1280, 390)


async def take_all(deployment: Deployment, folder: Path, names: Sequence[str]) -> None:
    """Take the pictures of these pages, of all without names."""
    last = last_ones(deployment)
    paths = {name: path.format(**last) for name, path in PAGES.items() if not names or name in names}
    async with open_browser() as browser:
        for language, theme, width in itertools.product(_LANGUAGES, _THEMES, _WIDTHS):
            context = await _open(browser, deployment, language, theme, width)
            await _take(context, deployment, folder, paths, f"{language}-{theme}-{width}")


def last_ones(deployment: Deployment) -> dict[str, str]:
    """Return the ids of the last message and of a terminal of the demo app."""
    api = deployment.system.api
    wait_until(lambda: sent_to_all(deployment) != [], 60, "a message to all that is sent")
    messages = sent_to_all(deployment)
    terminals = api.get("/v1/terminals", params={"limit": 1}).json().get("terminals", [])
    return {
        "message": messages[0],
        "terminal": terminals[0]["id"] if terminals else "none",
    }


def sent_to_all(deployment: Deployment) -> Sequence[str]:
    """Return the ids of the messages to everybody that are sent, the last one first."""
    found = deployment.system.api.get("/v1/messages", params={"status": "sent", "limit": 100}).json()
    return [message["id"] for message in found["messages"] if "all" in message["audience"]]


async def _open(
    browser: Browser, deployment: Deployment, language: str, theme: Literal["light", "dark"], width: int
) -> BrowserContext:
    return await browser.new_context(
        base_url=deployment.url,
        locale=_LANGUAGES[language],
        timezone_id="Asia/Shanghai",
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        device_scale_factor=1 if width > 500 else 2,
    )


async def _take(
    context: BrowserContext, deployment: Deployment, folder: Path, paths: Mapping[str, str], look: str
) -> None:
    page = await context.new_page()
    await page.goto(await deployment.link())
    await page.wait_for_url(f"{deployment.url}/")
    for name, path in sorted(paths.items(), key=lambda one: one[0] == "sign-in"):
        if name == "sign-in":  # the last one, for it is a stranger's
            await context.clear_cookies()
        response = await page.goto(path)
        if response is not None and response.status == 404 and name != "missing":
            continue
        await page.wait_for_timeout(600)  # live parts and pictures come after the page
        await page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
    await context.close()


def main() -> None:
    """Start a deployment, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*", help=", ".join(PAGES))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, deployed(Path(place), filled=True) as deployment:
        asyncio.run(take_all(deployment, options.folder, options.pages))
    sys.stdout.write(f"pictures are in {options.folder}\n")


if __name__ == "__main__":
    main()
