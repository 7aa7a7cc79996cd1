"""A small OpenID Connect provider on a socket: it checks what a client must send, and signs what
it says.
"""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "pushgate console"
CLIENT_SECRET = "se:cr/et +% of the client"


@dataclass
class IdentityProvider:
    """A provider whose one person is signed in already."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "ann", "email": "ann@example.com"})
    """What it says of the person; these win over what is right."""
    denies: bool = False
    signing_key: Any = None
    algorithm: str = "RS256"
    published: list[Any] = field(default_factory=list)
    discovery: dict[str, Any] = field(default_factory=dict)
    """What its discovery document says otherwise."""
    problems: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.signing_key = RSAKey.generate_key(2048, {"kid": "first"})
        self.published = [self.signing_key]

    def rotate(self) -> None:
        """Sign by another key from now on."""
        self.signing_key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)})
        self.published, self.algorithm = [self.signing_key], "ES256"

    async def describe(self, _: Request) -> Response:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        document = {name: f"{self.issuer}/{path}" for name, path in paths.items()}
        return JSONResponse({"issuer": self.issuer, **document, **self.discovery})

    async def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet(self.published).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        self._require(all(asked.get(name) == value for name, value in wanted.items()), "authorize", asked)
        self._require("openid" in asked["scope"].split(), "scope", asked)
        if self.denies:
            query = urlencode({"error": "access_denied", "state": asked["state"]})
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            query = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{query}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in _form(await request.body()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        self._require(_encoded(hashed) == asked["code_challenge"], "PKCE", form)
        self._require(form["redirect_uri"] == asked["redirect_uri"], "redirect_uri", form)
        self._require(_credentials(request) == (CLIENT_ID, CLIENT_SECRET), "client", form)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": self._sign(asked)})

    def _sign(self, asked: dict[str, str]) -> str:
        now = int(datetime.now(UTC).timestamp())
        right = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        said = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.signing_key.kid}
        if self.algorithm == "none":
            return f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(said).encode())}."
        return jwt.encode(header, said, self.signing_key, algorithms=[self.algorithm])

    def _require(self, condition: bool, what: str, found: object) -> None:
        if not condition:
            self.problems.append(f"{what}: {found}")


def shared_secret_key() -> OctKey:
    """A key of the kind that client and provider share."""
    return OctKey.import_key(CLIENT_SECRET, {"kid": "first"})


@asynccontextmanager
async def provide() -> AsyncIterator[IdentityProvider]:
    """Serve a provider."""
    listener = socket.create_server(("127.0.0.1", 0))
    provider = IdentityProvider(f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.describe),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
            Route("/keys", provider.keys),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve([listener]))
    yield provider
    server.should_exit = True
    await serving
    assert not provider.problems


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _form(body: bytes) -> dict[str, str]:
    pairs = (part.partition("=") for part in body.decode().split("&"))
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


def _credentials(request: Request) -> tuple[str, str]:
    """The client's id and secret of the header (RFC 6749, 2.3.1)."""
    text = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    name, _, secret = text.partition(":")
    return unquote_plus(name), unquote_plus(secret)
