"""One API key: its stored form, and its text, `pg_<id>_<secret>`. Pure.

Redis and memory have a digest of each secret, never the secret. A secret has 192 random bits, so a
plain SHA-256 is safe.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from pushgate.domain.app import Scope

MAX_NAME = 200
"""Characters of a name."""
MAX_PREVIOUS = 3
"""Earlier secrets that may be valid at once."""
_TERMINALS = frozenset({Scope.TERMINALS_READ, Scope.TERMINALS_WRITE})
_TEXT = re.compile(r"pg_([0-9a-f]{12})_([0-9a-f]{48})")


@dataclass(frozen=True, slots=True)
class PreviousSecret:
    """The digest of a secret that a rotation replaced, and until when the secret is valid."""

    digest: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """The stored form of a key. The app of an operator's key is ''."""

    id: str
    app: str
    scopes: tuple[Scope, ...]
    name: str
    created_at: datetime
    digest: str
    previous: tuple[PreviousSecret, ...] = ()
    expires_at: datetime | None = None
    """When the key ends by itself; None = never."""
    networks: tuple[str, ...] = ()
    """Where requests may come from, in the form of `key_networks`; none = from everywhere."""
    rate_limit: int | None = None
    """Requests a second; None = any number."""
    created_by: str = ""
    """The id of the key that created this one; '' for a command."""

    def may(self, scope: Scope) -> bool:
        """Whether the key has the scope; `admin` has all but `operator`."""
        # Called for every request, so named scopes are compared without hashing.
        if scope in self.scopes:
            return True
        return scope is not Scope.OPERATOR and scope in granted_scopes(self.scopes)

    def has_secret(self, secret: str, now: datetime) -> bool:
        """Whether this is a valid secret of the key now: the present one, or an earlier one.

        Takes the same time for each wrong secret.
        """
        given = digest(secret)
        found = hmac.compare_digest(self.digest, given)
        for one in self.previous:
            found |= hmac.compare_digest(one.digest, given) and now < one.until
        return found

    def has_expired(self, now: datetime) -> bool:
        """Whether the key has ended by itself."""
        return self.expires_at is not None and now >= self.expires_at

    def rotated(self, secret: str, overlap: timedelta, now: datetime) -> "ApiKey":
        """The key with a new secret. Earlier secrets stay valid for `overlap`, or less if they
        would have ended before.

        Raises ValueError if too many secrets would be valid at once.
        """
        before = (*self.previous, PreviousSecret(self.digest, now + overlap))
        ending = (PreviousSecret(one.digest, min(one.until, now + overlap)) for one in before)
        holding = tuple(one for one in ending if one.until > now)
        if len(holding) > MAX_PREVIOUS:
            raise ValueError(f"{MAX_PREVIOUS} earlier secrets hold still")
        return replace(self, digest=digest(secret), previous=holding)


@lru_cache(maxsize=1024)
def granted_scopes(scopes: tuple[Scope, ...]) -> frozenset[Scope]:
    """All scopes that a key with these scopes has."""
    found = set(scopes)
    if Scope.ADMIN in found:
        found |= set(Scope) - {Scope.OPERATOR}
    if Scope.TERMINALS in found:
        found |= _TERMINALS
    if found >= _TERMINALS:
        found.add(Scope.TERMINALS)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class KeyText:
    """The text of a key in its parts. The id is no secret: lists and logs may show it."""

    key_id: str
    secret: str

    def __str__(self) -> str:
        return f"pg_{self.key_id}_{self.secret}"

    @classmethod
    def new(cls) -> "KeyText":
        """A new random text."""
        return cls(secrets.token_hex(6), secrets.token_hex(24))

    @classmethod
    def parse(cls, text: str) -> "KeyText | None":
        """The parts of the text; None where it has not the form of a key."""
        found = _TEXT.fullmatch(text)
        return cls(found[1], found[2]) if found else None


def digest(secret: str) -> str:
    """The stored form of a secret: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()
