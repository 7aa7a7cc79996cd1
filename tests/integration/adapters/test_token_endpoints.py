"""What token endpoints may answer, and what becomes of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.adapters.sending import sent, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.adapters.token_endpoint import credential
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import VendorAuthError, VendorUnavailable

PATHS = {"huawei": "oauth2", "honor": "auth/token", "oppo": "auth", "vivo": "auth"}
NOW = SystemClock().now()


@pytest.mark.parametrize("body", ["", "nonsense", "{}", '{"x":' + "[" * 50_000, '{"access_token": 7}'])
@pytest.mark.parametrize("vendor", ["huawei", "honor"])
async def test_one_that_cannot_be_read_is_a_vendor_in_trouble(
    vendor: str, body: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "path": PATHS[vendor], "raw": body})
    verdicts, error = await sent(adapters[vendor], [token(1)])
    assert (verdicts, type(error)) == ({}, VendorUnavailable)


@pytest.mark.parametrize("told", ["", "a b", "a\r\nx: y", "\u00e9", "a" * 9000])
@pytest.mark.parametrize("vendor", PATHS)
async def test_what_no_header_could_carry_is_no_access_token(
    vendor: str, told: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    body = {"access_token": told, "code": 0, "result": 0, "authToken": told, "data": {"auth_token": told}}
    sandbox.misbehave({"vendor": vendor, "path": PATHS[vendor], "raw": json.dumps(body)})
    verdicts, error = await sent(adapters[vendor], [token(1)])
    assert verdicts == {}
    assert isinstance(error, VendorUnavailable | VendorAuthError)
    assert sandbox.summary(vendor)["pushes"] == 0


@pytest.mark.parametrize(
    ("vendor", "code"),
    [("fcm", "UNAVAILABLE"), ("huawei", "503"), ("honor", "500"), ("oppo", "55"), ("vivo", "10093")],
)
@pytest.mark.parametrize("by_date", [False, True])
async def test_one_that_asks_for_time_is_given_it(
    vendor: str, code: str, by_date: bool, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    at = datetime.now(UTC) + timedelta(seconds=200_000)
    asks = {"retry_at": at.isoformat()} if by_date else {"retry_after": 200_000}
    path = {**PATHS, "fcm": "/token"}[vendor]
    sandbox.misbehave({"vendor": vendor, "path": path, "error": code, **asks})
    verdicts, error = await sent(adapters[vendor], [token(1)])
    assert verdicts == {}
    assert error
    assert error.retry_after is not None
    assert abs(error.retry_after - 200_000) < 600


async def test_an_error_with_a_good_status_is_a_refusal(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/huawei.md#credentials."""
    body = {"error": 1101, "sub_error": 20002, "error_description": "invalid client"}
    sandbox.misbehave({"vendor": "huawei", "path": "oauth2", "raw": json.dumps(body)})
    verdicts, error = await sent(adapters["huawei"], [token(1)])
    assert (verdicts, type(error)) == ({}, VendorAuthError)
    assert error
    assert error.code == "token_1101"


@pytest.mark.parametrize(
    ("told", "held"), [(1e300, 86_400), (-5, 600), (0, 600), (3600, 3600), (float("inf"), 86_400)]
)
def test_a_life_is_taken_within_reason(told: float, held: float) -> None:
    assert credential("t", NOW, told).expires_at == NOW + timedelta(seconds=held)
