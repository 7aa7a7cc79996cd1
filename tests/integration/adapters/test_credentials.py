"""Credentials: they are renewed, shared, tried without a push, and never shown."""

import json

import pytest
from redis.asyncio import Redis
from tests.support.adapters.sending import SINGLE, sent, token
from tests.support.apps import open_adapters
from tests.support.clock import SetClock
from tests.support.sandbox import Sandbox
from tests.support.sealing import sealer_of

from pushgate.adapters.contract import Adapter
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import VendorAuthError, VendorError
from pushgate.domain.outcome import Outcome
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.sandbox.vendors.honor import Honor
from pushgate.sandbox.vendors.huawei import Huawei
from pushgate.settings.loading import parse
from pushgate.worker.shared_credentials import SharedCredentials


@pytest.mark.parametrize("vendor", ["fcm", "honor", "huawei", "oppo", "vivo"])
async def test_an_expired_access_token_is_replaced_and_no_push_is_lost(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    await sent(adapters[vendor], [token(0)])
    sandbox.misbehave(expire_credentials=[vendor])
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(1, 40)])
    assert error is None
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.ACCEPTED}
    grants = [r for r in sandbox.received(vendor=vendor) if not r["tokens"] and r["code"] == "granted"]
    assert len(grants) == 2


async def test_an_expired_provider_token_is_replaced(adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": "apns", "error": "ExpiredProviderToken", "times": 1})
    verdicts, error = await sent(adapters["apns"], [token(1)])
    assert error is None
    assert verdicts[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "InvalidProviderToken"),
        ("fcm", "UNAUTHENTICATED"),
        ("huawei", "80200001"),
        ("harmony", "80200001"),
        ("honor", "access_token"),
        ("oppo", "11"),
        ("vivo", "10000"),
    ],
)
async def test_a_credential_that_stays_refused_fails_the_call_after_one_more_try(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SINGLE.get(vendor)})
    verdicts, error = await sent(adapters[vendor], [token(1)])
    assert verdicts == {}
    assert isinstance(error, VendorAuthError)
    assert sandbox.summary(vendor)["requests"] <= 4, "one more try, not many"


@pytest.mark.parametrize("hours", [-3, 3])
@pytest.mark.parametrize("vendor", ["apns", "fcm", "harmony", "oppo", "vivo"])
async def test_credentials_of_a_wrong_clock_are_refused_until_the_clock_is_right(
    vendor: str, hours: int, sandbox: Sandbox
) -> None:
    """What it signs is too old, or of the future (docs/reference/vendors/index.md#credentials). No
    token is called dead for it.
    """
    clock = SetClock()
    right = clock.at
    clock.advance(hours * 3600)
    settings = parse({"apps": {"shop": sandbox.sections()}})
    opened = open_adapters(settings, clock, NoCredentialStore(), CallbackTokens(b""))
    verdicts, error = await sent(opened["shop", vendor], [token(1)])
    assert (verdicts, isinstance(error, VendorError)) == ({}, True)
    clock.at = right
    verdicts, error = await sent(opened["shop", vendor], [token(1)])
    assert error is None
    assert verdicts[0].outcome is Outcome.ACCEPTED
    for adapter in opened.values():
        await adapter.close()


async def test_a_credential_that_expires_among_many_pushes_is_renewed_and_no_push_is_lost(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    for vendor in ("fcm", "huawei"):
        await sent(adapters[vendor], [token(0)])
        sandbox.misbehave(expire_credentials=[vendor])
        verdicts, error = await sent(adapters[vendor], [token(n) for n in range(1, 1501)])
        assert error is None
        assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.ACCEPTED}
        assert len(verdicts) == 1500
        assert sandbox.summary(vendor)["duplicates"] == 0


async def test_the_sandbox_shows_no_secret_of_a_login(adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    sandbox.misbehave(expire_credentials=["huawei", "honor"])
    for vendor in ("huawei", "honor", "oppo", "vivo"):
        await sent(adapters[vendor], [token(1)])
    shown = json.dumps(sandbox.received())
    assert '"body": "..."' in shown
    assert Huawei(sandbox.context).app_secret not in shown
    assert Honor(sandbox.context).client_secret not in shown
    for item in sandbox.received():
        if item["vendor"] == "oppo" and item["tokens"]:
            assert str(item["body"]).startswith("auth_token=...&messages=")
        if item["vendor"] == "vivo" and item["tokens"]:
            assert item["headers"]["authtoken"] == "..."  # type: ignore[index]  # JSON


@pytest.mark.parametrize("vendor", ["apns", "fcm", "harmony", "honor", "huawei", "oppo", "vivo"])
async def test_check_tries_credentials_without_a_push(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    await adapters[vendor].check()
    assert sandbox.summary(vendor)["pushes"] == 0


async def test_check_finds_wrong_credentials(sandbox: Sandbox) -> None:
    sections = sandbox.sections()
    wrong = {**sections["huawei"], "app_secret": "wrong"}
    adapter = open_adapters(
        parse({"apps": {"shop": {"huawei": wrong}}}), SystemClock(), NoCredentialStore(), CallbackTokens(b"")
    )[("shop", "huawei")]
    with pytest.raises(VendorAuthError) as caught:
        await adapter.check()
    await adapter.close()
    assert "wrong" not in str(caught.value)


async def test_processes_and_apps_of_a_team_share_one_provider_token(redis: Redis, sandbox: Sandbox) -> None:
    """APNs wants the same one from every worker, and after a restart. See
    docs/reference/vendors/apns.md#credentials.
    """
    section = sandbox.sections()["apns"]
    settings = parse({"apps": {"shop": {"apns": section}, "news": {"apns": section}}})
    tokens: set[object] = set()
    for _ in range(2):
        store = SharedCredentials(redis, SystemClock(), sealer_of(b"a"))
        opened = open_adapters(settings, SystemClock(), store, CallbackTokens(b""))
        for adapter in opened.values():
            verdicts, error = await sent(adapter, [token(1)])
            assert (error, verdicts[0].outcome) == (None, Outcome.ACCEPTED)
            await adapter.close()
        kept = {key: await redis.get(key) async for key in redis.scan_iter("{q}:credential:apns:*")}
        assert len(kept) == 1
        tokens |= set(kept.values())
    assert len(tokens) == 1
