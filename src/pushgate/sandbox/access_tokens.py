"""Access tokens that the simulated token endpoints gave out."""

import secrets
from datetime import datetime, timedelta

_MOST = 10_000


class Grants:
    """Which access tokens hold, until when."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], datetime] = {}

    def give(self, vendor: str, now: datetime, life: timedelta) -> str:
        """A new access token."""
        if len(self._until) >= _MOST:
            self._until.clear()
        token = secrets.token_urlsafe(120)
        self._until[(vendor, token)] = now + life
        return token

    def holds(self, vendor: str, authorization: str, now: datetime) -> bool:
        """Whether an Authorization header's bearer token is one of ours and not expired."""
        scheme, _, token = authorization.partition(" ")
        until = self._until.get((vendor, token))
        return scheme == "Bearer" and until is not None and now < until

    def revoke(self, vendor: str) -> None:
        """All access tokens of a vendor end now."""
        self._until = {key: until for key, until in self._until.items() if key[0] != vendor}
