"""Calls that fail as a whole: the vendor asks for less, is broken, refuses the app, or cannot be
reached.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.adapters.sending import SEND, VENDORS, addressed, sent, token
from tests.support.apps import open_adapters
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Verdict
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import VendorAuthError, VendorError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import Outcome
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse


def assert_nothing_was_sent(vendor: str, verdicts: dict[int, Verdict], error: VendorError | None) -> None:
    """Nothing was sent: all of the vendor is in trouble, or of many push services the one that was
    called.
    """
    if vendor == "webpush":
        assert ({verdict.outcome for verdict in verdicts.values()}, error) == ({Outcome.RETRY}, None)
    else:
        assert (verdicts, type(error)) == ({}, VendorUnavailable)


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "TooManyProviderTokenUpdates"),
        ("fcm", "QUOTA_EXCEEDED"),
        ("huawei", "503"),
        ("harmony", "503"),
        ("honor", "flow_control"),
        ("meizu", "110010"),
        ("oppo", "55"),
        ("vivo", "10072"),
        ("xiaomi", "10027"),
    ],
)
async def test_throttling_raises_with_the_delay_of_the_vendor(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave(
        {
            "vendor": vendor,
            "error": code,
            "retry_after": 7,
            "path": SEND.get(vendor),
        }
    )
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(20)])
    assert verdicts == {}
    assert isinstance(error, VendorThrottled)
    assert error.retry_after == 7


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "ServiceUnavailable"),
        ("fcm", "UNAVAILABLE"),
        ("huawei", "503"),
        ("harmony", "503"),
        ("honor", "flow_control"),
        ("meizu", "110010"),
        ("oppo", "55"),
        ("vivo", "10072"),
        ("webpush", "503"),
        ("xiaomi", "10027"),
    ],
)
async def test_retry_after_may_be_a_date(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    at = datetime.now(UTC) + timedelta(hours=30)
    sandbox.misbehave({"vendor": vendor, "error": code, "retry_at": at.isoformat(), "path": SEND.get(vendor)})
    verdicts, error = await sent(adapters[vendor], addressed(sandbox, vendor, [token(n) for n in range(5)]))
    asked = error.retry_after if error else verdicts[0].retry_after
    assert asked is not None
    assert abs(asked - timedelta(hours=30).total_seconds()) < 60


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "ServiceUnavailable"),
        ("fcm", "UNAVAILABLE"),
        ("huawei", "81000001"),
        ("harmony", "81000001"),
        ("honor", "500"),
        ("meizu", "1001"),
        ("oppo", "-1"),
        ("vivo", "10102"),
        ("xiaomi", "10001"),
    ],
)
async def test_an_unavailable_vendor_has_accepted_nothing(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SEND.get(vendor)})
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(20)])
    assert verdicts == {}
    assert isinstance(error, VendorUnavailable)


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "TopicDisallowed"),
        ("fcm", "PERMISSION_DENIED"),
        ("huawei", "80300002"),
        ("harmony", "80300037"),
        ("meizu", "110033"),
        ("oppo", "28"),
        ("vivo", "10045"),
        ("xiaomi", "21301"),
    ],
)
async def test_a_refusal_of_the_app_has_no_verdict_on_tokens(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SEND.get(vendor)})
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(20)])
    assert verdicts == {}
    assert isinstance(error, VendorAuthError)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_lost_connection_leaves_the_outcome_unknown_and_the_next_push_succeeds(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(3)])
    await sent(adapters[vendor], tokens[:1])
    sandbox.misbehave({"vendor": vendor, "drop": "after", "times": 1})
    verdicts, error = await sent(adapters[vendor], tokens[1:2])
    assert error is None
    assert verdicts[0].outcome is Outcome.UNKNOWN
    assert sandbox.summary(vendor)["accepted"] == 2, "it was taken though nobody answered"
    again, error = await sent(adapters[vendor], tokens[2:])
    assert error is None
    assert again[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("vendor", ["harmony", "honor", "huawei", "meizu", "oppo", "vivo", "xiaomi"])
async def test_an_unreadable_response_makes_no_token_dead(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    await sent(adapters[vendor], [token(0)])
    sandbox.misbehave({"vendor": vendor, "raw": "<html>It works!</html>", "times": 1})
    verdicts, _ = await sent(adapters[vendor], [token(1), token(2)])
    assert Outcome.INVALID not in {verdict.outcome for verdict in verdicts.values()}


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_unreachable_vendor_has_accepted_nothing(vendor: str, sandbox: Sandbox) -> None:
    nowhere_at = "https://127.0.0.1:1"
    tokens = [
        item.replace(sandbox.credentials.base_url, nowhere_at)
        for item in addressed(sandbox, vendor, [token(1)])
    ]
    nowhere = json.loads(json.dumps(sandbox.sections()).replace(sandbox.credentials.base_url, nowhere_at))
    if vendor == "webpush":
        nowhere[vendor]["hosts"] = [nowhere_at.removeprefix("https://")]
    adapter = open_adapters(
        parse({"apps": {"shop": {vendor: nowhere[vendor]}}}),
        SystemClock(),
        NoCredentialStore(),
        CallbackTokens(b""),
    )[("shop", vendor)]
    verdicts, error = await sent(adapter, tokens)
    await adapter.close()
    assert_nothing_was_sent(vendor, verdicts, error)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_certificate_of_an_unknown_ca_is_refused(vendor: str, sandbox: Sandbox) -> None:
    sections = sandbox.sections()
    trusting_the_system = {key: value for key, value in sections[vendor].items() if key != "ca_file"}
    tokens = addressed(sandbox, vendor, [token(1)])
    adapter = open_adapters(
        parse({"apps": {"shop": {vendor: trusting_the_system}}}),
        SystemClock(),
        NoCredentialStore(),
        CallbackTokens(b""),
    )[("shop", vendor)]
    verdicts, error = await sent(adapter, tokens)
    await adapter.close()
    assert_nothing_was_sent(vendor, verdicts, error)
    assert sandbox.summary(vendor)["pushes"] == 0
