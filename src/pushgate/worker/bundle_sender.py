"""Makes the sends of one bundle by calls to the vendor, in chunks that the rate limiter permits."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from pushgate.adapters.contract import Verdict
from pushgate.bundles.bundle_values import BundleSlot, Verb
from pushgate.bundles.values import URGENT
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import EngineUnavailable, VendorError
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.ledger.values import Failure
from pushgate.runtime import logs
from pushgate.worker import failure_reasons
from pushgate.worker.backoff import PAUSED_DELAY
from pushgate.worker.bundle_dues import due_s, retry_due_s
from pushgate.worker.bundle_outcomes import BundleOutcomes, SlotSend
from pushgate.worker.change_buffer import ChangeBuffer, Kind
from pushgate.worker.context import WorkerContext
from pushgate.worker.job_summary import JobSummary, RateLimited
from pushgate.worker.rate_limiter import Permits
from pushgate.worker.route import Route
from pushgate.worker.vendor_call import call_vendor, log_vendor_failure

_MAX_ROUTES_AT_ONCE = 8
"""Hosts and routes that are sent to at once. With no more hosts than this, a slow host delays only
its own pushes.
"""
_EXPIRED = Kind(Verb.EXPIRED)
_Names = tuple[tuple[RefusalScope, str], ...]
_log = logs.get("worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSender:
    """Sends the pushes of a bundle. A failure of one host or route stops that one alone."""

    context: WorkerContext
    app: str
    vendor: str
    priority: int
    changes: ChangeBuffer
    summary: JobSummary
    muted: list[BundleSlot] = field(default_factory=list)
    """Slots of terminals whose users have turned notifications off."""
    note: Callable[[Sequence[int], Outcome], None] | None = None
    """Called with the slots of each verdict."""

    def may_continue(self) -> bool:
        """Whether more may be sent: the lease is held, and outcomes can be recorded."""
        return not self.changes.must_stop

    def _pause(self) -> Failure | None:
        """Why nothing may be sent to the vendor now, None where a call has paused nothing."""
        pause = self.context.stores.pauses.find(self.app, self.vendor)
        return failure_reasons.paused_by_call(self.vendor, pause.reason) if pause else None

    def _may_send(self) -> bool:
        """Whether requests may begin."""
        return self.may_continue() and not self.context.stores.pauses.find(self.app, self.vendor)

    async def send(self, sends: Sequence[SlotSend]) -> None:
        """Send these pushes, which are in the order of their slots.

        Slots for which no change is added were not sent.
        """
        routes = [
            (Route(self.app, self.vendor, dict(names)), own) for names, own in _by_scopes(sends).items()
        ]
        if len(routes) == 1:
            await self._send_route(*routes[0])
            return
        limit = asyncio.Semaphore(_MAX_ROUTES_AT_ONCE)

        async def send_route(route: Route, own: Sequence[SlotSend]) -> None:
            async with limit:
                await self._send_route(route, own)

        async with asyncio.TaskGroup() as tasks:
            for route, own in routes:
                tasks.create_task(send_route(route, own))

    async def _send_route(self, route: Route, sends: Sequence[SlotSend]) -> None:
        try:
            await self._send_in_chunks(route, sends)
        except VendorError as error:
            self.summary.record_call_failure(error)
            log_vendor_failure(self.app, self.vendor, error)
        except EngineUnavailable as error:
            _log.warning("sending stops without Redis", action="sending_stops", error=str(error), outage=True)

    async def _send_in_chunks(self, route: Route, sends: Sequence[SlotSend]) -> None:
        """Send as permits come, the lowest slots first. Raises VendorError, EngineUnavailable."""
        while sends and self.may_continue():
            if failure := self._pause():
                self._hold(sends, failure)
                return
            urgent = self.priority == URGENT
            permits = await self.context.rate_limiter.acquire(route, len(sends), urgent=urgent)
            if permits.granted:
                chunk, sends = sends[: permits.granted], sends[permits.granted :]
                try:
                    await self._send_chunk(route, chunk)
                except VendorError as error:
                    self._pause_after(sends, error)
                    raise
            elif permits.wait <= self.summary.wait_budget:
                self.summary.wait_budget -= permits.wait
                await asyncio.sleep(permits.wait.total_seconds())
            else:
                await self._postpone(route, sends, permits)
                return

    async def _send_chunk(self, route: Route, sends: Sequence[SlotSend]) -> None:
        """Send the pushes that have neither expired nor ended. Raises VendorError,
        EngineUnavailable.
        """
        sendable = await self._reserve(self._unexpired(sends))
        by_key: dict[Hashable, list[SlotSend]] = {}
        for send in sendable:
            by_key.setdefault(send.rendering.key, []).append(send)
        calls = list(by_key.values())
        for number, own in enumerate(calls):
            try:
                await self._call_vendor(route, own)
            except VendorError as error:
                for rest in calls[number + 1 :]:
                    self._pause_after(rest, error)
                raise

    def _unexpired(self, sends: Sequence[SlotSend]) -> Sequence[SlotSend]:
        now_s = to_ms(self.context.clock.now()) // 1000
        expired = [send.slot.number for send in sends if send.slot.expires_s <= now_s]
        if not expired:
            return sends
        self.changes.add(_EXPIRED, expired)
        return [send for send in sends if send.slot.expires_s > now_s]

    async def _reserve(self, sends: Sequence[SlotSend]) -> Sequence[SlotSend]:
        """Reserve the at-most-once sends; returns the sends that may be made now."""
        wanted = [send.slot.number for send in sends if send.at_most_once]
        if not wanted:
            return sends
        slots, is_safe = await self.changes.reserve(wanted)
        reserved = set(slots)
        if not is_safe:
            now, failure = self.context.clock.now(), failure_reasons.not_replicated(self.vendor)
            for send in sends:
                if send.slot.number in reserved:
                    due = retry_due_s(now, send.slot.attempts, None, 0.5)
                    self.changes.add(Kind(Verb.POSTPONED, failure, due), [send.slot.number])
            reserved = set()
        return [send for send in sends if not send.at_most_once or send.slot.number in reserved]

    async def _call_vendor(self, route: Route, sends: Sequence[SlotSend]) -> None:
        outcomes = BundleOutcomes(sends, self.vendor, self.changes, self.context.clock)
        verdicts = self._handle_verdicts(sends, outcomes)
        await call_vendor(self.context, route, outcomes, self.summary, verdicts, self._may_send)
        if failure := self._pause():
            self.summary.paused = True
            outcomes.postpone_rest(failure)

    async def _handle_verdicts(self, sends: Sequence[SlotSend], outcomes: BundleOutcomes) -> None:
        tokens, summary = [send.token for send in sends], self.summary
        pairs = [(send.rendering, send.token) for send in sends]
        # Adapters are async generators: closing one gives up what it still has in flight.
        verdicts = cast(
            "AsyncGenerator[tuple[Sequence[int], Verdict], None]",
            sends[0].rendering.send_each(pairs, self._may_send),
        )
        async with aclosing(verdicts):
            async for indexes, verdict in verdicts:
                summary.record_verdict(verdict, indexes, tokens)
                outcomes.handle(indexes, verdict)
                if self.note:
                    self.note([sends[index].slot.number for index in indexes], verdict.outcome)
                if verdict.muted:
                    self.muted.extend(sends[index].slot for index in indexes)

    def _hold(self, sends: Sequence[SlotSend], failure: Failure) -> None:
        """Postpone these sends, because a call has paused them."""
        self.summary.paused = True
        due = due_s(self.context.clock.now(), PAUSED_DELAY)
        self.changes.add(Kind(Verb.POSTPONED, failure, due), [send.slot.number for send in sends])

    def _pause_after(self, sends: Sequence[SlotSend], error: VendorError) -> None:
        """Postpone these sends, because other pushes of their route failed."""
        failure = failure_reasons.stopped(self.vendor, error)
        now = self.context.clock.now()
        for send in sends:
            due = retry_due_s(now, send.slot.attempts, error.retry_after, 0.5)
            self.changes.add(Kind(Verb.POSTPONED, failure, due), [send.slot.number])

    async def _postpone(self, route: Route, sends: Sequence[SlotSend], permits: Permits) -> None:
        """Give each slot a place in the queue, because no permits come soon enough."""
        self.summary.record_rate_limited(RateLimited(permits.wait, permits.limited_by))
        failure = None
        if permits.breaker_open:
            breaker = await self.context.circuit_breaker.find_open(permits.limited_by)
            failure = failure_reasons.stopped(self.vendor, breaker.error) if breaker else None
        place = await self.context.rate_limiter.reserve(route, permits.limited_by, len(sends))
        start, now = max(permits.wait, place.wait), self.context.clock.now()
        for number, send in enumerate(sends):
            due = due_s(now, start + number * place.interval)
            self.changes.add(Kind(Verb.POSTPONED, failure, due), [send.slot.number])


def _by_scopes(sends: Sequence[SlotSend]) -> dict[_Names, list[SlotSend]]:
    """Group the sends by what a refusal may be about. Equal keys have equal scopes."""
    names_of: dict[Hashable, _Names] = {}
    found: dict[_Names, list[SlotSend]] = {}
    for send in sends:
        rendering = send.rendering
        key = rendering.key
        names = names_of.get(key)
        if names is None:
            names = names_of[key] = tuple(rendering.refusal_scopes.items())
        found.setdefault(names, []).append(send)
    return found
