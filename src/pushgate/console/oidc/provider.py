"""The provider's side of a sign-in: its discovery document, its keys, and tokens for codes.

OpenID Connect Core 1.0, 3.1; PKCE by RFC 7636.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

import httpx
import orjson
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from pushgate.settings.oidc import OidcSettings

_TIMEOUT_SECONDS = 10.0
_MAX_BYTES = 1024 * 1024
_DISCOVERY_SECONDS = 3600.0
_LEEWAY_SECONDS = 60
_HEADERS = {"Accept": "application/json"}
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by keys that the provider alone has. `none` and shared secrets are not among them."""


class SignInFailed(Exception):
    """The provider did not say who it is, or said so wrongly. The text is for people."""


class Challenge(NamedTuple):
    """What binds the answer of the provider to one sign-in."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider. `monotonic` gives seconds that never go back."""

    def __init__(self, settings: OidcSettings, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._tls = ssl.create_default_context(cafile=settings.ca_file)
        self._metadata: Mapping[str, object] = {}
        self._keys: KeySet | None = None
        self._read_at = 0.0

    async def authorization_url(self, challenge: Challenge, redirect_uri: str) -> str:
        """Return where the browser goes to sign in. Raises SignInFailed."""
        await self._discover()
        url: str = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            self._settings.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=list(self._settings.scopes),
            state=challenge.state,
            nonce=challenge.nonce,
            code_challenge=create_s256_code_challenge(challenge.verifier),
            code_challenge_method="S256",
        )
        return url

    async def claims(self, code: str, challenge: Challenge, redirect_uri: str) -> Mapping[str, object]:
        """Exchange a code for what the provider says of the person. Raises SignInFailed."""
        await self._discover()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": challenge.verifier,
            "client_id": self._settings.client_id,
        }
        token = await self._fetch("POST", self._endpoint("token_endpoint"), fields)
        text = token.get("id_token")
        if not isinstance(text, str):
            raise SignInFailed("the provider gave no ID token")
        access_token = token.get("access_token")
        try:
            return await self._verify(text, challenge.nonce, access_token)
        except (JoseError, ValueError) as error:
            raise SignInFailed(f"the ID token is not valid: {type(error).__name__}") from error

    async def _verify(self, text: str, nonce: str, access_token: object) -> Mapping[str, object]:
        registry = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        try:
            token = jwt.decode(text, key=await self._key_set(), registry=registry)
        except InvalidKeyIdError:  # the provider may have new keys
            self._keys = None
            token = jwt.decode(text, key=await self._key_set(), registry=registry)
        options = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        params = {
            "client_id": self._settings.client_id,
            "nonce": nonce,
            "access_token": access_token if isinstance(access_token, str) else None,
        }
        claims = CodeIDToken(token.claims, token.header, options, params)
        claims.validate(leeway=_LEEWAY_SECONDS)
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise ValueError("sub names nobody")
        return dict(claims)

    async def _discover(self) -> None:
        """Read the discovery document, at most once an hour."""
        if self._metadata and self._monotonic() - self._read_at < _DISCOVERY_SECONDS:
            return
        found = await self._fetch("GET", get_well_known_url(self._settings.issuer, external=True))
        if found.get("issuer") != self._settings.issuer:
            raise SignInFailed("the provider's discovery document names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(found.get(name), self._settings.issuer):
                raise SignInFailed(f"the provider's discovery document has no {name} by https")
        self._metadata, self._keys, self._read_at = found, None, self._monotonic()

    async def _key_set(self) -> KeySet:
        if self._keys is None:
            found = await self._fetch("GET", self._endpoint("jwks_uri"))
            self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]  # it checks them
        return self._keys

    def _endpoint(self, name: str) -> str:
        return str(self._metadata[name])

    async def _fetch(self, method: str, url: str, fields: dict[str, str] | None = None) -> dict[str, object]:
        """Return the JSON object at a URL. With fields of a form, show the client's secret. Raises
        SignInFailed.
        """
        auth = self._authenticate(fields) if fields else None
        try:
            async with (
                httpx.AsyncClient(verify=self._tls, timeout=_TIMEOUT_SECONDS) as http,
                http.stream(method, url, data=fields, auth=auth, headers=_HEADERS) as answer,
            ):
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > _MAX_BYTES:
                        raise SignInFailed("the provider's answer is too large")
        except httpx.HTTPError as error:
            raise SignInFailed(f"the provider does not answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise SignInFailed(f"the provider answers with status {answer.status_code}")
        return _object(bytes(body))

    def _authenticate(self, fields: dict[str, str]) -> httpx.BasicAuth | None:
        """Return the client's credentials for the header, or put the secret into the fields where
        the provider wants it there (RFC 6749, 2.3.1).
        """
        secret = _secret(self._settings)
        if secret is None:
            return None
        methods = self._metadata.get("token_endpoint_auth_methods_supported")
        if isinstance(methods, list) and "client_secret_basic" not in methods:
            fields["client_secret"] = secret
            return None
        return httpx.BasicAuth(quote_plus(self._settings.client_id), quote_plus(secret))


def _secret(settings: OidcSettings) -> str | None:
    """Return the client's secret, read anew from its file. Raises SignInFailed."""
    if settings.client_secret is not None:
        return settings.client_secret.get_secret_value()
    if settings.client_secret_file is None:
        return None
    try:
        return settings.client_secret_file.read_text("utf-8").strip()
    except OSError as error:
        raise SignInFailed("console.oidc.client_secret_file cannot be read") from error


def _is_safe(url: object, issuer: str) -> bool:
    """Whether this is an https URL; http is for issuers at a loopback address alone."""
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and issuer.startswith("http://"))


def _object(body: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SignInFailed("the provider's answer is not JSON") from error
    if not isinstance(found, dict):
        raise SignInFailed("the provider's answer is no JSON object")
    return found
