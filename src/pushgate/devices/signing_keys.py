"""Keys with which backends sign registration tokens, registered for their app. Redis key:

`{q}:registration-keys:<app>`  hash: id -> the key as JSON; the secret of HS256 is sealed
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import cast

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from redis.asyncio import Redis

from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest, NotFound
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replacing import replace_value
from pushgate.redis.scripts import Value, script
from pushgate.sealing.sealer import Sealer
from pushgate.sealing.stored_secret import StoredSecret

MAX_KEYS = 10
"""Keys of an app."""
MIN_SECRET, MAX_SECRET = 32, 256
"""Bytes of a secret. HS256 is no stronger than its secret (RFC 7518, 3.2)."""
_FINGERPRINT_DIGITS = 16


class Algorithm(StrEnum):
    """How a backend signs. The stored key decides, never the header of a token."""

    ES256 = "ES256"
    HS256 = "HS256"


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is stored: `public_key` in PEM for ES256, `sealed` for HS256."""

    id: str
    algorithm: Algorithm
    name: str
    created_at: datetime
    fingerprint: str
    public_key: str = ""
    sealed: bytes = b""


class SigningKeys:
    """The keys of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, sealer: Sealer) -> None:
        self._redis = redis
        self._clock = clock
        self._sealer = sealer

    async def add_public(self, app: str, name: str, pem: str) -> SigningKey:
        """Register a public key for ES256. Raises InvalidRequest, Conflict."""
        raw, text = _public_key(pem)
        return await self._add(app, self._new(Algorithm.ES256, name, raw, public_key=text))

    async def add_secret(self, app: str, name: str, written: str) -> SigningKey:
        """Register a secret for HS256, in base64. Raises InvalidRequest, Conflict, NoMasterKey."""
        secret = _secret(written)
        key = self._new(Algorithm.HS256, name, secret)
        sealed = self._sealer.seal(secret, _context(app, key.id))
        return await self._add(app, msgspec.structs.replace(key, sealed=sealed))

    async def list(self, app: str) -> list[SigningKey]:
        """The keys of an app, oldest first."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_key(app)))
        keys = [msgspec.json.decode(value, type=SigningKey) for value in raw.values()]
        return sorted(keys, key=lambda key: (key.created_at, key.id))

    async def find(self, app: str, key_id: str) -> SigningKey | None:
        """A key, None where the app has no such key."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(_key(app), key_id))
        return msgspec.json.decode(raw, type=SigningKey) if raw else None

    async def remove(self, app: str, key_id: str) -> None:
        """Remove a key: no process takes a token that is signed with it any more. Raises
        NotFound.
        """
        async with reaching(Changes.AT_ONCE):
            if not await self._redis.hdel(_key(app), key_id):
                raise NotFound(f"there is no registration key {key_id}")

    def verifying_key(self, app: str, key: SigningKey) -> str | bytes:
        """What verifies the key's signatures. Raises SealedElsewhere."""
        if key.algorithm is Algorithm.ES256:
            return key.public_key
        return self._sealer.open(key.sealed, _context(app, key.id))

    def _new(self, algorithm: Algorithm, name: str, raw: bytes, public_key: str = "") -> SigningKey:
        return SigningKey(
            id=secrets.token_hex(8),
            algorithm=algorithm,
            name=name,
            created_at=self._clock.now(),
            fingerprint=hashlib.sha256(raw).hexdigest()[:_FINGERPRINT_DIGITS],
            public_key=public_key,
        )

    async def _add(self, app: str, key: SigningKey) -> SigningKey:
        args: list[Value] = [key.id, msgspec.json.encode(key), MAX_KEYS]
        if not await script("pushgate.devices", "add_signing_key")(self._redis, [_key(app)], args):
            raise Conflict(f"the app has {MAX_KEYS} registration keys; remove one first")
        return key


async def stored_signing_keys(redis: Redis) -> AsyncIterator[StoredSecret]:
    """All sealed secrets, to be sealed anew. Raises EngineUnavailable."""
    async with reaching(Changes.NOTHING):
        async for place in redis.scan_iter(match=_key("*"), count=1000):
            app = place.decode().removeprefix(_key(""))
            for raw in (await cast("Awaitable[dict[bytes, bytes]]", redis.hgetall(place))).values():
                key = msgspec.json.decode(raw, type=SigningKey)
                if key.sealed:
                    replace = partial(_replace_sealed, redis, app, key, raw)
                    yield StoredSecret(_context(app, key.id), key.sealed, replace)


async def _replace_sealed(redis: Redis, app: str, key: SigningKey, known: bytes, sealed: bytes) -> bool:
    new = msgspec.json.encode(msgspec.structs.replace(key, sealed=sealed))
    return await replace_value(redis, _key(app), known, new, key.id)


def _public_key(pem: str) -> tuple[bytes, str]:
    """The public key of a PEM as bytes and in its one form. Raises InvalidRequest, whose text never
    has the key.
    """
    fault = 'is no public key of the curve P-256 in PEM; it begins with "-----BEGIN PUBLIC KEY-----"'
    if "PRIVATE KEY" in pem:
        fault = "is a private key: keep it to your backend, and send the public key that belongs to it"
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidRequest([FieldError("public_key", fault)]) from error
    if not (isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)):
        raise InvalidRequest([FieldError("public_key", fault)])
    raw = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return raw, key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _secret(written: str) -> bytes:
    fault = f"must be base64 of {MIN_SECRET} to {MAX_SECRET} random bytes"
    try:
        secret = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest([FieldError("secret", fault)]) from error
    if not MIN_SECRET <= len(secret) <= MAX_SECRET:
        raise InvalidRequest([FieldError("secret", fault)])
    return secret


def _key(app: str) -> str:
    return f"{QUEUE}:registration-keys:{app}"


def _context(app: str, key_id: str) -> str:
    return f"app:{app}:registration-key:{key_id}"
