"""Devices that register themselves, and the tokens with which they do."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def device(number: int = 1, **fields: object) -> dict[str, Any]:
    """What a device says of itself."""
    return {"vendor": "apns", "token": token(number), "language": "en", **fields}


def set_app(clients: ApiClients, name: str, **changes: Any) -> None:
    """Change settings of an app in this process."""
    catalog = clients.context.catalog
    catalog.change({name: replace(catalog.apps[name], **changes)})


async def registration_token(shop: httpx.AsyncClient, **grant: object) -> str:
    """A registration token that the gateway made."""
    answer = await shop.post("/v1/registration-tokens", json=grant)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def register(
    client: httpx.AsyncClient, name: str, credential: str, number: int = 1, **fields: object
) -> httpx.Response:
    """A device registers itself, with the push token of this number."""
    return await client.put(f"/v1/devices/{name}", json=device(number, **fields), headers=bearer(credential))


async def registered(
    shop: httpx.AsyncClient, anyone: httpx.AsyncClient, name: str, number: int = 1, **grant: object
) -> str:
    """Register a device; returns its secret."""
    answer = await register(anyone, name, await registration_token(shop, **grant), number)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["device_secret"])


class Backend:
    """A backend that signs registration tokens itself, with a key that it registered."""

    def __init__(self, private_key: str | bytes, registered: Mapping[str, str], clock: SetClock) -> None:
        self.private_key = private_key
        self.key = registered
        self._clock = clock

    @classmethod
    async def es256(cls, admin: httpx.AsyncClient, clock: SetClock) -> "Backend":
        private = ec.generate_private_key(ec.SECP256R1())
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        answer = await admin.post("/v1/registration-keys", json={"algorithm": "ES256", "public_key": pem})
        assert answer.status_code == 201, answer.text
        text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return cls(text, answer.json(), clock)

    @classmethod
    async def hs256(
        cls, admin: httpx.AsyncClient, clock: SetClock, secret: bytes = bytes(range(32))
    ) -> "Backend":
        written = {"algorithm": "HS256", "secret": base64.b64encode(secret).decode()}
        answer = await admin.post("/v1/registration-keys", json=written)
        assert answer.status_code == 201, answer.text
        return cls(secret, answer.json(), clock)

    def claims(self, **changes: object) -> dict[str, object]:
        """The claims of a good token. None as a change leaves a claim out."""
        expires_at = int(self._clock.now().timestamp()) + 600
        good = {"aud": self.key["audience"], "exp": expires_at, "jti": "j-1", "user": "ann"}
        return {name: value for name, value in (good | changes).items() if value is not None}

    def sign(
        self,
        *,
        headers: Mapping[str, object] | None = None,
        changes: Mapping[str, object] | None = None,
        **more: object,
    ) -> str:
        """A token with these changes to the header and the claims."""
        claims = self.claims(**(changes or {}), **more)
        header = {"kid": self.key["kid"], **(headers or {})}
        return jwt.encode(claims, self.private_key, self.key["algorithm"], header)
