"""Fetches access tokens from Google's token endpoint, with an assertion of the service account.

Source: docs/reference/vendors/fcm.md#credentials
"""

import jwt

from pushgate.adapters.fcm.service_account import ServiceAccount
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.domain.clock import Clock
from pushgate.http2.credentials import Credential

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_LIFE = 3600  # s, the maximum


async def fetch_access_token(
    account: ServiceAccount, token_endpoint: TokenEndpoint, clock: Clock
) -> Credential:
    """Exchange a signed assertion for an access token (RFC 7523). Raises VendorError."""
    issued_at = int(clock.now().timestamp())
    claims = {
        "iss": account.client_email,
        "scope": _SCOPE,
        "aud": account.token_uri,
        "iat": issued_at,
        "exp": issued_at + _ASSERTION_LIFE,
    }
    assertion = jwt.encode(claims, account.private_key, "RS256", {"kid": account.private_key_id})
    form = {"grant_type": _GRANT_TYPE, "assertion": assertion}
    return await token_endpoint.fetch(account.token_uri, form)
