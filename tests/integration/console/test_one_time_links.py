"""A one-time link opens the console once, within five minutes, and on the machine itself alone."""

from dataclasses import replace
from ipaddress import ip_network

import httpx
import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.console.one_time_links import OneTimeLinks
from pushgate.settings.api import ApiSettings


@pytest.fixture
async def path(redis: Redis, shop_key: str, operator_key: str) -> str:
    code = await OneTimeLinks(redis).create([shop_key.split("_")[1], operator_key.split("_")[1]])
    return f"/link/{code}"


async def test_a_link_signs_in_with_all_its_keys_once(
    browser: ConsoleClient, path: str, clients: ApiClients
) -> None:
    await _open(browser, path)
    page = (await browser.get("/")).text
    assert "growth" in page
    assert "oncall" in page
    second = ConsoleClient(clients.context)
    assert (await _open(second, path)).status_code == 410
    assert not await second.is_signed_in()


async def test_looking_at_a_link_does_not_use_it_up(browser: ConsoleClient, path: str) -> None:
    for _ in range(3):
        assert (await browser.get(path)).status_code == 200
    await _open(browser, path)
    assert await browser.is_signed_in()


async def test_a_link_ends_after_five_minutes(browser: ConsoleClient, path: str, redis: Redis) -> None:
    (name,) = [key async for key in redis.scan_iter("{q}:console-links:*")]
    assert 0 < await redis.ttl(name) <= 300
    assert path.removeprefix("/link/").encode() not in name
    await redis.delete(name)
    assert (await _open(browser, path)).status_code == 410


async def test_a_link_to_keys_that_are_revoked_opens_nothing(
    browser: ConsoleClient, path: str, clients: ApiClients, shop_key: str, operator_key: str
) -> None:
    await clients.context.keys.revoke(shop_key.split("_")[1])
    await _open(browser, path)
    assert "growth" not in (await browser.get("/sign-in")).text
    code = await OneTimeLinks(clients.context.redis).create([shop_key.split("_")[1]])
    stranger = ConsoleClient(clients.context)
    assert (await _open(stranger, f"/link/{code}")).status_code == 410


@pytest.mark.parametrize("address", ["10.0.0.7", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.7"])
async def test_a_link_does_not_work_from_another_machine(
    clients: ApiClients, path: str, address: str
) -> None:
    browser = ConsoleClient(clients.context, client=address)
    assert (await browser.get(path)).status_code == 403
    assert (await _open(browser, path)).status_code == 403
    assert not await browser.is_signed_in()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_a_link_works_from_every_loopback_address(clients: ApiClients, path: str, address: str) -> None:
    browser = ConsoleClient(clients.context, client=address)
    await _open(browser, path)
    assert await browser.is_signed_in()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
@pytest.mark.parametrize("is_trusted", [True, False])
async def test_a_link_does_not_work_by_way_of_a_proxy_on_the_machine(
    clients: ApiClients, path: str, header: str, *, is_trusted: bool
) -> None:
    trusted = (ip_network("127.0.0.1"),) if is_trusted else ()
    context = replace(clients.context, settings=ApiSettings(trusted_proxies=trusted))
    browser = ConsoleClient(context, headers={header: "127.0.0.1"})
    assert (await _open(browser, path)).status_code == 403
    assert not await browser.is_signed_in()


async def test_a_link_does_not_work_under_another_name_than_this_machines(
    clients: ApiClients, path: str
) -> None:
    context = replace(clients.context, settings=ApiSettings(public_url="http://push.example"))
    browser = ConsoleClient(context, base_url="http://push.example")
    assert (await _open(browser, path)).status_code == 403


async def _open(browser: ConsoleClient, path: str) -> httpx.Response:
    return await browser.post(path)
