"""Writes events about vendors: that a vendor takes pushes again, and that a credential will
expire.
"""

from datetime import timedelta

from pushgate.apps.catalog import AppCatalog
from pushgate.apps.expiring_credentials import expiring_credentials
from pushgate.domain.clock import Clock
from pushgate.fleet.problems import EXPIRY_SHOWN_BEFORE
from pushgate.stores import Stores

OUTAGES_EVERY = timedelta(seconds=2)
EXPIRIES_EVERY = timedelta(minutes=10)
DAYS_BEFORE = (1, 7, EXPIRY_SHOWN_BEFORE.days)
"""How many days before a credential expires events are written."""


class NoticeRounds:
    """Finds vendors and credentials to write events about. Raises EngineUnavailable."""

    def __init__(self, stores: Stores, catalog: AppCatalog, clock: Clock) -> None:
        self._stores = stores
        self._catalog = catalog
        self._clock = clock

    async def end_outages(self) -> int:
        """Write events for vendors that take pushes again; returns how many. Workers write the
        events of outages.
        """
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
        """Write events for credentials that expire within 30, 7 or 1 days; returns how many were
        new.
        """
        now, told = self._clock.now(), 0
        for expiring in expiring_credentials(self._catalog.apps.values(), now):
            days = min(days for days in DAYS_BEFORE if expiring.expires_at - now <= timedelta(days=days))
            fields = {
                "vendor": expiring.vendor,
                "credential": expiring.credential,
                "fingerprint": expiring.fingerprint,
                "expires_at": f"{expiring.expires_at:%Y-%m-%dT%H:%M:%SZ}",
            }
            told += await self._stores.notices.credential_expires(expiring.app, fields, days)
        return told
