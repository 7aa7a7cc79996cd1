"""Fetches access tokens: OAuth grants (RFC 6749), and the login calls of vendors without OAuth."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from pushgate.adapters.response_codes import is_success, known_code
from pushgate.adapters.vendor_json import decode_json
from pushgate.adapters.vendor_settings import VendorSettings, proxy_of
from pushgate.domain.clock import Clock
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import FailureCode
from pushgate.http2.connect import tls_context
from pushgate.http2.credentials import Credential
from pushgate.http2.http1 import Http1Client
from pushgate.http2.results import Response
from pushgate.http2.timeouts import Timeouts

REQUEST_TIMEOUT = 10.0
"""Seconds within which a token endpoint must respond."""
MIN_LIFE, MAX_LIFE = 600.0, 86_400.0
"""Seconds for which an access token is taken to be valid, whatever the endpoint says."""
_TOKEN = re.compile(r"[!-~]{1,8192}")
Kind = TypeVar("Kind")
_JSON = {"content-type": "application/json"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}


class _Grant(msgspec.Struct):
    access_token: str = ""
    expires_in: float = 3600.0
    error: object = None


class TokenEndpoint:
    """The client of a vendor's token endpoint."""

    def __init__(self, settings: VendorSettings, clock: Clock) -> None:
        """Raises ConfigurationError when the list of CAs cannot be read."""
        context = tls_context(settings.ca, None, ["http/1.1"])
        timeouts = Timeouts(response=REQUEST_TIMEOUT)
        self._client = Http1Client(context, proxy=proxy_of(settings), max_connections=2, timeouts=timeouts)
        self._clock = clock

    async def client_credentials(self, url: str, client_id: str, client_secret: str) -> Credential:
        """Ask for an access token with the client's own secret (RFC 6749, 4.4).

        Raises VendorError.
        """
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        return await self.fetch(url, form)

    async def fetch(self, url: str, form: Mapping[str, str]) -> Credential:
        """Post the form of an OAuth grant and return the access token. Raises VendorError."""
        asked_at = self._clock.now()
        grant, retry_after = await self.post(url, form, _Grant)
        if grant.error and not grant.access_token:
            # Whatever the status is: Huawei's endpoint has error bodies of its own.
            code = known_code(f"token_{grant.error}")
            raise VendorAuthError(code, "the token endpoint refuses the app's credentials", retry_after)
        return credential(grant.access_token, asked_at, grant.expires_in)

    async def post(
        self, url: str, body: Mapping[str, str] | bytes, kind: type[Kind]
    ) -> tuple[Kind, float | None]:
        """Post a form, or JSON as bytes.

        Returns the decoded response and the seconds of its Retry-After header. Raises VendorError.
        """
        headers, content = (_JSON, body) if isinstance(body, bytes) else (_FORM, urlencode(body).encode())
        response = await self._client.post(url, headers, content)
        if not isinstance(response, Response):
            reason = f"the token endpoint does not answer ({response.cause})"
            raise VendorUnavailable(FailureCode.TOKEN_UNREACHABLE, reason)
        retry_after = response.retry_after(self._clock.now())
        _require_success(response.status, retry_after)
        found = decode_json(response.body, kind, strict=False)
        if found is None:
            raise _unreadable()
        return found, retry_after

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def credential(token: str, now: datetime, seconds: float) -> Credential:
    """Return a credential with an access token that is valid for `seconds`.

    Raises VendorUnavailable when the text cannot be a header's value.
    """
    if not _TOKEN.fullmatch(token):
        raise _unreadable()
    # At least ten minutes: credentials are renewed five minutes before their expiry, so a shorter
    # life would mean a renewal at every call.
    return Credential(token, now + timedelta(seconds=min(max(seconds, MIN_LIFE), MAX_LIFE)))


def _unreadable() -> VendorUnavailable:
    return VendorUnavailable(
        FailureCode.TOKEN_UNREADABLE, "the token endpoint's answer holds no access token"
    )


def _require_success(status: int, retry_after: float | None) -> None:
    """Raise VendorError unless the endpoint granted a token.

    Its text is not repeated: it may quote a secret.
    """
    if status in (429, 503):
        raise VendorThrottled(f"token_{status}", "the token endpoint asks for fewer requests", retry_after)
    if status >= 500:
        raise VendorUnavailable(f"token_{status}", "the token endpoint is in trouble", retry_after)
    if not is_success(status):
        reason = "the token endpoint refuses the app's credentials"
        raise VendorAuthError(f"token_{status}", reason, retry_after)
