"""What Pushgate signs, the reference library verifies."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from pushgate.webhooks.signatures import key_of, new_secret, sign

BODY = b'{"type":"events"}'


@given(key=st.binary(min_size=24, max_size=64), text=st.text())
def test_the_reference_library_verifies_what_is_signed(key: bytes, text: str) -> None:
    secret, body = f"whsec_{b64encode(key).decode()}", json.dumps({"text": text}).encode()
    headers = sign([key_of(secret)], "d_1", datetime.now(UTC), body)
    assert Webhook(secret).verify(body, dict(headers)) == {"text": text}


def test_during_a_rotation_either_secret_verifies() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = dict(sign([key_of(new), key_of(old)], "d_1", datetime.now(UTC), BODY))
    for secret in (old, new):
        assert Webhook(secret).verify(BODY, headers) == {"type": "events"}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, headers)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body"])
def test_a_signature_covers_id_time_and_body(changed: str) -> None:
    secret, now = new_secret(), datetime.now(UTC)
    headers = dict(sign([key_of(secret)], "d_1", now, BODY))
    body = b'{"type":"other!"}' if changed == "body" else BODY
    if changed == "webhook-id":
        headers[changed] = "d_2"
    if changed == "webhook-timestamp":
        headers[changed] = str(int(now.timestamp()) + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_the_timestamp_is_the_instant_in_any_time_zone() -> None:
    instant = datetime(2027, 1, 31, 12, tzinfo=UTC)
    elsewhere = instant.astimezone(timezone(timedelta(hours=8)))
    key = key_of(new_secret())
    assert sign([key], "d_1", elsewhere, BODY) == sign([key], "d_1", instant, BODY)
    assert sign([key], "d_1", instant, BODY)["webhook-timestamp"] == "1801396800"


def test_secrets_are_new_each_time_and_have_256_bits() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(key_of(secret)) for secret in secrets} == {32}


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        b64encode(bytes(32)).decode(),
        "WHSEC_" + b64encode(bytes(32)).decode(),
        "whsec_" + b64encode(bytes(23)).decode(),
        "whsec_" + b64encode(bytes(65)).decode(),
        "whsec_" + b64encode(bytes(32)).decode().rstrip("="),
        "whsec_!!!!" + b64encode(bytes(32)).decode(),
    ],
)
def test_a_secret_of_another_form_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^must (begin with whsec_|be whsec_ and base64|hold 24 to 64)"):
        key_of(secret)
