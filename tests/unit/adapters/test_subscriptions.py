"""Which subscriptions of browsers can be pushed to, and what push services answer
(docs/reference/vendors/webpush.md).
"""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.adapters.samples import NOW, answer, push

from pushgate.adapters.webpush import subscriptions
from pushgate.adapters.webpush.adapter import VENDOR, request_template
from pushgate.adapters.webpush.payload import render
from pushgate.adapters.webpush.responses import parse
from pushgate.adapters.webpush.settings import WebPushSettings
from pushgate.domain.errors import VendorThrottled
from pushgate.domain.message import Options
from pushgate.domain.outcome import Outcome

WINDOWS = "https://wns2-by3p.notify.windows.com"
MOZILLA = "https://updates.push.services.mozilla.com"


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
    ("written", "told"),
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
def test_subscription_that_cannot_be_pushed_to_is_told_in_words(written: str, told: str | None) -> None:
    assert subscriptions.TOKEN_PATTERN.fullmatch(written), "else the words would not be reached"
    found = VENDOR.token_fault(written)
    if told is None:
        assert found is None
    else:
        assert found
        assert told in found


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
def test_endpoint_is_split_into_its_push_service_and_its_path(
    endpoint: str, origin: str, path: bytes
) -> None:
    found = subscriptions.parse_token(token(endpoint).encode())
    assert (found.origin, found.path) == (origin, path)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204, 205, 206, 207, 226, 299])
def test_every_2xx_says_that_the_push_was_taken(status: int) -> None:
    """RFC 9110, 15: a status that nobody knows means what its class means."""
    assert parse(answer(status), NOW, MOZILLA).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("status", [300, 400, 406])
def test_what_is_no_2xx_is_not_taken(status: int) -> None:
    assert parse(answer(status), NOW, MOZILLA).outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("headers", "origin", "pause"),
    [
        ({"x_wns_status": "appthrottled", "retry_after": "1800"}, WINDOWS, 1800),
        ({"x_wns_status": "AppThrottled"}, WINDOWS, 900),
        ({"x_wns_status": "appthrottled"}, "https://127.0.0.1:8091", 900),
        ({"retry_after": "86400"}, WINDOWS, 86_400),
        ({}, WINDOWS, 900),
    ],
)
def test_406_of_microsoft_is_a_throttle(headers: dict[str, str], origin: str, pause: float) -> None:
    with pytest.raises(VendorThrottled) as caught:
        parse(answer(406, b"", **headers), NOW, origin)
    assert (caught.value.code, caught.value.retry_after) == ("wns_throttled", pause)


def test_406_of_one_channel_concerns_that_channel() -> None:
    verdict = parse(answer(406, b"", x_wns_status="channelthrottled", retry_after="60"), NOW, WINDOWS)
    assert (verdict.outcome, verdict.code, verdict.retry_after) == (
        Outcome.RETRY,
        "wns_channel_throttled",
        60,
    )


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Ttl value conflicts with X-WNS-Cache-Policy.", True),
        ("see https://wns2-by3p.notify.windows.com/w/?token=AwYAAAD", False),
        ("the channel " + "b" * 40 + " is over", False),
        ("long " * 50, False),
        ("caf\u00e9", False),
        ("", False),
    ],
)
def test_microsofts_explanation_is_part_of_the_reason(told: str, kept: bool) -> None:
    verdict = parse(answer(400, b"", x_wns_error_description=told), NOW, WINDOWS)
    assert verdict.outcome is Outcome.REJECTED
    assert verdict.reason == "a header or the form is not valid" + (f": {told.rstrip('.')}" if kept else "")


@pytest.mark.parametrize(
    ("ttl", "origin", "policy"),
    [
        (0, WINDOWS, b"no-cache"),
        (0, "https://notify.windows.com.example", None),
        (0, MOZILLA, None),
        (60, WINDOWS, None),
    ],
)
def test_microsoft_is_told_not_to_keep_what_is_now_or_never(
    ttl: int, origin: str, policy: bytes | None
) -> None:
    """Without it a TTL of 0 is an error there. See docs/reference/vendors/webpush.md#requests."""
    rendered = render(push(options=Options(ttl=timedelta(seconds=ttl))), NOW)
    template = request_template(rendered.headers, origin, "t", public_key="k", urgent=False)
    assert dict(template.headers).get(b"x-wns-cache-policy") == policy


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("[0:0:0:0:0:0:0:1]:8443", "[::1]:8443"),
        ("[::1]", "[::1]"),
        ("push.example.com", "push.example.com"),
    ],
)
def test_host_of_the_settings_is_kept_as_subscriptions_name_it(written: str, kept: str) -> None:
    section = {"vapid_key_file": "v.pem", "subject": "mailto:a@example.com", "hosts": [written]}
    assert WebPushSettings.model_validate(section).hosts == (kept,)
