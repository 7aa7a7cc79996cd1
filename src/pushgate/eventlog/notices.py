"""Writes events that several processes notice, once each: outages of vendors, and expiring
credentials.
"""

from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.event_type import EventType
from pushgate.eventlog.codec import encode_app_event
from pushgate.eventlog.entries import AppEvent
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script

_OUTAGES = f"{QUEUE}:outages"
_REMEMBERED = timedelta(days=400)

Route = tuple[str, str]
"""An app and a vendor."""


class Notices:
    """The notices of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def outage_began(self, app: str, vendor: str, at: datetime, code: str, reason: str) -> bool:
        """Note that a vendor takes no pushes of the app; returns whether that is new."""
        fields = {"vendor": vendor, "code": code, "reason": reason}
        return await self._tell_outage(app, vendor, to_ms(at), AppEvent(EventType.VENDOR_DOWN, fields))

    async def outage_ended(self, app: str, vendor: str) -> bool:
        """Note that a vendor takes pushes of the app again; returns whether that is new."""
        return await self._tell_outage(app, vendor, "", AppEvent(EventType.VENDOR_UP, {"vendor": vendor}))

    async def outages(self) -> Mapping[Route, datetime]:
        """The reported outages, and since when."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_OUTAGES))
        found: dict[Route, datetime] = {}
        for field, since in rows.items():
            app, _, vendor = field.decode().partition(":")
            found[app, vendor] = from_ms(int(since))
        return found

    async def credential_expires(self, app: str, fields: Mapping[str, str], days: int) -> bool:
        """Note that a credential expires within `days`; returns whether that is new.

        `fields` has its vendor, the setting's name, fingerprint and `expires_at`.
        """
        event = AppEvent(EventType.CREDENTIAL_EXPIRING, {**fields, "days": str(days)})
        name = f"expiry:{fields['vendor']}:{fields['fingerprint']}:{days}"
        args: list[Value] = [app, name, _REMEMBERED // timedelta(milliseconds=1), encode_app_event(event)]
        return bool(await script("pushgate.eventlog", "tell_once")(self._redis, [QUEUE], args))

    async def _tell_outage(self, app: str, vendor: str, since: int | str, event: AppEvent) -> bool:
        args: list[Value] = [app, vendor, since, encode_app_event(event)]
        return bool(await script("pushgate.eventlog", "tell_outage")(self._redis, [QUEUE], args))
