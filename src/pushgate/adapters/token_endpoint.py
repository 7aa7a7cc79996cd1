"""Fetching access tokens: OAuth grants (RFC 6749) for those who have them, and logins of the vendors' own."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from pushgate.adapters.rules import decoded, known_code, succeeded
from pushgate.domain.clock import Clock
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.http2.bearer import Credential
from pushgate.http2.connect import tls_context
from pushgate.http2.exchange import Response, Timeouts
from pushgate.http2.http1 import Http1Client

DEADLINE = 10.0
SHORTEST, LONGEST = 600.0, 86_400.0
"""Seconds for which an access token is taken to hold, whatever is said."""
_TOKEN = re.compile(r"[!-~]{1,8192}")
Kind = TypeVar("Kind")
_JSON = {"content-type": "application/json"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}


class _Grant(msgspec.Struct):
    access_token: str = ""
    expires_in: float = 3600.0
    error: object = None


class Grants:
    """Fetches access tokens."""

    def __init__(self, ca_file: Path | None, proxy: str | None, clock: Clock) -> None:
        """Raises ConfigurationError when the CA file cannot be read."""
        context = tls_context(ca_file, None, ["http/1.1"])
        self._client = Http1Client(context, proxy=proxy, max_connections=2, patience=Timeouts(DEADLINE))
        self._clock = clock

    async def fetch(self, url: str, form: Mapping[str, str]) -> Credential:
        """Post the form, read the access token. Raises VendorError."""
        asked_at = self._clock.now()
        grant, again_after = await self.ask(url, form, _Grant)
        if grant.error and not grant.access_token:
            # With whatever status: Huawei's has a body of its own
            # (docs/reference/vendors/huawei.md#credentials).
            code = known_code(f"token_{grant.error}")
            raise VendorAuthError(code, "the token endpoint refuses the app's credentials", again_after)
        return credential(grant.access_token, asked_at, grant.expires_in)

    async def ask(
        self, url: str, form: Mapping[str, str] | bytes, kind: type[Kind]
    ) -> tuple[Kind, float | None]:
        """Post a form, or JSON as bytes, to a token endpoint.

        Returns its answer, and the seconds that its Retry-After header asks to wait. Raises VendorError.
        """
        headers, body = (_JSON, form) if isinstance(form, bytes) else (_FORM, urlencode(form).encode())
        end = await self._client.post(url, headers, body)
        if not isinstance(end, Response):
            told = f"the token endpoint does not answer ({end.cause})"
            raise VendorUnavailable("token_unreachable", told)
        again_after = end.retry_after(self._clock.now())
        _require(end.status, again_after)
        found = decoded(end.body, kind, strict=False)
        if found is None:
            raise _unreadable()
        return found, again_after

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def credential(token: str, now: datetime, seconds: float) -> Credential:
    """An access token that holds so long. Raises VendorUnavailable when it is none that a header could carry."""
    if not _TOKEN.fullmatch(token):
        raise _unreadable()
    # At least ten minutes: a shorter life would be renewed at every call, for it is renewed five minutes early.
    return Credential(token, now + timedelta(seconds=min(max(seconds, SHORTEST), LONGEST)))


def _unreadable() -> VendorUnavailable:
    return VendorUnavailable("token_unreadable", "the token endpoint's answer holds no access token")


def _require(status: int, again_after: float | None) -> None:
    """Raise unless the endpoint granted a token. Its text is not repeated: it may quote what was sent."""
    if status in (429, 503):
        raise VendorThrottled(f"token_{status}", "the token endpoint asks for fewer requests", again_after)
    if status >= 500:
        raise VendorUnavailable(f"token_{status}", "the token endpoint is in trouble", again_after)
    if not succeeded(status):
        told = "the token endpoint refuses the app's credentials"
        raise VendorAuthError(f"token_{status}", told, again_after)
