"""Push services of browsers: many servers behind one vendor, known only from the subscriptions that name them.

What one of them is in trouble with must not hold up the others, and none is called that the app does not trust.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Container, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from typing import TypeVar, overload

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.response_codes import ResponseCode, unanswered
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.webpush.subscriptions import Subscription, Undeliverable, read, seal
from pushgate.domain.clock import Clock
from pushgate.domain.errors import VendorAuthError, VendorError, VendorUnavailable
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.credentials import Credential, CredentialCache, NoCredentialStore
from pushgate.http2.results import NoResponse, Response

MAX_SERVICES = 32
"""Push services that are sent to at once, and that connections are kept to."""
MAX_KNOWN = 4096
"""Push services of which it is remembered how they are."""
JWT_LEAD = timedelta(hours=1)
RENEW_AGAIN_AFTER = timedelta(minutes=10)
"""A signature that is refused for one subscription is not made anew for each."""
TRUSTED_FOR = timedelta(minutes=10)
FEW = 10
"""So many refusals may be the subscriptions' fault, where the service took pushes under our key lately."""
SHORTEST_PAUSE, LONGEST_PAUSE = 5.0, 86_400.0
"""Seconds for which a service in trouble is left alone; they double from 5 to 300, unless it asks for more itself."""
CODES: Mapping[str, ResponseCode] = {
    "permanently_removed": ResponseCode(Outcome.INVALID, "the browser has no push service"),
    "not_a_subscription": ResponseCode(
        Outcome.REJECTED, "the token is no subscription, or its key is not valid"
    ),
    "foreign_host": ResponseCode(
        Outcome.REJECTED, "its push service is not among the section's hosts; add it there if it is one"
    ),
    "foreign_key": ResponseCode(Outcome.REJECTED, "the subscription was made with another VAPID key"),
}


def _verdict(code: str) -> Verdict:
    says = CODES[code].effect
    assert isinstance(says, Outcome)
    return Verdict(says, code, CODES[code].meaning, asked=code == "foreign_key")


_REMOVED, _NONE, _FOREIGN_HOST, _FOREIGN_KEY = map(_verdict, CODES)
Item = TypeVar("Item")


def _split(netloc: str) -> tuple[str, str]:
    """Host and port, '' where there is none; an IPv6 address stays in its brackets."""
    end = netloc.find("]") + 1
    host, _, port = netloc[end:].partition(":")
    return netloc[:end] + host, port


class Service:
    """One push service, and what it thinks of our key."""

    def __init__(self, client: Callable[[], Client], sign: Callable[[], Credential], clock: Clock) -> None:
        async def fetch() -> Credential:
            return sign()

        self.session: Session | None = None
        self.flights = 0
        self._client = client
        self._bearer = CredentialCache("webpush", fetch, JWT_LEAD, clock, NoCredentialStore())
        self._clock = clock
        self._renewed_at: datetime | None = None
        self._took_at: datetime | None = None
        self._failures = 0
        self._left_alone_until: datetime | None = None

    def open(self) -> Session:
        """Its connections, which are made when they are needed."""
        if self.session is None:
            self.session = Session(self._client(), self._clock, self._bearer, self._refuses)
        return self.session

    async def close(self) -> None:
        """Close every connection; it can be opened again."""
        session, self.session = self.session, None
        if session:
            await session.close()

    @property
    def trusts_us(self) -> bool:
        """Whether it has taken a push under our key lately."""
        return self._took_at is not None and self._clock.now() - self._took_at < TRUSTED_FOR

    @property
    def pause(self) -> float:
        """Seconds for which it is still to be left alone, 0 if it is not."""
        until = self._left_alone_until
        return max(0.0, (until - self._clock.now()).total_seconds()) if until else 0.0

    def took(self) -> None:
        """It took a push."""
        self._took_at, self._failures, self._left_alone_until = self._clock.now(), 0, None

    def failed(self, error: VendorError) -> None:
        """It is in trouble, or wants to be left alone."""
        own = min(SHORTEST_PAUSE * 2 ** min(self._failures, 6), 300.0)
        self._failures += 1
        wait = min(error.retry_after or own, LONGEST_PAUSE)
        self._left_alone_until = self._clock.now() + timedelta(seconds=wait)

    def _refuses(self, answer: Response) -> bool:
        """Whether another signature may help: it cannot, where the last one is new."""
        now = self._clock.now()
        if answer.status not in (401, 403):
            return False
        if self._renewed_at is not None and now - self._renewed_at < RENEW_AGAIN_AFTER:
            return False
        self._renewed_at = now
        return True


