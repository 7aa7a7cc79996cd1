"""Fetching access tokens from the token endpoints of FCM and Huawei (RFC 6749)."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import msgspec

from pushgate.clock import Clock
from pushgate.errors import VendorRefused, VendorThrottled, VendorUnavailable
from pushgate.http2.bearer import Credential
from pushgate.http2.client import Answer, Client, NoAnswer, NotSent

_FORM = {"content-type": "application/x-www-form-urlencoded"}


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: float = 3600.0


async def fetch_token(client: Client, url: str, form: Mapping[str, str], clock: Clock) -> Credential:
    """Post the form, read the access token. Raises VendorError."""
    asked_at = clock.now()
    try:
        answer = await client.post(url, _FORM, urlencode(form).encode())
    except (NotSent, NoAnswer) as error:
        raise VendorUnavailable(
            "token_unreachable", f"the token endpoint does not answer ({error})"
        ) from error
    _require(answer)
    try:
        grant = msgspec.json.decode(answer.body, type=_Grant, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise VendorUnavailable(
            "token_unreadable", "the token endpoint's answer holds no access token"
        ) from error
    # At least ten minutes: a shorter life would be renewed at every call, for it is renewed five minutes early.
    return Credential(grant.access_token, asked_at + timedelta(seconds=max(grant.expires_in, 600.0)))


def _require(answer: Answer) -> None:
    """Raise unless the endpoint granted a token. Its text is not repeated: it may quote what was sent."""
    status = answer.status
    if status in (429, 503):
        raise VendorThrottled(
            f"token_{status}", "the token endpoint asks for fewer requests", answer.retry_after
        )
    if status >= 500:
        raise VendorUnavailable(f"token_{status}", "the token endpoint is in trouble", answer.retry_after)
    if status != 200:
        raise VendorRefused(f"token_{status}", "the token endpoint refuses the app's credentials")
