"""Logs in to OPPO: the app's key and secret are exchanged for an access token.

Source: docs/reference/vendors/oppo.md#credentials
"""

import hashlib
from datetime import timedelta

import msgspec

from pushgate.adapters.expiry import seconds_until_renewal
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.response_codes import THROTTLED_PAUSE
from pushgate.adapters.token_endpoint import TokenEndpoint, credential
from pushgate.adapters.vendor_settings import text_of
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import VendorAuthError, VendorThrottled
from pushgate.http2.credentials import Credential

ACCESS_TOKEN_LIFE, RENEW_BEFORE = timedelta(hours=24), timedelta(hours=4)
_DAY_QUOTA_CODE, _THROTTLED_CODES = 13, (-1, -2, 55)


class _Data(msgspec.Struct):
    auth_token: str = ""


class _TokenResponseBody(msgspec.Struct):
    code: int = -1
    data: _Data | None = None


async def fetch_access_token(
    settings: OppoSettings, endpoint: str, token_endpoint: TokenEndpoint, clock: Clock
) -> Credential:
    """Return an access token for the host at `endpoint`. Raises VendorError."""
    now = clock.now()
    timestamp, secret = str(to_ms(now)), text_of(settings.master_secret)
    signature = hashlib.sha256(f"{settings.app_key}{timestamp}{secret}".encode()).hexdigest()
    form = {"app_key": settings.app_key, "timestamp": timestamp, "sign": signature}
    token_response, retry_after = await token_endpoint.post(
        f"{endpoint.rstrip('/')}/server/v1/auth", form, _TokenResponseBody
    )
    if token_response.code == 0 and token_response.data and token_response.data.auth_token:
        return credential(token_response.data.auth_token, now, ACCESS_TOKEN_LIFE.total_seconds())
    code = f"token_{token_response.code}"
    if token_response.code == _DAY_QUOTA_CODE:
        raise VendorThrottled(code, "OPPO takes no logins now", seconds_until_renewal(now))
    if token_response.code in _THROTTLED_CODES:
        raise VendorThrottled(code, "OPPO takes no logins now", retry_after or THROTTLED_PAUSE)
    raise VendorAuthError(code, "OPPO refuses the app's key, secret or clock")
