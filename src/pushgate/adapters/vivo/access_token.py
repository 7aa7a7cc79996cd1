"""Logs in to vivo: the app's id, key and secret are exchanged for an access token.

Source: docs/reference/vendors/vivo.md#credentials
"""

import hashlib
from datetime import timedelta

import msgspec
import orjson

from pushgate.adapters.response_codes import THROTTLED_PAUSE
from pushgate.adapters.token_endpoint import TokenEndpoint, credential
from pushgate.adapters.vendor_settings import text_of
from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import VendorAuthError, VendorThrottled
from pushgate.http2.credentials import Credential

# The token is valid for a day; vivo asks to renew it after one or two hours.
ACCESS_TOKEN_LIFE, RENEW_BEFORE = timedelta(hours=2), timedelta(minutes=15)
_THROTTLED_CODE = 10093


class _TokenResponseBody(msgspec.Struct, rename="camel"):
    result: int = -1
    auth_token: str = ""


async def fetch_access_token(
    settings: VivoSettings, token_endpoint: TokenEndpoint, clock: Clock
) -> Credential:
    """Return an access token. Raises VendorError."""
    now = clock.now()
    timestamp, secret = to_ms(now), text_of(settings.app_secret)
    text = f"{settings.app_id}{settings.app_key}{timestamp}{secret}"
    body = {
        "appId": settings.app_id,
        "appKey": settings.app_key,
        "timestamp": timestamp,
        "sign": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    }
    url = f"{settings.endpoint.rstrip('/')}/message/auth"
    token_response, retry_after = await token_endpoint.post(url, orjson.dumps(body), _TokenResponseBody)
    if token_response.result == 0 and token_response.auth_token:
        return credential(token_response.auth_token, now, ACCESS_TOKEN_LIFE.total_seconds())
    code = f"token_{token_response.result}"
    if token_response.result == _THROTTLED_CODE:
        raise VendorThrottled(code, "too many logins", retry_after or THROTTLED_PAUSE)
    raise VendorAuthError(code, "vivo refuses the app's key, secret or clock")
