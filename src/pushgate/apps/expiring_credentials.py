"""Finds credentials of apps that expire soon, from the facts that were read when they were opened.
Pure.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.fleet.problems import EXPIRY_SHOWN_BEFORE, ExpiringCredential


def expiring_credentials(apps: Iterable[ConfiguredApp], now: datetime) -> Iterator[ExpiringCredential]:
    """The credentials that expire within 30 days, or have expired."""
    for configured in apps:
        for vendor, one in configured.vendors.items():
            for name, facts in one.credentials.items():
                if facts.expires_at is not None and facts.expires_at - now <= EXPIRY_SHOWN_BEFORE:
                    yield ExpiringCredential(
                        app=configured.app.name,
                        vendor=vendor,
                        credential=name,
                        fingerprint=facts.fingerprint,
                        expires_at=facts.expires_at,
                    )
