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
async def test_an_unreadable_response_makes_the_vendor_unavailable(
    vendor: str, body: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "path": PATHS[vendor], "raw": body})
    verdicts, error = await sent(adapters[vendor], [token(1)])
    assert (verdicts, type(error)) == ({}, VendorUnavailable)


@pytest.mark.parametrize("access_token", ["", "a b", "a\r\nx: y", "\u00e9", "a" * 9000])
@pytest.mark.parametrize("vendor", PATHS)
async def test_an_invalid_access_token_is_not_used(
    vendor: str, access_token: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    body = {
        "access_token": access_token,
        "code": 0,
        "result": 0,
        "authToken": access_token,
        "data": {"auth_token": access_token},
    }
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
async def test_the_delay_of_the_token_endpoint_is_kept(
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


async def test_an_error_with_status_200_is_a_refusal(adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    """See docs/reference/vendors/huawei.md#credentials."""
    body = {"error": 1101, "sub_error": 20002, "error_description": "invalid client"}
    sandbox.misbehave({"vendor": "huawei", "path": "oauth2", "raw": json.dumps(body)})
    verdicts, error = await sent(adapters["huawei"], [token(1)])
    assert (verdicts, type(error)) == ({}, VendorAuthError)
    assert error
    assert error.code == "token_1101"


@pytest.mark.parametrize(
    ("life", "held"), [(1e300, 86_400), (-5, 600), (0, 600), (3600, 3600), (float("inf"), 86_400)]
)
def test_the_life_of_a_token_is_10_minutes_to_a_day(life: float, held: float) -> None:
    assert credential("t", NOW, life).expires_at == NOW + timedelta(seconds=held)
