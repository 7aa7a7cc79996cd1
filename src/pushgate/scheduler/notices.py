"""What readers of events are told of vendors: that one takes pushes again, and that a credential
expires.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pushgate.apps.catalog import AppCatalog, ConfiguredApp
from pushgate.domain.clock import Clock
from pushgate.stores import Stores

OUTAGES_EVERY = timedelta(seconds=2)
EXPIRIES_EVERY = timedelta(minutes=10)
DAYS_BEFORE = (1, 7, 30)
"""So many days before its end a credential is told of."""


class NoticeRounds:
    """Looks for what is to be told. Raises EngineUnavailable."""

    def __init__(self, stores: Stores, catalog: AppCatalog, clock: Clock) -> None:
        self._stores = stores
        self._catalog = catalog
        self._clock = clock

    async def end_outages(self) -> int:
        """Tell of vendors that take pushes again; returns how many. Workers tell of outages."""
        stores, ended = self._stores, 0
        outages = await stores.notices.outages()
        if not outages:
            return 0
        failures = await stores.vendor_health.failures(outages)
        failing = {(one.app, one.vendor) for one in failures if not one.scope}
        for app, vendor in outages:
            if (app, vendor) not in failing:
                ended += await stores.notices.outage_ended(app, vendor)
        return ended

    async def tell_expiries(self) -> int:
        """Tell of credentials that expire within 30, 7 or 1 days; returns how many are news."""
        now, told = self._clock.now(), 0
        for configured in self._catalog.apps.values():
            for fields, days in _expiring(configured, now):
                told += await self._stores.notices.credential_expires(configured.app.name, fields, days)
        return told


def _expiring(configured: ConfiguredApp, now: datetime) -> Iterator[tuple[dict[str, str], int]]:
    """The credentials of an app that expire soon, each with the days that are not over yet."""
    for vendor, one in configured.vendors.items():
        for name, facts in one.credentials.items():
            if facts.expires_at is None:
                continue
            left = facts.expires_at - now
            days = next((days for days in DAYS_BEFORE if left <= timedelta(days=days)), None)
            if days is not None:
                yield (
                    {
                        "vendor": vendor,
                        "credential": name,
                        "fingerprint": facts.fingerprint,
                        "expires_at": f"{facts.expires_at:%Y-%m-%dT%H:%M:%SZ}",
                    },
                    days,
                )
