"""Spellings that a vendor does not tell apart are one push token."""

import json

import pytest

from pushgate.adapters.registry import vendors

KEYS = f"{'B' * 87}.{'a' * 22}"
ENDPOINT = "fcm.googleapis.com/fcm/send/AbC:dEf-1"
CASES = {
    "apns": [("AB" * 32, "ab" * 32), ("Ab" * 32, "ab" * 32), ("0f" * 32, "0f" * 32)],
    "webpush": [
        (f"{KEYS}@https://{ENDPOINT}", f"{KEYS}@https://{ENDPOINT}"),
        (f"{KEYS}@https://FCM.GoogleAPIs.com/fcm/send/AbC:dEf-1", f"{KEYS}@https://{ENDPOINT}"),
        (f"{KEYS}@HTTPS://{ENDPOINT}", f"{KEYS}@https://{ENDPOINT}"),
        (f"{KEYS}@https://fcm.googleapis.com:443/fcm/send/AbC:dEf-1", f"{KEYS}@https://{ENDPOINT}"),
        (f"{KEYS}@https://Push.Example:8443/Q?A=B@C", f"{KEYS}@https://push.example:8443/Q?A=B@C"),
        (
            json.dumps(
                {"endpoint": f"https://FCM.{ENDPOINT[4:]}", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}}
            ),
            f"{KEYS}@https://{ENDPOINT}",
        ),
    ],
}
"""What is written, and how the token is kept."""
OTHERS = sorted(set(vendors()) - set(CASES))


@pytest.mark.parametrize(
    ("vendor", "written", "normalized"), [(vendor, *row) for vendor, rows in CASES.items() for row in rows]
)
def test_a_token_has_one_spelling(vendor: str, written: str, normalized: str) -> None:
    known = vendors()[vendor]
    assert known.normalize_token(written) == normalized
    assert known.normalize_token(normalized) == normalized
    assert known.token_pattern.fullmatch(normalized)


@pytest.mark.parametrize("vendor", OTHERS)
@pytest.mark.parametrize("token", ["AbCdEf0123", "ABCDEF0123456789", "abcdef0123456789"])
def test_tokens_that_differ_by_case_are_unchanged(vendor: str, token: str) -> None:
    known = vendors()[vendor]
    assert known.normalize_token(token) == token
    assert known.token_pattern.fullmatch(token)