class Services:
    """The push services an app sends to: to some at once, the others wait. Connections to those that were not used for
    longest are given up first."""

    def __init__(
        self,
        hosts: Sequence[str],
        client: Callable[[str], Client],
        sign: Callable[[str], Credential],
        clock: Clock,
    ) -> None:
        """`client` and `sign` take an origin, `https://host[:port]`."""
        self._hosts = hosts
        self._client = client
        self._sign = sign
        self._clock = clock
        self._known: OrderedDict[str, Service] = OrderedDict()
        self._slots = asyncio.Semaphore(MAX_SERVICES)

    def trusts(self, origin: str) -> bool:
        """Whether the app sends there (docs/reference/vendors/webpush.md#requests: endpoints come
        from clients).
        """
        host, port = _split(origin.removeprefix("https://"))
        # A port stands for itself: one that is not named is not meant.
        for pattern in self._hosts:
            name, meant = _split(pattern)
            if port == meant.removeprefix("443") and (
                fnmatchcase(host, name) if "*" in name else host == name
            ):
                return True
        return False

    def service(self, origin: str) -> Service:
        """The service there."""
        found = self._known.pop(origin, None) or Service(
            lambda: self._client(origin), lambda: self._sign(origin), self._clock
        )
        self._known[origin] = found
        return found

    def others_trust_us(self, than: Container[str]) -> bool:
        """Whether a service elsewhere has taken a push under our key lately: then a refusal is that of a service's own."""
        return any(service.trusts_us for origin, service in self._known.items() if origin not in than)

    @asynccontextmanager
    async def flight(self, origin: str) -> AsyncIterator[Service]:
        """The service there, while it is sent to; nobody closes its connections meanwhile."""
        async with self._slots:
            service = self.service(origin)
            service.flights += 1
            try:
                yield service
            finally:
                service.flights -= 1
        await self._trim()

    async def close(self) -> None:
        """Close every connection."""
        services, self._known = list(self._known.values()), OrderedDict()
        await asyncio.gather(*(service.close() for service in services))

    async def _trim(self) -> None:
        """Give up what was not used for longest."""
        idle = [(origin, service) for origin, service in self._known.items() if not service.flights]
        for origin, _ in idle[: max(0, len(self._known) - MAX_KNOWN)]:
            del self._known[origin]
        open_ones = [service for service in self._known.values() if service.session]
        closing_now = [service for service in open_ones if not service.flights]
        closing_now = closing_now[: max(0, len(open_ones) - MAX_SERVICES)]
        closing_now += [service for origin, service in idle if origin not in self._known and service.session]
        for service in closing_now:
            if not service.flights:  # it may have been taken while another one was closed
                await service.close()


@dataclass(slots=True)
class _Flight:
    """What is sent to one push service."""

    indexes: list[int] = field(default_factory=list)
    to: list[Subscription] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    error: VendorError | None = None
    """Why it ended early."""
    refusal: VendorAuthError | None = None
    """What was said of our key, if anything."""


