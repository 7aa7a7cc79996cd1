"""A block's way to the vendor, in slices as large as the gate grants."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from pushgate.adapters.contract import Prepared, SupportsHosts, Verdict
from pushgate.domain import bitmaps
from pushgate.domain.clock import Clock
from pushgate.domain.errors import VendorError, VendorUnavailable
from pushgate.domain.message import Delivery, Message
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope, State
from pushgate.ledger.pending import Block, Failure, MessageShard, Move
from pushgate.runtime import logs
from pushgate.terminals.registry import Registry
from pushgate.terminals.tokens import Tokens
from pushgate.worker.job_summary import JobSummary, RateLimited
from pushgate.worker.outcome_buffer import OutcomeBuffer
from pushgate.worker.outcomes import AtMostOnceGuard, OutcomeHandler, paused
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.route import Route

_UNANSWERED = (FailureCode.UNANSWERED, "sent, but no answer came, and the message asked not to be sent twice")
_FORGOTTEN = (
    FailureCode.FORGOTTEN,
    "the terminal was forgotten, or went to another vendor, before it was its turn",
)
_ONLY_HOST = "*"
"""Stands for all of a vendor whose terminals have no hosts of their own."""
_log = logs.get("worker")


@dataclass(frozen=True, slots=True)
class BlockSender:
    """Sends what is pending in a job's blocks. Trouble with one host of the vendor stops what goes there alone."""

    tokens: Tokens
    registry: Registry
    gate: RateLimiter
    clock: Clock
    message: Message
    scope: MessageShard
    prepared: Prepared
    recorder: OutcomeBuffer
    tally: JobSummary
    urgent: bool
    shut: dict[str, VendorError | None] = field(default_factory=dict)
    """Hosts that nothing more of this job is sent to, and the failure that is the reason, if it is one."""

    async def send(self, block: Block, bits: int) -> None:
        """Send to these slots of the block; what has no outcome then stays pending, and the tally says why."""
        for host, some in (await self._by_host(block, bits)).items():
            if host in self.shut:
                if failure := self.shut[host]:
                    self.recorder.add(paused(block, some, failure.code, failure.reason))
                continue
            try:
                await self._to_host(host, block, some)
            except VendorError as error:
                self.shut[host] = error
                self.tally.fail(error)
                _log.info(
                    "vendor call failed",
                    action="vendor_failed",
                    app=self.message.app,
                    vendor=block.group.vendor,
                    kind=type(error).__name__,
                    code=error.code,
                    reason=error.reason,
                )

    def go_on(self) -> bool:
        """Whether any more may be sent: not ended, not taken over, not expired."""
        return not self.recorder.stopped and self.clock.now() < self.message.expires_at

    async def _by_host(self, block: Block, bits: int) -> Mapping[str, int]:
        """The slots by the host that their tokens belong to."""
        if not isinstance(self.prepared, SupportsHosts):
            return {_ONLY_HOST: bits}
        tokens = await self._read(block, bits)
        found: dict[str, int] = {}
        for offset, token in tokens.items():
            host = self.prepared.host(token)
            found[host] = found.get(host, 0) | 1 << offset
        gone = bits & ~bitmaps.from_offsets(tokens)
        if gone:  # they go with any: what became of them is found out on the way
            host = next(iter(found), "")
            found[host] = found.get(host, 0) | gone
        return found

    async def _to_host(self, host: str, block: Block, bits: int) -> None:
        """Send in slices as large as the gate grants. Raises VendorError."""
        while bits and self.go_on():
            route = self._route(host, block, bits.bit_count())
            entry = await self.gate.acquire(route, bits.bit_count(), urgent=self.urgent)
            if entry.granted:
                part = bitmaps.lowest(bits, entry.granted)
                bits &= ~part
                try:
                    await self._send_chunk(route, block, part)
                except VendorError as error:
                    self.recorder.add(paused(block, bits, error.code, error.reason))
                    raise
            elif entry.wait <= self.tally.patience:
                self.tally.patience -= entry.wait
                await asyncio.sleep(entry.wait.total_seconds())
            else:
                self.tally.postpone(RateLimited(entry.wait, entry.held_by))
                self.shut[host] = None
                if entry.paused and (breaker := await self.gate.open_breaker(entry.held_by)):
                    self.shut[host] = VendorUnavailable(breaker.code, breaker.reason)
                    self.recorder.add(paused(block, bits, breaker.code, breaker.reason))
                return

    def _route(self, host: str, block: Block, count: int) -> Route:
        scopes = self.prepared.scopes(count)
        if host != _ONLY_HOST:
            scopes = {**scopes, RefusalScope.HOST: host}
        return Route(self.message.app, block.group.vendor, scopes)

    async def _read(self, block: Block, bits: int) -> dict[int, bytes]:
        return await self.tokens.read(
            self.scope.app, self.scope.shard, self.message.id, block.group, block.number, bits
        )

    async def _send_chunk(self, route: Route, block: Block, bits: int) -> None:
        tokens = await self._read(block, bits)
        gone = bits & ~bitmaps.from_offsets(tokens)
        if gone:
            tokens |= await self._tokens_of_moved_terminals(block, gone)
            gone = bits & ~bitmaps.from_offsets(tokens)
        if gone:
            self.recorder.add(Move(block, gone, State.CANCELLED, Failure(block.group.vendor, *_FORGOTTEN)))
        withheld, wanted = None, bits & ~gone
        if self.message.options.delivery is Delivery.AT_MOST_ONCE:
            withheld = AtMostOnceGuard(block, Failure(block.group.vendor, *_UNANSWERED), self.recorder)
            wanted &= await withheld.begin(wanted)
            tokens = {offset: token for offset, token in tokens.items() if wanted >> offset & 1}
        if tokens:
            await self._tokens(route, block, wanted, tokens, withheld)

    async def _tokens_of_moved_terminals(self, block: Block, gone: int) -> dict[int, bytes]:
        """The tokens of terminals that moved to another group of the vendor since the message was planned."""
        if block.group.inline:
            return {}
        first = block.number * bitmaps.SLOTS_PER_BLOCK
        slots = [first + offset for offset in bitmaps.offsets(gone)]
        previous_holders = await self.registry.previous_holders(
            self.scope.app, self.scope.shard, block.group, slots
        )
        return {slot - first: token for slot, (_, token) in previous_holders.items() if token}

    async def _tokens(
        self,
        route: Route,
        block: Block,
        bits: int,
        tokens: Mapping[int, bytes],
        withheld: AtMostOnceGuard | None,
    ) -> None:
        """Send to these tokens, by offset; `bits` are the same offsets."""
        offsets, texts = list(tokens), list(tokens.values())
        answered, heard = OutcomeHandler(block, bits, self.recorder, withheld), False
        asked, some_taken = set[bool](), False
        started = time.perf_counter()
        try:
            # Adapters are async generators: closing one releases what it still has in flight.
            answers = cast(
                "AsyncGenerator[tuple[Sequence[int], Verdict], None]", self.prepared.send(texts, self.go_on)
            )
            async with aclosing(answers):
                async for indexes, verdict in answers:
                    asked.add(verdict.asked)
                    heard = heard or (verdict.asked and verdict.outcome is not Outcome.UNKNOWN)
                    some_taken = some_taken or verdict.outcome is Outcome.ACCEPTED
                    self.tally.count(verdict, indexes, texts)
                    answered.take([offsets[index] for index in indexes], verdict)
                    if verdict.muted:
                        self.tally.muted += [(block, offsets[index]) for index in indexes]
        except VendorError as error:
            answered.failed(error)  # what has no answer by now was not accepted (adapters.contract)
            await self.gate.record_failure(route, error, some_taken=some_taken)
            raise
        except BaseException:
            answered.unknown()  # cut off: whatever is in flight may have been sent
            raise
        finally:
            self.tally.seconds.append(time.perf_counter() - started)
        answered.not_sent()
        if heard:
            await self.gate.record_success(route)
        elif self.go_on() and asked != {False}:
            await self.gate.record_failure(route, None)  # it hangs: nobody got an answer
