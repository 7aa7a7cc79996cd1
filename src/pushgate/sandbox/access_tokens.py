"""Access tokens that the simulated token endpoints have issued."""

import secrets
from datetime import datetime, timedelta

_MAX_TOKENS = 10_000


class AccessTokens:
    """Access tokens of all vendors and the instant at which each expires."""

    def __init__(self) -> None:
        self._expires_at: dict[tuple[str, str], datetime] = {}

    def issue(self, vendor: str, now: datetime, lifetime: timedelta) -> str:
        """Create an access token."""
        if len(self._expires_at) >= _MAX_TOKENS:
            self._expires_at.clear()
        token = secrets.token_urlsafe(120)
        self._expires_at[(vendor, token)] = now + lifetime
        return token

    def is_valid(self, vendor: str, token: str, now: datetime) -> bool:
        """Whether this vendor has issued the access token and it has not expired."""
        expires_at = self._expires_at.get((vendor, token))
        return expires_at is not None and now < expires_at

    def authorizes(self, vendor: str, authorization: str, now: datetime) -> bool:
        """Whether an Authorization header holds a valid bearer token."""
        scheme, _, token = authorization.partition(" ")
        return scheme == "Bearer" and self.is_valid(vendor, token, now)

    def revoke_all(self, vendor: str) -> None:
        """End all access tokens of a vendor now."""
        self._expires_at = {key: at for key, at in self._expires_at.items() if key[0] != vendor}
