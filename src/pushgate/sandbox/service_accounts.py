"""Huawei's service account, which signs JWTs for Push Kit on HMS and on HarmonyOS.

Source: docs/reference/vendors/harmony.md#credentials
"""

import json
import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import SandboxRequest
from pushgate.sandbox.key_files import private_key_pem, write_secret

_AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
_MAX_LIFETIME = 86_400  # s
_MAX_CLOCK_SKEW = 600  # s
_MAX_CACHED_JWTS = 1000
_INVALID, _LIVES_TOO_LONG, _EXPIRED = "80200001", "80300036", "80200005"


@dataclass(frozen=True, slots=True)
class _Lifetime:
    """When a JWT was issued and when it expires, in Unix seconds."""

    issued_at: int
    expires_at: int


class ServiceAccount:
    """The one service account of the project; it is created on first use."""

    def __init__(self, credentials: Credentials) -> None:
        self.project_id = credentials.value("harmony_project_id", str(secrets.randbelow(9 * 10**17) + 10**17))
        self._key_id = credentials.value("harmony_key_id", secrets.token_hex(16))
        self._sub_account = credentials.value(
            "harmony_sub_account", str(secrets.randbelow(9 * 10**8) + 10**8)
        )
        self.file = credentials.file("harmony.json")
        """The account's file, as Huawei's console gives it."""
        self._write_file(self.file)
        self._lifetime = lru_cache(_MAX_CACHED_JWTS)(self._verify)

    def rejection_code(self, request: SandboxRequest) -> str:
        """Huawei's code for what is wrong with the request's JWT, '' if nothing is."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        lifetime = self._lifetime(token) if scheme == "Bearer" else None
        now = request.received_at.timestamp()
        if lifetime is None or lifetime.issued_at - now > _MAX_CLOCK_SKEW:
            return _INVALID
        if lifetime.expires_at - lifetime.issued_at > _MAX_LIFETIME:
            return _LIVES_TOO_LONG
        return _EXPIRED if now >= lifetime.expires_at else ""

    def _write_file(self, file: Path) -> None:
        if file.exists():
            return
        account = {
            "project_id": self.project_id,
            "key_id": self._key_id,
            "private_key": private_key_pem(rsa.generate_private_key(65537, 3072)).decode(),
            "sub_account": self._sub_account,
            "token_uri": _AUDIENCE,
        }
        write_secret(file, json.dumps(account, indent=1).encode())

    @cached_property
    def _public_key(self) -> rsa.RSAPublicKey:
        account = json.loads(self.file.read_text("utf-8"))
        key = load_pem_private_key(account["private_key"].encode(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return key.public_key()

    def _verify(self, token: str) -> _Lifetime | None:
        """The lifetime of a JWT that this account signed, None for any other text."""
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                self._public_key,
                ["PS256"],
                audience=_AUDIENCE,
                options={"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "iat", "exp"]},
            )
            lifetime = _Lifetime(int(claims["iat"]), int(claims["exp"]))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            return None
        is_ours = header.get("kid") == self._key_id and claims["iss"] == self._sub_account
        return lifetime if is_ours else None


def huawei_app_id(credentials: Credentials) -> str:
    """The app's id at Huawei, which HMS and HarmonyOS share."""
    return credentials.value("huawei_app_id", str(secrets.randbelow(900_000_000) + 100_000_000))
