"""Makes the provider tokens (JWT) with which an app's .p8 key signs its requests.

Source: docs/reference/vendors/apns.md#credentials
"""

import hashlib
from datetime import timedelta
from functools import partial

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pushgate.adapters.apns.settings import ApnsSettings
from pushgate.adapters.private_keys import load_private_key
from pushgate.adapters.vendor import AdapterContext
from pushgate.adapters.vendor_settings import text_of
from pushgate.domain.clock import Clock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.http2.credentials import Credential, CredentialCache

LIFE = timedelta(minutes=60)
"""APNs refuses a token that is older."""
RENEW_BEFORE = timedelta(minutes=10)
"""So a token is used for 50 minutes; APNs wants 20 to 60."""
MIN_REPLACEMENT_INTERVAL = timedelta(minutes=20)
"""APNs wants no new token more often."""


def open_credentials(settings: ApnsSettings, context: AdapterContext) -> CredentialCache:
    """Return the provider tokens of the app's key.

    Raises ConfigurationError when the key cannot be read.

    All processes, and all apps of the team with this key, share one token.
    """
    key = _read_key(text_of(settings.key))
    return CredentialCache(
        name=f"apns:{settings.team_id}:{settings.key_id}:{_fingerprint(key)}",
        fetch=partial(_sign, settings, key, context.clock),
        renew_before=RENEW_BEFORE,
        clock=context.clock,
        store=context.credentials,
        min_replacement_interval=MIN_REPLACEMENT_INTERVAL,
    )


async def _sign(settings: ApnsSettings, key: ec.EllipticCurvePrivateKey, clock: Clock) -> Credential:
    now = clock.now()
    claims = {"iss": settings.team_id, "iat": int(now.timestamp())}
    return Credential(jwt.encode(claims, key, "ES256", {"kid": settings.key_id}), now + LIFE)


def _fingerprint(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a digest of the key, so that one app's wrong file does not spoil another's token."""
    public: bytes = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return hashlib.blake2b(public, digest_size=8).hexdigest()


def _read_key(text: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_private_key(text)
    except ValueError as error:
        raise ConfigurationError([FieldError("key", "is no .p8 key (PKCS#8 PEM)")]) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ConfigurationError([FieldError("key", "holds no P-256 key, as APNs' keys are")])
    return key
