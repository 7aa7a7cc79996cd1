"""Verify that a webhook comes from Pushgate, as the Standard Webhooks specification says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from pushgate_client.errors import InvalidSignature

TOLERANCE = 300
"""Seconds by which the time of a delivery may differ from ours: older ones may be replays."""
_PREFIX = "whsec_"
_MIN_BYTES = 24
_TIME = re.compile(r"[0-9]{1,15}")


def verify(body: bytes, headers: Mapping[str, str], secret: str, *, now: float | None = None) -> Any:
    """Return the JSON of a genuine delivery.

    `body` is the request's body as it came, `secret` the webhook's (`whsec_...`). Raises
    InvalidSignature; answer such a request with 400. The same `webhook-id` may come again. Raises
    ValueError for a secret in another form.
    """
    found = {name.lower(): value for name, value in headers.items()}
    try:
        delivery, sent_at = found["webhook-id"], found["webhook-timestamp"]
        signatures = found["webhook-signature"].split()
    except KeyError as missing:
        raise InvalidSignature(f"the header {missing.args[0]} is missing") from None
    if not _TIME.fullmatch(sent_at) or abs((time.time() if now is None else now) - int(sent_at)) > TOLERANCE:
        raise InvalidSignature("the time of the delivery is too far from now")
    wanted = sign(body, delivery, sent_at, secret)
    if not any(hmac.compare_digest(one.encode(), wanted.encode()) for one in signatures):
        raise InvalidSignature("no signature is that of this body with this secret")
    try:
        return json.loads(body)
    except ValueError as error:
        raise InvalidSignature("the body is not JSON") from error


def sign(body: bytes, delivery: str, sent_at: str, secret: str) -> str:
    """Return the signature of a delivery: `v1,` and base64. Raises ValueError for a bad secret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    # Anybody could sign with an empty secret, such as that of a setting that is missing.
    if not secret.startswith(_PREFIX) or len(key) < _MIN_BYTES:
        raise ValueError(f"the secret is not {_PREFIX} and at least {_MIN_BYTES} bytes in base64")
    mac = hmac.digest(key, f"{delivery}.{sent_at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac).decode()
