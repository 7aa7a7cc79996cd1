"""Sends to a block's slots by calls to the vendor, in chunks that the rate limiter permits."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import cast

from pushgate.adapters.contract import Verdict
from pushgate.domain import bitmaps
from pushgate.domain.errors import VendorError
from pushgate.domain.message import Delivery, Message
from pushgate.domain.outcome import Outcome, RefusalScope, State
from pushgate.ledger.values import Block, Failure, Move, MoveKind
from pushgate.worker import failure_reasons
from pushgate.worker.addressees import BlockPush, Send, Verdicts
from pushgate.worker.at_most_once import AtMostOnceGuard
from pushgate.worker.context import WorkerContext
from pushgate.worker.job_summary import JobSummary, RateLimited
from pushgate.worker.outcome_buffer import OutcomeBuffer
from pushgate.worker.outcome_handler import OutcomeHandler, paused
from pushgate.worker.rate_limiter import Permits
from pushgate.worker.route import Route
from pushgate.worker.vendor_call import call_vendor, log_vendor_failure

_SINGLE_HOST = "*"
"""Stands for the only host of a vendor that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSender:
    """Sends to the pending slots of a job's blocks.

    A failure of one host of the vendor stops that host alone.
    """

    context: WorkerContext
    message: Message
    urgent: bool
    push: BlockPush
    outcomes: OutcomeBuffer
    summary: JobSummary
    muted: list[tuple[Block, int]]
    """Collects terminals whose users have turned notifications off: block, and offset into it."""
    stopped_hosts: dict[str, VendorError | None]
    """Hosts that get nothing more in this job, with the failure that stopped each; None where
    permits were lacking.
    """
    note: Callable[[Block, Outcome, int], None] | None = None
    """Called with each verdict and the number of the block's pushes that it is about."""

    def may_continue(self) -> bool:
        """Whether more may be sent: the message is neither ended nor expired, the lease is held."""
        return not self.outcomes.must_stop and self.context.clock.now() < self.message.expires_at

    async def send(self, block: Block, bits: int) -> None:
        """Send to these slots. Slots without an outcome stay pending; `summary` records the
        reason.
        """
        for host, host_bits in (await self._by_host(block, bits)).items():
            if host in self.stopped_hosts:
                if failure := self.stopped_hosts[host]:
                    self.outcomes.add(paused(block, host_bits, failure))
                continue
            try:
                await self._send_to_host(host, block, host_bits)
            except VendorError as error:
                self.stopped_hosts[host] = error
                self.summary.record_call_failure(error)
                log_vendor_failure(self.message.app, block.group.vendor, error)

    def _pause(self, vendor: str) -> Failure | None:
        """Why nothing may be sent to the vendor now, None where a call has paused nothing."""
        pause = self.context.stores.pauses.find(self.message.app, vendor)
        return failure_reasons.paused_by_call(vendor, pause.reason) if pause else None

    def _may_send(self, vendor: str) -> bool:
        """Whether requests may begin."""
        return self.may_continue() and not self.context.stores.pauses.find(self.message.app, vendor)

    async def _by_host(self, block: Block, bits: int) -> Mapping[str, int]:
        """The slots by the host that their tokens belong to."""
        if not self.push.has_hosts:
            return {_SINGLE_HOST: bits}
        tokens = await self.push.read_tokens(block, bits)
        by_host: dict[str, int] = {}
        for offset, token in tokens.items():
            host = self.push.host(token)
            by_host[host] = by_host.get(host, 0) | 1 << offset
        left = bits & ~bitmaps.from_offsets(tokens)
        if left:  # their host is unknown and does not matter: `find` finds their terminals later
            host = next(iter(by_host), "")
            by_host[host] = by_host.get(host, 0) | left
        return by_host

    async def _send_to_host(self, host: str, block: Block, bits: int) -> None:
        """Send in chunks. Raises VendorError."""
        while bits and self.may_continue():
            if failure := self._pause(block.group.vendor):
                self.summary.paused = True
                self.outcomes.add(Move(block, bits, State.EXPIRED, failure, kind=MoveKind.POSTPONED))
                return
            wanted = bits.bit_count()
            route = self._route(host, block, wanted)
            permits = await self.context.rate_limiter.acquire(route, wanted, urgent=self.urgent)
            if permits.granted:
                chunk = bitmaps.lowest(bits, permits.granted)
                bits &= ~chunk
                try:
                    await self._send_chunk(route, block, chunk)
                except VendorError as error:
                    self.outcomes.add(paused(block, bits, error))
                    raise
            elif permits.wait <= self.summary.wait_budget:
                self.summary.wait_budget -= permits.wait
                await asyncio.sleep(permits.wait.total_seconds())
            else:
                await self._stop_host(host, block, bits, permits)
                return

    def _route(self, host: str, block: Block, count: int) -> Route:
        names = self.push.scopes(count)
        if host != _SINGLE_HOST:
            names = {**names, RefusalScope.HOST: host}
        return Route(self.message.app, block.group.vendor, names)

    async def _stop_host(self, host: str, block: Block, bits: int, permits: Permits) -> None:
        """Send nothing more to this host in this job, because no permits come soon enough."""
        self.summary.record_rate_limited(RateLimited(permits.wait, permits.limited_by))
        self.stopped_hosts[host] = None
        if permits.breaker_open:
            breaker = await self.context.circuit_breaker.find_open(permits.limited_by)
            if breaker:
                self.stopped_hosts[host] = breaker.error
                self.outcomes.add(paused(block, bits, breaker.error))

    async def _send_chunk(self, route: Route, block: Block, bits: int) -> None:
        found = await self.push.find(block, bits)
        tokens, to_send = found.tokens, bitmaps.from_offsets(found.tokens)
        forgotten = bits & ~to_send
        for failure, rejected in found.rejected.items():
            self.outcomes.add(Move(block, rejected, State.REJECTED, failure))
            forgotten &= ~rejected
        if forgotten:
            failure = failure_reasons.forgotten(block.group.vendor)
            self.outcomes.add(Move(block, forgotten, State.CANCELLED, failure))
        guard = None
        if self.message.options.delivery is Delivery.AT_MOST_ONCE:
            guard = AtMostOnceGuard(block, self.outcomes)
            reserved, is_safe = await guard.reserve(to_send)
            to_send &= reserved
            if not is_safe:
                self._put_off(block, to_send, guard)
                return
            tokens = {offset: token for offset, token in tokens.items() if to_send >> offset & 1}
        if tokens:
            await self._call_vendor(
                route, block, tokens, found.send, OutcomeHandler(block, to_send, self.outcomes, guard)
            )

    def _put_off(self, block: Block, reserved: int, guard: AtMostOnceGuard) -> None:
        """Put off slots whose reservation the replicas did not confirm in time."""
        guard.release_rest()
        failure = failure_reasons.not_replicated(block.group.vendor)
        self.outcomes.add(Move(block, reserved, State.EXPIRED, failure, kind=MoveKind.POSTPONED))
        self.summary.request_retry(None)

    async def _call_vendor(
        self, route: Route, block: Block, tokens: Mapping[int, bytes], send: Send, handler: OutcomeHandler
    ) -> None:
        """Send to these tokens, by offset into the block. Raises VendorError."""
        may_send = partial(self._may_send, route.vendor)
        verdicts = self._handle_verdicts(block, tokens, handler, send(tokens, may_send))
        await call_vendor(self.context, route, handler, self.summary, verdicts, may_send)
        if failure := self._pause(route.vendor):
            self.summary.paused = True
            handler.postpone_rest(failure)

    async def _handle_verdicts(
        self,
        block: Block,
        tokens: Mapping[int, bytes],
        handler: OutcomeHandler,
        results: Verdicts,
    ) -> None:
        offsets, texts, summary = list(tokens), list(tokens.values()), self.summary
        # Adapters are async generators: closing one gives up what it still has in flight.
        verdicts = cast("AsyncGenerator[tuple[Sequence[int], Verdict], None]", results)
        async with aclosing(verdicts):
            async for indexes, verdict in verdicts:
                summary.record_verdict(verdict, indexes, texts)
                if self.note:
                    self.note(block, verdict.outcome, len(indexes))
                handler.handle([offsets[index] for index in indexes], verdict)
                if verdict.muted:
                    self.muted.extend((block, offsets[index]) for index in indexes)
