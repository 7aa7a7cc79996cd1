"""Deliveries that are signed by the specification's own library are genuine, and no others."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from pushgate.webhooks.signatures import key_of, new_secret, sign
from pushgate_client import InvalidSignature
from pushgate_client.webhooks import TOLERANCE, verify

SECRET, OTHER = new_secret(), new_secret()
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
NOW = AT.timestamp()
BODY = json.dumps({"events": [{"type": "terminal.invalid", "user": "张三"}]})


def headers(secret: str = SECRET, *, name: str = "msg_1", body: str = BODY) -> dict[str, str]:
    """The headers of a delivery, by the specification's library."""
    return {
        "Webhook-Id": name,
        "webhook-timestamp": str(int(NOW)),
        "webhook-signature": Webhook(secret).sign(name, AT, body),
    }


def test_a_delivery_is_genuine() -> None:
    assert verify(BODY.encode(), headers(), SECRET, now=NOW) == json.loads(BODY)


def test_pushgates_own_signatures_are_genuine_with_the_old_and_the_new_secret() -> None:
    signed = sign([key_of(SECRET), key_of(OTHER)], "msg_1", AT, BODY.encode())
    for secret in (SECRET, OTHER):
        assert verify(BODY.encode(), signed, secret, now=NOW) == json.loads(BODY)


@pytest.mark.parametrize("late", [-TOLERANCE - 1, TOLERANCE + 1])
def test_a_replay_is_refused(late: int) -> None:
    with pytest.raises(InvalidSignature, match="time"):
        verify(BODY.encode(), headers(), SECRET, now=NOW + late)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": headers(OTHER)["webhook-signature"]},
        {"webhook-signature": headers(name="msg_2")["webhook-signature"]},
        {"webhook-signature": headers(body=BODY + " ")["webhook-signature"]},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,é"},
        {"webhook-timestamp": str(int(NOW) + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "١٢"},
    ],
)
def test_what_was_changed_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        verify(BODY.encode(), headers() | changed, SECRET, now=NOW)


@pytest.mark.parametrize("missing", headers())
def test_a_missing_header_is_named(missing: str) -> None:
    sent = {name: value for name, value in headers().items() if name != missing}
    with pytest.raises(InvalidSignature, match=missing.lower()):
        verify(BODY.encode(), sent, SECRET, now=NOW)


def test_a_genuine_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="JSON"):
        verify(b"{", headers(body="{"), SECRET, now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_?", "abc"])
def test_a_secret_in_another_form_is_the_receivers_fault(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_") as raised:
        verify(BODY.encode(), headers(), secret, now=NOW)
    assert "abc" not in str(raised.value)


def test_any_headers_are_taken_that_are_a_mapping_of_texts() -> None:
    named: dict[str, Any] = {name.title(): value for name, value in headers().items()}
    assert verify(BODY.encode(), named, SECRET, now=NOW)
