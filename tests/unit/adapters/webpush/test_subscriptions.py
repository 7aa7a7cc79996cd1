"""Subscriptions of browsers as push tokens."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pushgate.adapters.webpush import subscriptions
from pushgate.adapters.webpush.adapter import VENDOR


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


POINT = (
    generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)


OFF_CURVE = POINT[:-1] + bytes([POINT[-1] ^ 1])


def token(
    endpoint: str = "https://push.example.com/x", p256dh: bytes = POINT, auth: bytes = b"a" * 16
) -> str:
    keys = {"p256dh": text(p256dh), "auth": text(auth)}
    return subscriptions.normalize_token(json.dumps({"endpoint": endpoint, "keys": keys}))


@pytest.mark.parametrize(
    ("written", "fault_text"),
    [
        (token(), None),
        (token("https://push.example.com:8443/x?y=z"), None),
        (token("https://[::1]:8443/x"), None),
        (token("https://[2001:DB8::1]/x"), None),
        (token(p256dh=OFF_CURVE), "no point on the curve"),
        (token(p256dh=b"\x04" + bytes(64)), "no point on the curve"),
        (token(p256dh=POINT[:-1]), "64 bytes; it has 65"),
        (token(p256dh=POINT + b"x"), "66 bytes; it has 65"),
        (token(auth=b"a" * 15), "15 bytes; it has 16"),
        (token(auth=b"a" * 17), "17 bytes; it has 16"),
        (token("https://push.example.com/x#fragment"), "#fragment"),
        (token("https://push.example.com/x#"), "#fragment"),
        (token("https://push.example.com#x"), "#fragment"),
        (token("https://push.example.com:99999/x"), "port"),
        (token("https://push.example.com:0/x"), "port"),
        (token("https://[::1::2]/x"), "host and port"),
        (token("https://[1.2.3.4]/x"), "host and port"),
        (token("https://permanently-removed.invalid/fcm/send/abc"), "no push service"),
        (token("https://PERMANENTLY-REMOVED.INVALID/x"), "no push service"),
        (token("https://other.invalid/x"), "no push service"),
    ],
)
def test_the_fault_of_an_invalid_subscription_is_named(written: str, fault_text: str | None) -> None:
    assert subscriptions.TOKEN_PATTERN.fullmatch(written), "else the words would not be reached"
    found = VENDOR.token_fault(written)
    if fault_text is None:
        assert found is None
    else:
        assert found
        assert fault_text in found


@pytest.mark.parametrize(
    ("endpoint", "origin", "path"),
    [
        ("https://Push.Example.com/Ab?c", "https://push.example.com", b"/Ab?c"),
        ("https://push.example.com:443/x", "https://push.example.com", b"/x"),
        ("https://push.example.com:8443", "https://push.example.com:8443", b"/"),
        ("https://push.example.com?x=1", "https://push.example.com", b"/?x=1"),
        ("https://[0:0:0:0:0:0:0:1]:8443/x", "https://[::1]:8443", b"/x"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]", b"/x"),
    ],
)
def test_an_endpoint_is_split_into_origin_and_path(endpoint: str, origin: str, path: bytes) -> None:
    found = subscriptions.parse_token(token(endpoint).encode())
    assert (found.origin, found.path) == (origin, path)
