"""Sessions end when their keys do, and nobody can make or take over one without a key."""

from datetime import timedelta
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.console.client import ConsoleClient

from pushgate.apps.api_keys import KeyLimits
from pushgate.domain.app import Scope
from pushgate.settings.console import ConsoleSettings


async def test_a_key_is_exchanged_for_a_session(browser: ConsoleClient, shop_key: str) -> None:
    assert not await browser.is_signed_in()
    answer = await browser.sign_in(shop_key)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await browser.is_signed_in()


async def test_the_cookie_has_no_key_and_no_script_reads_it(browser: ConsoleClient, shop_key: str) -> None:
    answer = await browser.sign_in(shop_key)
    cookie = _session_cookie(answer)
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert cookie["max-age"] == str(12 * 3600)
    assert shop_key.split("_")[2] not in str(answer.headers)
    assert not cookie["secure"]


async def test_by_https_the_cookie_is_bound_to_the_host_and_to_https(
    clients: ApiClients, shop_key: str
) -> None:
    browser = ConsoleClient(clients.context, base_url="https://localhost")
    cookie = _session_cookie(await browser.sign_in(shop_key), "__Host-pg_session")
    assert cookie["secure"]
    assert await browser.is_signed_in()


async def test_redis_has_neither_the_id_of_a_session_nor_a_secret(
    browser: ConsoleClient, shop_key: str, redis: Redis
) -> None:
    session_id = _session_cookie(await browser.sign_in(shop_key)).value
    (name,) = [key async for key in redis.scan_iter("{q}:console-sessions:*")]
    stored = await redis.get(name)
    for secret in (session_id, shop_key.split("_")[2]):
        assert secret.encode() not in name + stored
    assert timedelta(hours=11) < timedelta(seconds=await redis.ttl(name)) <= timedelta(hours=12)


@pytest.mark.parametrize("text", ["", "nonsense", "pg_0123456789ab_" + "0" * 48, "x" * 100_000])
async def test_a_wrong_key_opens_nothing(browser: ConsoleClient, text: str) -> None:
    answer = await browser.sign_in(text)
    assert answer.status_code == 401
    assert "No such key" in answer.text
    assert not await browser.is_signed_in()


async def test_a_key_that_is_revoked_ends_its_sessions(
    browser: ConsoleClient, shop_key: str, clients: ApiClients
) -> None:
    await browser.sign_in(shop_key)
    await clients.context.keys.revoke(shop_key.split("_")[1])
    assert not await browser.is_signed_in()


async def test_a_secret_that_a_rotation_ended_ends_its_sessions(
    browser: ConsoleClient, shop_key: str, clients: ApiClients, clock: SetClock
) -> None:
    await browser.sign_in(shop_key)
    await clients.context.keys.rotate(shop_key.split("_")[1], timedelta(minutes=1))
    assert await browser.is_signed_in()
    clock.advance(61)
    assert not await browser.is_signed_in()


async def test_a_key_that_expires_ends_its_sessions(
    browser: ConsoleClient, clients: ApiClients, clock: SetClock
) -> None:
    limits = KeyLimits(expires_at=clock.now() + timedelta(minutes=1))
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.READ], limits=limits))
    assert await browser.is_signed_in()
    clock.advance(61)
    assert not await browser.is_signed_in()


async def test_a_key_for_some_networks_works_from_these_alone(clients: ApiClients) -> None:
    limits = KeyLimits(networks=("10.0.0.0/8",))
    key = await clients.context.keys.create("shop", [Scope.READ], limits=limits)
    inside, outside = ConsoleClient(clients.context, client="10.1.1.1"), ConsoleClient(clients.context)
    assert (await outside.sign_in(key)).status_code == 403
    await inside.sign_in(key)
    assert await inside.is_signed_in()
    outside.http.cookies = inside.http.cookies
    assert not await outside.is_signed_in()


async def test_signing_in_gives_another_session_than_the_browser_had(
    browser: ConsoleClient, shop_key: str, operator_key: str
) -> None:
    browser.http.cookies.set("pg_session", "chosen-by-an-attacker", domain="localhost.local")
    before = _session_cookie(await browser.sign_in(shop_key)).value
    assert before != "chosen-by-an-attacker"
    after = _session_cookie(await browser.sign_in(operator_key)).value
    browser.http.cookies.set("pg_session", before, domain="localhost.local")
    assert after != before
    assert not await browser.is_signed_in()


async def test_a_session_has_keys_of_several_apps_and_shows_the_chosen_one(
    browser: ConsoleClient, shop_key: str, operator_key: str, clients: ApiClients
) -> None:
    other_key = await clients.context.keys.create("other", [Scope.READ], "other team")
    for key in (shop_key, operator_key, other_key):
        await browser.sign_in(key)
    page = (await browser.get("/")).text
    assert all(name in page for name in ("growth", "oncall", "other team"))
    assert '<b class="soft">other</b>' in page
    await browser.post("/app", app="shop")
    assert '<b class="soft">shop</b>' in (await browser.get("/")).text
    await browser.post("/app", app="unknown")
    assert '<b class="soft">shop</b>' in (await browser.get("/")).text
    await clients.context.keys.revoke(shop_key.split("_")[1])
    assert '<b class="soft">other</b>' in (await browser.get("/")).text


async def test_signing_out_ends_the_session(browser: ConsoleClient, shop_key: str) -> None:
    session_id = _session_cookie(await browser.sign_in(shop_key)).value
    answer = await browser.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    browser.http.cookies.set("pg_session", session_id, domain="localhost.local")
    assert not await browser.is_signed_in()


async def test_a_session_ends_by_itself(clients: ApiClients, shop_key: str, redis: Redis) -> None:
    settings = ConsoleSettings(session_lifetime=timedelta(minutes=5))
    browser = ConsoleClient(clients.context, settings=settings)
    assert _session_cookie(await browser.sign_in(shop_key))["max-age"] == "300"
    (name,) = [key async for key in redis.scan_iter("{q}:console-sessions:*")]
    assert 0 < await redis.ttl(name) <= 300
    await redis.delete(name)
    assert not await browser.is_signed_in()


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/messages?status=sent", "/messages?status=sent"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: x=y", "/"),
    ],
)
async def test_signing_in_leads_to_pages_of_the_console_alone(
    browser: ConsoleClient, shop_key: str, wanted: str, led_to: str
) -> None:
    answer = await browser.sign_in(shop_key, next=wanted)
    assert answer.headers["location"] == led_to


def _session_cookie(answer: httpx.Response, name: str = "pg_session") -> Morsel[str]:
    cookies = [SimpleCookie(header) for header in answer.headers.get_list("set-cookie")]
    return next(cookie[name] for cookie in cookies if name in cookie)