class ToServices:
    """A push, rendered, for subscriptions at any number of push services."""

    def __init__(
        self,
        services: Services,
        plaintext: bytes,
        template: Callable[[str, str], BurstTemplate],
        parse: Callable[[str, Response], Verdict],
    ) -> None:
        """`template` takes an origin and a signature, `parse` an origin and its answer; it may raise VendorError."""
        self._services = services
        self._plaintext = plaintext
        self._template = template
        self._parse = parse
        self._forms: dict[str, RequestTemplate] = {}

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about: of the push itself, nothing."""
        return NO_SCOPES

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these subscriptions, to all services at the same time.

        A service in trouble puts off its own subscriptions and nobody else's. The whole call fails only when every
        service refuses our key and no other one has taken a push lately, which is for an operator to put right.
        """
        flights, refused = self._sorted(tokens)
        for verdict, indexes in refused:
            yield indexes, verdict
        # Those that took pushes lately go first: whoever invents names does not keep them waiting.
        order = sorted(flights, key=lambda origin: not self._services.service(origin).trusts_us)
        sending = [self._flight(origin, flights[origin], go_on) for origin in order]
        async with closing(merged(sending)) as answers:
            async for found in answers:
                yield found
        failed = [(flight, flight.error) for flight in flights.values() if flight.error]
        refused_by_all = len(failed) == len(flights) and all(
            isinstance(e, VendorAuthError) for _, e in failed
        )
        if failed and refused_by_all and not self._services.others_trust_us(flights):
            raise failed[0][1]
        for flight, error in failed:
            yield sorted(flight.left), Verdict(Outcome.RETRY, error.code, error.reason, error.retry_after)

    def _sorted(self, tokens: Sequence[bytes]) -> tuple[dict[str, _Flight], list[tuple[Verdict, list[int]]]]:
        """Subscriptions by service, and those that are sent to none."""
        flights: dict[str, _Flight] = {}
        removed, none, foreign = list[int](), list[int](), list[int]()
        for index, token in enumerate(tokens):
            try:
                subscription = read(token)
            except Undeliverable:
                removed.append(index)
                continue
            except ValueError:
                none.append(index)
                continue
            flight = flights.get(subscription.origin)
            if flight is None:
                if not self._services.trusts(subscription.origin):
                    foreign.append(index)
                    continue
                flight = flights[subscription.origin] = _Flight()
            flight.indexes.append(index)
            flight.to.append(subscription)
            flight.left.add(index)
        refused = ((_REMOVED, removed), (_NONE, none), (_FOREIGN_HOST, foreign))
        return flights, [(verdict, found) for verdict, found in refused if found]

    async def _flight(
        self, origin: str, flight: _Flight, go_on: Callable[[], bool]
    ) -> AsyncGenerator[tuple[Sequence[int], Verdict], None]:
        form = self._forms.setdefault(origin, RequestTemplate(partial(self._template, origin)))
        items, held, took = _Sealed(self._plaintext, flight.to), list[int](), False
        async with self._services.flight(origin) as service:
            if service.pause:
                told = "the push service is in trouble, or asked for fewer pushes"
                flight.error = VendorUnavailable("left_alone", told, service.pause)
                return
            try:
                answers = service.open().send(form, items, partial(self._judge, origin, flight), go_on)
                async with closing(answers):
                    async for at, verdict in answers:
                        indexes = [flight.indexes[index] for index in at]
                        if verdict is _FOREIGN_KEY:
                            held += indexes
                            continue
                        if verdict.outcome is Outcome.ACCEPTED:
                            took = True
                            service.took()
                        flight.left.difference_update(indexes)
                        yield indexes, verdict
            except VendorError as error:
                flight.error = error
                service.failed(error)
        if held and (took or (service.trusts_us and len(held) <= FEW)):
            flight.left.difference_update(held)
            yield held, _FOREIGN_KEY
        elif held and flight.error is None:
            flight.error = VendorAuthError(
                "403", "the push service does not take our VAPID key or its signature"
            )

    def _judge(self, origin: str, flight: _Flight, _index: int, end: Response | NoResponse) -> Verdict:
        if isinstance(end, NoResponse):
            return unanswered(end.cause)
        try:
            return self._parse(origin, end)
        except VendorAuthError as error:
            flight.refusal = error
            return _FOREIGN_KEY


class _Sealed(Sequence[bytes]):
    """Requests, each sealed when it is its turn; a part of them seals nothing."""

    def __init__(self, plaintext: bytes, to: Sequence[Subscription]) -> None:
        self._plaintext = plaintext
        self._to = to
        self._made: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._to)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return _Sealed(self._plaintext, self._to[index])
        if index not in self._made:
            to = self._to[index]
            self._made[index] = to.path + b" " + seal(self._plaintext, to)
        return self._made[index]


async def merged(flights: Sequence[AsyncGenerator[Item, None]]) -> AsyncIterator[Item]:
    """What these yield, as it comes. Closing this one closes them."""
    steps = {asyncio.ensure_future(_next(flight)): flight for flight in flights}
    try:
        while steps:
            done, _ = await asyncio.wait(steps, return_when=asyncio.FIRST_COMPLETED)
            for step in done:
                flight = steps.pop(step)
                for item in step.result():
                    steps[asyncio.ensure_future(_next(flight))] = flight
                    yield item
    finally:
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        for flight in flights:
            await flight.aclose()


async def _next(flight: AsyncIterator[Item]) -> list[Item]:
    """The next item, or none at the end."""
    try:
        return [await anext(flight)]
    except StopAsyncIteration:
        return []
