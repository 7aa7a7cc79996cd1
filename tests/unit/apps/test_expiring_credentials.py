"""Credentials are told of from 30 days before their end on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.apps import configured_app, configured_vendor

from pushgate.apps.credential_facts import CredentialFacts
from pushgate.apps.expiring_credentials import expiring_credentials
from pushgate.domain.app import App
from pushgate.fleet.problems import ExpiringCredential

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "is_told"), [(30 * DAY + SECOND, False), (30 * DAY, True), (SECOND, True), (-400 * DAY, True)]
)
def test_the_last_30_days_count_and_the_time_after_them(left: timedelta, *, is_told: bool) -> None:
    facts = {
        "certificate": CredentialFacts("0123456789abcdef", NOW + left),
        "password": CredentialFacts("fedcba9876543210"),
    }
    vendor = replace(configured_vendor("apns"), credentials=facts)
    told = list(expiring_credentials([configured_app(App("shop"), {"apns": vendor})], NOW))
    expected = ExpiringCredential(
        app="shop",
        vendor="apns",
        credential="certificate",
        fingerprint="0123456789abcdef",
        expires_at=NOW + left,
    )
    assert told == ([expected] if is_told else [])
