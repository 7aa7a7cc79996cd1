"""The simulated APNs, FCM and push service take what other people's clients send, and refuse what the vendors refuse."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.utils import base64url_decode, base64url_encode, raw_to_der_signature

from pushgate.sandbox.access_tokens import Grants
from pushgate.sandbox.credentials import Credentials, ensure
from pushgate.sandbox.exchange import SandboxResponse, Sent
from pushgate.sandbox.request_log import Received
from pushgate.sandbox.vendors.apns import Apns
from pushgate.sandbox.vendors.fcm import Fcm

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TOKEN = "0f" * 32


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return ensure(tmp_path_factory.mktemp("credentials"), "https://sandbox:1")


def provider_token(credentials: Credentials) -> str:
    """See docs/reference/vendors/apns.md#credentials; the signature as RFC 7518 has it."""
    key = load_pem_private_key(credentials.apns_key_file.read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    claims = {"iss": credentials.team_id, "iat": int(NOW.timestamp())}
    return jwt.encode(claims, key, "ES256", {"kid": credentials.key_id})


def in_der(credentials: Credentials, token: str) -> str:
    """The token as pushy signs it."""
    key = load_pem_private_key(credentials.apns_key_file.read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    signed, _, raw = token.rpartition(".")
    signature = raw_to_der_signature(base64url_decode(raw), key.curve)
    key.public_key().verify(signature, signed.encode(), ECDSA(SHA256()))
    return f"{signed}.{base64url_encode(signature).decode()}"


def apns(credentials: Credentials, provider: str) -> SandboxResponse:
    headers = {"authorization": f"bearer {provider}", "apns-topic": credentials.topic}
    body = b'{"aps":{"alert":"x"}}'
    return Apns(credentials).answer(Sent("POST", f"/3/device/{TOKEN}", headers, body, NOW), {})


def test_apns_takes_signatures_in_der_and_as_the_standard_has_them(credentials: Credentials) -> None:
    token = provider_token(credentials)
    assert apns(credentials, token).status == 200
    assert apns(credentials, in_der(credentials, token)).status == 200


def test_apns_refuses_a_signature_of_another_text_in_either_form(credentials: Credentials) -> None:
    good = provider_token(credentials)
    head, claims, _ = good.split(".")
    other = base64url_encode(base64url_decode(claims).replace(b"SANDBOX", b"SANDBOY")).decode()
    assert other != claims
    for token in (good, in_der(credentials, good)):
        forged = f"{head}.{other}.{token.rpartition('.')[2]}"
        assert apns(credentials, forged).code == "InvalidProviderToken"


def fcm(credentials: Credentials, body: dict[str, Any]) -> SandboxResponse:
    grants = Grants()
    headers = {"authorization": f"Bearer {grants.give('fcm', NOW, DAY)}"}
    path = f"/v1/projects/{credentials.project_id}/messages:send"
    sent = Sent("POST", path, headers, json.dumps(body).encode(), NOW)
    return Fcm(credentials, grants).answer(sent, {})


_SNAKE = {
    "fcm_options": {"analytics_label": "a"},
    "android": {
        "collapse_key": "c", "restricted_package_name": "p", "direct_boot_ok": True, "fcm_options": {"analytics_label": "a"},
        "notification": {
            "channel_id": "ch", "click_action": "x", "title_loc_args": ["x"], "notification_priority": "PRIORITY_HIGH",
            "light_settings": {"color": {"red": 1}, "light_on_duration": "1s", "light_off_duration": "1s"},
        },
    },
    "apns": {"fcm_options": {"analytics_label": "a"}, "live_activity_token": "x"},
    "webpush": {"fcm_options": {"link": "https://example.com"}},
}  # fmt: skip
_CAMEL = {
    "fcmOptions": {"analyticsLabel": "a"},
    "android": {
        "collapseKey": "c", "restrictedPackageName": "p", "directBootOk": True, "fcmOptions": {"analyticsLabel": "a"},
        "notification": {
            "channelId": "ch", "clickAction": "x", "titleLocArgs": ["x"], "notificationPriority": "PRIORITY_HIGH",
            "lightSettings": {"color": {"red": 1}, "lightOnDuration": "1s", "lightOffDuration": "1s"},
        },
    },
    "apns": {"fcmOptions": {"analyticsLabel": "a"}, "liveActivityToken": "x"},
    "webpush": {"fcmOptions": {"link": "https://example.com"}},
}  # fmt: skip


@pytest.mark.parametrize("more", [_SNAKE, _CAMEL, {**_SNAKE, **_CAMEL}])
def test_fcm_knows_its_fields_in_both_spellings_at_every_depth(
    credentials: Credentials, more: dict[str, Any]
) -> None:
    """See docs/reference/vendors/fcm.md#options."""
    assert fcm(credentials, {"message": {"token": "abcd", **more}}).code == "ok"


@pytest.mark.parametrize("name", ["validate_only", "validateOnly"])
def test_fcm_delivers_nothing_that_is_only_to_be_checked(credentials: Credentials, name: str) -> None:
    reply = fcm(credentials, {name: True, "message": {"token": "abcd"}})
    assert (reply.code, list(reply.accepted)) == ("ok", [])


def test_of_a_field_that_is_written_both_ways_the_last_one_counts(credentials: Credentials) -> None:
    bad, good = {"collapse_key": 7}, {"collapseKey": "c"}
    for android, code in (({**bad, **good}, "ok"), ({**good, **bad}, "INVALID_ARGUMENT")):
        assert fcm(credentials, {"message": {"token": "abcd", "android": android}}).code == code


@pytest.mark.parametrize(
    "message",
    [
        {"android": {"notification": {"channelID": "x"}}},
        {"android": {"colour": "x"}},
        {"Android": {}},
        {"android": {}, "androidV2": {}},
        {"data": {"gcm.notification.x": "y"}},
        {"data": {"messageType": 7}},
    ],
)
def test_fcm_refuses_what_it_does_not_know(credentials: Credentials, message: dict[str, Any]) -> None:
    assert fcm(credentials, {"message": {"token": "abcd", **message}}).code == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "message",
    [
        {"data": {"gcm.x": "y", "myKey": "z", "messageType": "t"}},
        {"webpush": {"notification": {"requireInteraction": True}}},
        {"apns": {"payload": {"aps": {}, "myKey": {"innerKey": 1}}}},
        {"android_v2": {"remote_notification": {}}},
    ],
)
def test_fcm_takes_keys_of_the_senders_own_as_they_are(
    credentials: Credentials, message: dict[str, Any]
) -> None:
    assert fcm(credentials, {"message": {"token": "abcd", **message}}).code == "ok"


@pytest.mark.parametrize(
    "written",
    ["bearer s3cret", "Bearer s3cret", "BEARER  s3cret", "s3cret", "key=s3cret", "Basic s3cret", "vapid t=s3cret, k=s3cret",
     "Token token=s3cret", "bearer\ts3cret", "s3cret s3cret", " s3cret"],
)  # fmt: skip
def test_no_authorization_header_is_shown_in_clear(written: str) -> None:
    sent = Sent("POST", "/3/device/x", {"authorization": written}, b"", NOW)
    assert "s3cret" not in json.dumps(Received(1, "apns", sent, SandboxResponse(200)).as_json())
