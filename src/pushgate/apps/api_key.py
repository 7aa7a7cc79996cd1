"""One API key: what is stored of it, and its text, `pg_<id>_<secret>`. Pure.

Redis and memory have a digest of each secret, never the secret. A secret has 192 random bits, so
that nobody can guess it from a plain SHA-256.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pushgate.domain.app import Scope

_TERMINALS = frozenset({Scope.TERMINALS_READ, Scope.TERMINALS_WRITE})
_TEXT = re.compile(r"pg_([0-9a-f]{12})_([0-9a-f]{48})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is stored of a key. The app of an operator's key is ''."""

    id: str
    app: str
    scopes: tuple[Scope, ...]
    name: str
    created_at: datetime
    digest: str

    def may(self, scope: Scope) -> bool:
        """Whether the key has the scope; `admin` has all but `operator`."""
        return scope in granted_scopes(self.scopes)

    def has_secret(self, secret: str) -> bool:
        """Whether this is the secret of the key. Takes the same time for each wrong secret."""
        return hmac.compare_digest(self.digest, digest(secret))


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
        """A text that nobody can guess."""
        return cls(secrets.token_hex(6), secrets.token_hex(24))

    @classmethod
    def parse(cls, text: str) -> "KeyText | None":
        """The parts of the text; None where no key has such a text."""
        found = _TEXT.fullmatch(text)
        return cls(found[1], found[2]) if found else None


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()
