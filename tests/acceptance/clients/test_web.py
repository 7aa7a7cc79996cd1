"""The web client in Chromium, with a running Pushgate, and the sandbox as the browser's push
service.
"""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
from playwright.async_api import Browser
from tests.support import generators
from tests.support.client_apps import make_app, operate
from tests.support.console.browser import find, open_browser
from tests.support.system import System
from tests.support.web.shop import Shop
from tests.support.web.site import LIBRARY, Site, serving
from tests.support.web.visitor import Visitor, visiting

NAMES = count(1)
MAX_BYTES = 10_000


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not find():
        pytest.skip("chromium is not installed")
    async with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def site(running_system: System) -> Iterator[Site]:
    names = (f"web-{number:04}" for number in count())
    with serving(Site(lambda: running_system.sandbox.get(f"/subscriptions/{next(names)}").text)) as found:
        yield found


@pytest.fixture(scope="module")
def shop(running_system: System, site: Site) -> Shop:
    vendors = ["webpush", "fcm"]
    key = make_app(running_system, "web", vendors, allowed_origins=[site.url], allow_anonymous=True)
    found = Shop(running_system, key)
    site.registration_token = found.registration_token
    return found


@pytest.fixture
async def visitor(browser: Browser, shop: Shop, site: Site) -> AsyncIterator[Visitor]:
    """A visitor who is a new user, with the page open."""
    shop.user = f"user-{next(NAMES)}"
    async with visiting(browser, site) as found:
        await found.open(shop.gateway, shop.vapid_key)
        yield found


