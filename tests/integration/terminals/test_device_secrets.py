"""A terminal's device secrets: as long as the terminal is there, through everything that becomes of
it, and no longer.
"""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.registry_laws import check_registry, read_shard

from pushgate.domain.app import App
from pushgate.domain.errors import Conflict
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.device_secrets import KnownDevice, digest
from pushgate.terminals.registry import DeadToken, Single
from pushgate.terminals.rows import NEW

APP = App("shop")
PHONE = Terminal("phone", "apns", "token-1", "en", user="ann")


async def issue(stores: Stores, secret: str, terminal: Terminal = PHONE) -> None:
    """Register the terminal, new or known, with one more secret."""
    known = await stores.device_secrets.read(APP, terminal.id)
    single = Single(known.version if known else NEW, digest(secret))
    assert await stores.registry.replace(APP, terminal, single)


async def known(stores: Stores, terminal_id: str = "phone") -> KnownDevice:
    """The terminal with its secrets."""
    device = await stores.device_secrets.read(APP, terminal_id)
    assert device is not None
    return device


async def valid(stores: Stores, *secrets: str) -> list[str]:
    """Those of these secrets that the terminal has."""
    device = await known(stores)
    return [secret for secret in secrets if device.has_secret(secret)]


async def test_a_terminal_is_registered_as_new_only_where_it_is_not_known(stores: Stores) -> None:
    await issue(stores, "a")
    assert await stores.registry.replace(APP, PHONE, Single(NEW, digest("b"))) is None
    assert await valid(stores, "a", "b") == ["a"]


async def test_an_old_secret_holds_until_a_newer_one_is_used(stores: Stores) -> None:
    await issue(stores, "a")
    await issue(stores, "b")
    assert await valid(stores, "a", "b") == ["a", "b"]
    assert await stores.device_secrets.use(APP, await known(stores), "a")
    assert await valid(stores, "a", "b") == ["a", "b"]
    assert await stores.device_secrets.use(APP, await known(stores), "b")
    assert await valid(stores, "a", "b") == ["b"]
    assert not await stores.device_secrets.use(APP, await known(stores), "a")


async def test_the_secret_in_use_survives_any_number_of_lost_answers(stores: Stores) -> None:
    for secret in "abcdef":
        await issue(stores, secret)
    assert await valid(stores, *"abcdef") == ["a", "e", "f"]


async def test_secrets_stay_when_the_backend_registers_the_terminal_again(stores: Stores) -> None:
    await issue(stores, "a")
    await stores.registry.register(APP, [replace(PHONE, token="token-2", user="bea")])
    assert await valid(stores, "a") == ["a"]


async def test_secrets_go_with_the_terminal_to_another_group(stores: Stores) -> None:
    await issue(stores, "a")
    await stores.registry.register(APP, [replace(PHONE, vendor="fcm", language="de")])
    assert await valid(stores, "a") == ["a"]


@pytest.mark.parametrize("way", ["deleted", "dead", "silent", "taken over", "erased"])
async def test_secrets_go_when_the_terminal_goes(stores: Stores, redis: Redis, way: str) -> None:
    await issue(stores, "a")
    match way:
        case "deleted":
            await stores.registry.forget(APP, ["phone"])
        case "dead":
            await stores.registry.forget_dead(APP, "apns", [DeadToken("token-1")])
        case "silent":
            later = (await known(stores)).terminal.last_seen
            assert later is not None
            await stores.registry.forget_silent(APP, ["phone"], later + timedelta(days=1))
        case "taken over":
            await stores.registry.register(APP, [replace(PHONE, id="other")])
        case "erased":
            await stores.terminal_erasure.erase(APP, {"phone": "nobody"})
    assert (await read_shard(redis, APP, 0)).secrets == {}
    await stores.registry.register(APP, [PHONE])
    assert await valid(stores, "a") == []
    await check_registry(redis, APP)


async def test_a_terminal_that_yields_leaves_the_token_to_another_users_terminal(stores: Stores) -> None:
    await stores.registry.register(APP, [PHONE])
    stranger = Terminal("stranger", "apns", "token-1", "en")
    with pytest.raises(Conflict):
        await stores.registry.replace(APP, stranger, Single(NEW, digest("s"), yields=True))
    assert await stores.device_secrets.read(APP, "stranger") is None
    assert (await stores.registry.read_owner(APP, ["token-1"], "apns")).id == "phone"


async def test_a_terminal_that_yields_takes_the_token_of_its_own_user_and_of_nobody(stores: Stores) -> None:
    await stores.registry.register(APP, [PHONE, Terminal("old", "apns", "token-2", "en")])
    single = Single(NEW, digest("s"), yields=True)
    assert await stores.registry.replace(APP, Terminal("new", "apns", "token-1", "en", user="ann"), single)
    assert await stores.registry.replace(APP, Terminal("newer", "apns", "token-2", "en"), single)
    owners = [await stores.registry.read_owner(APP, [token], "apns") for token in ("token-1", "token-2")]
    assert [owner.id for owner in owners] == ["new", "newer"]


async def test_of_a_user_and_a_stranger_who_register_at_once_the_user_keeps_the_token(
    stores: Stores, redis: Redis
) -> None:
    stranger = Terminal("stranger", "apns", "token-1", "en")
    for _ in range(10):
        answers = await asyncio.gather(
            stores.registry.replace(APP, stranger, Single(NEW, digest("s"), yields=True)),
            stores.registry.register(APP, [PHONE]),
            return_exceptions=True,
        )
        assert all(not isinstance(answer, Exception) or isinstance(answer, Conflict) for answer in answers)
        assert (await stores.registry.read_owner(APP, ["token-1"], "apns")).id == "phone"
        await check_registry(redis, APP)
        await stores.registry.forget(APP, ["phone", "stranger"])
