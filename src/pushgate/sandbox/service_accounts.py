"""JWTs that Huawei's service accounts sign, checked as Huawei does
(docs/reference/vendors/harmony.md#credentials, docs/reference/vendors/harmony.md#codes).
"""

import json
from functools import cached_property

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import Sent

# docs/reference/vendors/harmony.md#credentials
_AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
_DAY = 86_400
_SKEW = 600  # s; docs/reference/vendors/index.md#credentials
_KNOWN_JWTS = 1000


class ServiceAccounts:
    """The one service account of the project."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._expires: dict[str, int] = {}

    @cached_property
    def _public(self) -> rsa.RSAPublicKey:
        account = json.loads(self._credentials.harmony_account_file.read_text("utf-8"))
        key = load_pem_private_key(account["private_key"].encode(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return key.public_key()

    def fault(self, sent: Sent) -> str:
        """The code for what is wrong with the JWT, or ''."""
        scheme, _, text = sent.headers.get("authorization", "").partition(" ")
        expires = self._expires.get(text)
        if expires is None:
            try:
                header = jwt.get_unverified_header(text)
                options = {"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "iat", "exp"]}
                claims = jwt.decode(text, self._public, ["PS256"], audience=_AUDIENCE, options=options)  # type: ignore[arg-type]  # its own keys
                issued, expires = int(claims["iat"]), int(claims["exp"])
            except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
                return "80200001"
            account = self._credentials.harmony_sub_account
            if (
                scheme != "Bearer"
                or header.get("kid") != self._credentials.harmony_key_id
                or claims["iss"] != account
            ):
                return "80200001"
            if issued - sent.at.timestamp() > _SKEW:
                return "80200001"
            if expires - issued > _DAY:
                return "80300036"
            if len(self._expires) >= _KNOWN_JWTS:
                self._expires.clear()
            self._expires[text] = expires
        return "80200005" if sent.at.timestamp() >= expires else ""