@pytest.mark.skipif(not generators.find_node_tools(), reason="npm is not installed")
@pytest.mark.parametrize("project", ["tsconfig.json", "tsconfig.worker.json"])
def test_the_types_are_right(project: str) -> None:
    done = subprocess.run(
        [generators.NODE / "tsc", "--project", LIBRARY / project], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()


async def test_a_push_is_shown_reported_and_opened(shop: Shop, visitor: Visitor) -> None:
    assert await visitor.call("refresh") == "unsubscribed", "nobody is subscribed unasked"
    assert await visitor.call("subscribe") == "subscribed"
    (terminal,) = shop.terminals()
    assert (terminal["vendor"], terminal["language"], terminal["timezone"]) == ("webpush", "en", "Asia/Tokyo")
    message, body = shop.push()
    await visitor.deliver(body)
    shop.wait_for_counts(message, 1, 0)
    assert await visitor.shown() == [{"title": "Sale", "body": "Today only", "tag": message}]
    assert await visitor.click(message) == ["https://shop.example/sale"]
    shop.wait_for_counts(message, 1, 1)
    assert await visitor.shown() == []
    url = "https://shop.example/sale"
    assert await visitor.page.evaluate("told") == [["received", url, ""], ["click", url, ""]]


async def test_reports_wait_for_a_connection_while_no_page_is_open(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    message, body = shop.push()
    await visitor.leave()
    await visitor.context.set_offline(True)
    await visitor.deliver_until_shown(body)
    await visitor.click(message)
    assert shop.counts(message) == (0, 0)
    await visitor.context.set_offline(False)
    # The next push takes along the reports that wait; so does the next start of the page.
    other, body = shop.push()
    await visitor.deliver(body)
    shop.wait_for_counts(other, 1, 0)
    shop.wait_for_counts(message, 1, 1)


async def test_a_push_that_comes_twice_replaces_itself(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    message, body = shop.push()
    for _ in range(2):
        await visitor.deliver(body)
    shop.wait_for_counts(message, 1, 0)
    assert [one["tag"] for one in await visitor.shown()] == [message]
    assert len(await visitor.page.evaluate("told")) == 1


async def test_a_click_on_the_users_phone_removes_the_notification(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    phone = {"vendor": "fcm", "token": f"phone-{shop.user}", "language": "en", "user": shop.user}
    shop.call("PUT", f"/v1/terminals/phone-{shop.user}", phone)
    _, kept = shop.push()
    message, body = shop.push(clear_on_click=True, collapse_key="offer", webpush={"remove_on_click": True})
    for one in (kept, body):
        await visitor.deliver(one)
    shop.wait_for_counts(message, 1, 0)
    assert len(await visitor.shown()) == 2
    shop.click_elsewhere(message, f"phone-{shop.user}")
    removal = shop.wait_for_body("webpush", message, "pushgate_remove")
    await visitor.deliver(removal)
    await visitor.wait_until_shown(1)
    assert "offer" not in [one["tag"] for one in await visitor.shown()]
    # A later message with the same collapse key stays, should the removal come late.
    _, later = shop.push(collapse_key="offer")
    await visitor.deliver_until_shown(later, 2)
    # A push after the removal takes more steps: once it is shown, the removal was handled.
    _, last = shop.push()
    await visitor.deliver(removal)
    await visitor.deliver_until_shown(last, 3)
    assert "offer" in [one["tag"] for one in await visitor.shown()]
    results = shop.call("GET", f"/v1/messages/{message}/results")
    assert (results["targeted"], results["clicked"], results["withdrawn"]) == (2, 1, 1)


async def test_pushes_of_other_senders_are_left_alone(visitor: Visitor) -> None:
    await visitor.call("subscribe")
    for body in ("", "hello", "null", json.dumps({"title": "Other", "data": {"pushgate": 1}})):
        await visitor.deliver(body)
    assert await visitor.shown() == []


async def test_the_registration_follows_the_subscription(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    (before,) = shop.terminals()
    await visitor.renew_subscription()
    (after,) = shop.terminals()
    assert after["id"] == before["id"]
    assert after["token"] != before["token"], "the browser renewed its subscription"
    assert await visitor.call("refresh") == "subscribed"
    assert shop.terminals() == [after], "nothing changed"
    # The app pushes with another VAPID key from now on: the subscription is made anew.
    other = "B" + shop.vapid_key[1:-1] + ("A" if shop.vapid_key[-1] != "A" else "Q")
    await visitor.open(shop.gateway, other)
    assert await visitor.call("refresh") == "subscribed"
    (last,) = shop.terminals()
    assert (last["id"], last["token"] != after["token"], len(visitor.site.made)) == (after["id"], True, 3)


async def test_a_terminal_that_pushgate_forgot_is_registered_again(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    shop.call("DELETE", f"/v1/terminals/{shop.terminals()[0]['id']}")
    visitor.site.subscription = ""  # and the browser lost its subscription
    assert await visitor.call("refresh") == "subscribed"
    assert len(shop.terminals()) == 1


async def test_a_user_signs_out_and_another_signs_in(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    (terminal,) = shop.terminals()
    await visitor.call("signOut")
    assert shop.call("GET", f"/v1/terminals/{terminal['id']}")["user"] is None
    assert await visitor.call("refresh") == "subscribed", "the browser stays registered, without a user"
    assert shop.call("GET", f"/v1/terminals/{terminal['id']}")["user"] is None
    shop.user = f"user-{next(NAMES)}"
    await visitor.call("subscribe")
    assert [one["id"] for one in shop.terminals()] == [terminal["id"]]


async def test_who_unsubscribes_is_forgotten(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    (terminal,) = shop.terminals()
    await visitor.call("unsubscribe")
    assert visitor.site.subscription == ""
    found = shop.system.anyone.get(f"/v1/terminals/{terminal['id']}", headers=shop.headers)
    assert found.status_code == 404
    assert await visitor.call("refresh") == "unsubscribed"


async def test_who_withdraws_the_permission_is_forgotten(shop: Shop, visitor: Visitor) -> None:
    await visitor.call("subscribe")
    (terminal,) = shop.terminals()
    await visitor.context.clear_permissions()
    await visitor.open(shop.gateway, shop.vapid_key)
    assert await visitor.call("refresh") in ("denied", "unsubscribed")
    found = shop.system.anyone.get(f"/v1/terminals/{terminal['id']}", headers=shop.headers)
    assert found.status_code == 404


async def test_a_browser_registers_without_a_user(browser: Browser, shop: Shop, site: Site) -> None:
    public_id = operate(shop.system, "GET", "/v1/apps/web")["settings"]["public_id"]
    async with visiting(browser, site) as visitor:
        await visitor.open(shop.gateway, shop.vapid_key, publicId=public_id)
        assert await visitor.call("subscribe") == "subscribed"
        token = json.loads(visitor.site.subscription)["endpoint"].rpartition("/")[2]
        found = shop.call("GET", "/v1/terminals?vendor=webpush")["terminals"]
        (terminal,) = [one for one in found if one["token"].endswith(token)]
        assert terminal["user"] is None


def test_the_library_is_small() -> None:
    """All that a page and its worker load, as it is, without a build step."""
    files = sorted(LIBRARY.glob("*.js"))
    assert sum(len(file.read_bytes()) for file in files) < 3 * MAX_BYTES
    assert not [file.name for file in files if ' from "' in file.read_text("utf-8").replace(' from "./', "")]
