"""APNs' responses."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import APNS, Expected, I, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.apns import responses as apns
from pushgate.adapters.apns.payload import TOPIC_SUFFIXES
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(("status", "reason", "expected"), APNS)
def test_every_code(status: int, reason: str, expected: Expected) -> None:
    assert outcome_of(lambda: apns.parse(answer(status, json.dumps({"reason": reason})), NOW)) == expected


def test_the_timestamp_says_since_when_a_token_is_dead() -> None:
    body = json.dumps({"reason": "Unregistered", "timestamp": 1_700_000_000_123})
    verdict = apns.parse(answer(410, body), NOW)
    assert verdict.dead_since == datetime.fromtimestamp(1_700_000_000, UTC) + timedelta(milliseconds=123)


@pytest.mark.parametrize("timestamp", [None, "1700000000123", "soon", -1, 10**30, []])
def test_an_invalid_timestamp_does_not_hide_the_reason(timestamp: object) -> None:
    verdict = apns.parse(answer(410, json.dumps({"reason": "Unregistered", "timestamp": timestamp})), NOW)
    assert (verdict.outcome, verdict.code, verdict.dead_since) == (I, "Unregistered", None)


def test_a_5xx_waits_15_minutes_unless_it_names_a_delay() -> None:
    for headers, expected in (({}, 900.0), ({"retry_after": "7"}, 7.0)):
        with pytest.raises(VendorUnavailable) as caught:
            apns.parse(answer(503, '{"reason": "ServiceUnavailable"}', **headers), NOW)
        assert caught.value.retry_after == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[]", b"null", b'{"reason": 5}'])
@pytest.mark.parametrize("status", [400, 403, 404, 410, 413])
def test_an_unreadable_response_makes_no_token_dead(status: int, body: bytes) -> None:
    assert outcome_of(lambda: apns.parse(answer(status, body), NOW)) is X


@pytest.mark.parametrize(
    ("topic", "bundle_id", "outcome"),
    [
        ("com.example.demo", "com.example.demo", I),
        ("com.example.voip", "com.example.voip", I),
        ("com.example.voip.voip", "com.example.voip", X),
        *(
            (f"com.example.demo{suffix}", "com.example.demo", X)
            for suffix in TOPIC_SUFFIXES.values()
            if suffix
        ),
    ],
)
def test_a_token_of_another_push_type_is_not_dead(topic: str, bundle_id: str, outcome: Outcome) -> None:
    """An alert's token that a VoIP push was sent to is still good for alerts. See
    docs/reference/vendors/apns.md#codes.
    """
    body = json.dumps({"reason": "DeviceTokenNotForTopic"})
    verdict = apns.parse(answer(400, body), NOW, topic, bundle_id)
    assert (verdict.outcome, verdict.code) == (outcome, "DeviceTokenNotForTopic")


def test_a_timestamp_out_of_range_is_ignored() -> None:
    body = json.dumps({"reason": "Unregistered", "timestamp": 10**18})
    assert apns.parse(answer(410, body), NOW).dead_since is None
