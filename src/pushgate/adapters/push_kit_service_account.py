"""Huawei's service accounts: the key file with which an app makes its own access tokens (JWT).

Source: docs/reference/vendors/harmony.md#credentials
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

from pushgate.adapters.private_keys import load_private_key
from pushgate.domain.clock import Clock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.http2.credentials import Credential

_FIELD = "service_account"
_AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The content of the key file."""

    project_id: str
    key_id: str
    sub_account: str
    key: rsa.RSAPrivateKey

    @classmethod
    def read(cls, text: str) -> "ServiceAccount":
        """Read the JSON of the file. Raises ConfigurationError that says what is wrong with it."""
        try:
            found = orjson.loads(text)
            wanted = ("project_id", "key_id", "private_key", "sub_account")
            missing = [name for name in wanted if not isinstance(found.get(name), str)]
        except (ValueError, AttributeError) as error:
            raise _invalid("is no JSON object") from error
        if missing:
            raise _invalid(f"lacks {', '.join(missing)}")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", found["project_id"]):
            raise _invalid("holds a project_id that is no project's id")
        try:
            key = load_private_key(found["private_key"])
        except ValueError as error:
            raise _invalid("holds a private_key that is no PEM key") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise _invalid("holds a private_key that is no RSA key")
        return cls(found["project_id"], found["key_id"], found["sub_account"], key)

    async def sign(self, clock: Clock) -> Credential:
        """Return a JWT that is valid for an hour."""
        now = clock.now()
        issued = int(now.timestamp())
        expires = issued + int(_LIFE.total_seconds())
        claims = {"iss": self.sub_account, "aud": _AUDIENCE, "iat": issued, "exp": expires}
        return Credential(jwt.encode(claims, self.key, "PS256", {"kid": self.key_id}), now + _LIFE)


def _invalid(reason: str) -> ConfigurationError:
    return ConfigurationError([FieldError(_FIELD, reason)])
