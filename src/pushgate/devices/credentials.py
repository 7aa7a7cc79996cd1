"""The credentials of devices as they are written after `Authorization: Bearer`. Pure.

Each names its app, so that the app is known before anything is looked up: `pgr_<app>_<secret>` is a
registration token, `pgd_<app>_<secret>` a device secret, `pga_<app>_...` a public id. A JWT names
the app in the id of its key.
"""

import re
import secrets
from dataclasses import dataclass

import jwt

MAX_LENGTH = 4096
"""Characters of a credential."""
KEY_ID = r"[0-9a-f]{16}"
_APP = r"[a-z0-9][a-z0-9-]{0,31}"
_SECRET_BYTES = 24
_OWN = re.compile(rf"pg([rd])_({_APP})_([0-9a-f]{{{2 * _SECRET_BYTES}}})")
_PUBLIC = re.compile(rf"pga_({_APP})_[a-z0-9]{{8,32}}")
_KEY = re.compile(rf"({_APP})\.({KEY_ID})")
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_HEADER_FIELDS = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """A registration token that the gateway made."""

    app: str
    secret: str

    @classmethod
    def new(cls, app: str) -> "RegistrationToken":
        """A token that nobody can guess."""
        return cls(app, secrets.token_hex(_SECRET_BYTES))

    def __str__(self) -> str:
        return f"pgr_{self.app}_{self.secret}"


@dataclass(frozen=True, slots=True)
class DeviceSecret:
    """The secret of one terminal."""

    app: str
    secret: str

    @classmethod
    def new(cls, app: str) -> "DeviceSecret":
        """A secret that nobody can guess."""
        return cls(app, secrets.token_hex(_SECRET_BYTES))

    def __str__(self) -> str:
        return f"pgd_{self.app}_{self.secret}"


@dataclass(frozen=True, slots=True)
class PublicId:
    """The public id of an app."""

    app: str
    text: str


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A JWT that the app's backend signed, with the id of its key. Nothing is verified yet."""

    app: str
    key_id: str
    text: str


Credential = RegistrationToken | DeviceSecret | PublicId | SignedToken


def parse(text: str) -> Credential | None:
    """Read a credential; None for a text that is none."""
    if len(text) > MAX_LENGTH:
        return None
    if own := _OWN.fullmatch(text):
        kind = RegistrationToken if own[1] == "r" else DeviceSecret
        return kind(own[2], own[3])
    if public := _PUBLIC.fullmatch(text):
        return PublicId(public[1], text)
    return _parse_jwt(text) if _JWT.fullmatch(text) else None


def _parse_jwt(text: str) -> SignedToken | None:
    """Read the id of the key. A header with any other field than those that are known is refused:
    no token brings a key, or the address of one.
    """
    try:
        header = jwt.get_unverified_header(text)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    kid = header.get("kid")
    found = _KEY.fullmatch(kid) if isinstance(kid, str) else None
    return SignedToken(found[1], found[2], text) if found and header.keys() <= _HEADER_FIELDS else None
