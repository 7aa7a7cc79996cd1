"""The push services that an app sends to: connections, pauses, and whether they accept its key.

They are many servers behind one vendor, known only from the subscriptions that name them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Container
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from pushgate.adapters.session import RequestTemplate, Session, templates_by_priority
from pushgate.domain.clock import Clock
from pushgate.domain.errors import VendorError
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.credentials import Credential, CredentialCache, NoCredentialStore
from pushgate.http2.results import Response

MAX_OPEN = 32
"""Push services that are sent to at the same time, and whose connections are kept."""
MAX_KNOWN = 4096
"""Push services whose state is remembered."""
RENEW_BEFORE = timedelta(hours=1)
"""How long before its end a credential is renewed."""
MIN_RENEWAL_INTERVAL = timedelta(minutes=10)
"""Between renewals after refusals: a valid credential may be refused for many subscriptions."""
TRUSTED_FOR = timedelta(minutes=10)
"""How long an accepted push shows that the push service accepts the app's key."""
MIN_PAUSE, MAX_OWN_PAUSE, MAX_PAUSE = 5.0, 300.0, 86_400.0
"""Seconds. Pauses double from the first to the second; a service may ask for up to the third."""
_MAX_DOUBLINGS = 6
OpenClient = Callable[[str], Client]
Sign = Callable[[str], Credential]
MakeTemplate = Callable[[bool, str], BurstTemplate]


class PushService:
    """One push service, and how it responds to the app."""

    def __init__(
        self, origin: str, open_client: OpenClient, sign: Sign, make_template: MakeTemplate, clock: Clock
    ) -> None:
        async def fetch() -> Credential:
            return sign(origin)

        self.active_sends = 0
        self.templates = templates_by_priority(
            lambda high_priority: RequestTemplate(partial(make_template, high_priority))
        )
        self._origin = origin
        self._open_client = open_client
        self._credentials = CredentialCache(
            "webpush", fetch, renew_before=RENEW_BEFORE, clock=clock, store=NoCredentialStore()
        )
        self._clock = clock
        self._session: Session | None = None
        self._renewed_at: datetime | None = None
        self._accepted_at: datetime | None = None
        self._paused_until: datetime | None = None
        self._consecutive_failures = 0

    @property
    def is_open(self) -> bool:
        """Whether there are connections."""
        return self._session is not None

    @property
    def accepts_key(self) -> bool:
        """Whether it has recently accepted a push under the app's key."""
        return self._accepted_at is not None and self._clock.now() - self._accepted_at < TRUSTED_FOR

    @property
    def remaining_pause(self) -> float:
        """Seconds until the push service may be sent to again, 0 if it may be now."""
        until = self._paused_until
        return max(0.0, (until - self._clock.now()).total_seconds()) if until else 0.0

    def session(self) -> Session:
        """Return the session, which is created when it is first needed."""
        if self._session is None:
            client = self._open_client(self._origin)
            self._session = Session(client, self._clock, self._credentials, self._refuses)
        return self._session

    def record_acceptance(self) -> None:
        """Record that the push service accepted a push."""
        self._accepted_at = self._clock.now()
        self._paused_until, self._consecutive_failures = None, 0

    def record_failure(self, error: VendorError) -> None:
        """Pause the push service, for as long as it asks or for longer with each failure."""
        own_pause = min(MIN_PAUSE * 2 ** min(self._consecutive_failures, _MAX_DOUBLINGS), MAX_OWN_PAUSE)
        self._consecutive_failures += 1
        pause = min(error.retry_after or own_pause, MAX_PAUSE)
        self._paused_until = self._clock.now() + timedelta(seconds=pause)

    async def close(self) -> None:
        """Close every connection. A later session opens new ones."""
        session, self._session = self._session, None
        if session:
            await session.close()

    def _refuses(self, response: Response) -> bool:
        """Whether another credential may help: not if the last one was made a short time ago."""
        now = self._clock.now()
        if response.status not in (401, 403):
            return False
        if self._renewed_at is not None and now - self._renewed_at < MIN_RENEWAL_INTERVAL:
            return False
        self._renewed_at = now
        return True


class PushServices:
    """All push services of an app.

    At most 32 are sent to at a time; the least recently used lose their connections.
    """

    def __init__(
        self, open_client: OpenClient, sign: Sign, make_template: MakeTemplate, clock: Clock
    ) -> None:
        """`open_client` and `sign` take an origin, `https://host[:port]`.

        `make_template` takes whether the priority is high, and a credential.
        """
        self._open_client = open_client
        self._sign = sign
        self._make_template = make_template
        self._clock = clock
        self._by_origin: OrderedDict[str, PushService] = OrderedDict()
        self._slots = asyncio.Semaphore(MAX_OPEN)

    def get(self, origin: str) -> PushService:
        """Return the push service at an origin; it is then the most recently used one."""
        service = self._by_origin.pop(origin, None)
        if service is None:
            service = PushService(origin, self._open_client, self._sign, self._make_template, self._clock)
        self._by_origin[origin] = service
        return service

    def others_accept_key(self, origins: Container[str]) -> bool:
        """Whether a push service at no such origin has recently accepted the app's key."""
        return any(
            service.accepts_key for origin, service in self._by_origin.items() if origin not in origins
        )

    @asynccontextmanager
    async def acquire(self, origin: str) -> AsyncIterator[PushService]:
        """Wait for a slot; the push service keeps its connections while the block runs."""
        async with self._slots:
            service = self.get(origin)
            service.active_sends += 1
            try:
                yield service
            finally:
                service.active_sends -= 1
        await self._evict()

    async def close(self) -> None:
        """Close every connection."""
        services, self._by_origin = list(self._by_origin.values()), OrderedDict()
        await asyncio.gather(*(service.close() for service in services))

    async def _evict(self) -> None:
        """Remove the least recently used beyond MAX_KNOWN, and close those beyond MAX_OPEN."""
        idle = [(origin, service) for origin, service in self._by_origin.items() if not service.active_sends]
        removed = idle[: max(0, len(self._by_origin) - MAX_KNOWN)]
        for origin, _ in removed:
            del self._by_origin[origin]
        open_services = [service for service in self._by_origin.values() if service.is_open]
        closable = [service for service in open_services if not service.active_sends]
        excess = closable[: max(0, len(open_services) - MAX_OPEN)]
        for service in [*excess, *(service for _, service in removed if service.is_open)]:
            if not service.active_sends:  # it may have been acquired while another one was closed
                await service.close()
