"""The settings of Web Push."""

import pytest

from pushgate.adapters.webpush.settings import WebPushSettings


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        ("[0:0:0:0:0:0:0:1]:8443", "[::1]:8443"),
        ("[::1]", "[::1]"),
        ("push.example.com", "push.example.com"),
    ],
)
def test_a_host_is_normalized(written: str, normalized: str) -> None:
    section = {"vapid_key_file": "v.pem", "subject": "mailto:a@example.com", "hosts": [written]}
    assert WebPushSettings.model_validate(section).hosts == (normalized,)
