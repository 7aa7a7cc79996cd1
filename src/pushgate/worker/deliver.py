"""A job becomes sends, and their outcomes records: the worker's whole work.

Reads the message, takes a lease on the job's blocks, sends what is pending in them through the vendor's adapter, and
decides what follows an outcome. Only here is anything tried again.
"""

import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from pushgate import logs
from pushgate.adapters.contract import Adapter, Prepared, Push, Verdict
from pushgate.clock import Clock
from pushgate.dispatch.codec import Job, encode
from pushgate.errors import NotFound, Unsendable, VendorError
from pushgate.grouping.language import best_match
from pushgate.model import App, Delivery, Message, Outcome, State
from pushgate.queue.messages import Messages
from pushgate.queue.retries import Retries
from pushgate.results.accounts import Accounts
from pushgate.results.pending import Block, Failure, Move, Pending, Scope
from pushgate.results.totals import Totals
from pushgate.terminals.registry import DeadToken, Registry
from pushgate.terminals.tokens import Tokens
from pushgate.worker.kept import Kept
from pushgate.worker.recorder import Recorder
from pushgate.worker.removal import RemovalGuard
from pushgate.worker.retry import delay

_STATES = {Outcome.ACCEPTED: State.ACCEPTED, Outcome.INVALID: State.INVALID, Outcome.REJECTED: State.REJECTED}
_UNANSWERED = ("unanswered", "sent, but no answer came, and the message asked not to be sent twice")
_FORGOTTEN = ("forgotten", "the terminal was forgotten, or moved to another group, before it was its turn")
_NOT_CONFIGURED_HERE = VendorError(
    "not_configured_here", "this worker has no settings for the app's vendor", 60.0
)
_log = logs.get("worker")


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the worker reads and writes."""

    messages: Messages
    registry: Registry
    tokens: Tokens
    pending: Pending
    accounts: Accounts
    retries: Retries
    totals: Totals


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a block is held without a sign of life, and how often outcomes are recorded."""

    lease: timedelta
    flush_interval: timedelta


@dataclass(slots=True)
class _Tally:
    """What is to be done once the job's sends are over."""

    asked: float | None = None
    again: bool = False
    answered: int = 0
    dead: list[DeadToken] | None = None

    def retry(self, asked: float | None) -> None:
        """Some of the job must be tried again; the longest wait that a vendor asked for counts."""
        self.again = True
        if asked is not None:
            self.asked = max(self.asked or 0.0, asked)


class Deliver:
    """Handles one job after the other, several at once."""

    def __init__(
        self,
        stores: Stores,
        adapters: Mapping[tuple[str, str], Adapter],
        shards: Mapping[str, App],
        sign: Callable[[str, str], str],
        clock: Clock,
        holder: str,
        pace: Pace,
    ) -> None:
        self._stores = stores
        self._adapters = adapters
        self._apps = shards
        self._sign = sign
        self._clock = clock
        self._holder = holder
        self._pace = pace
        self._messages: Kept[str, Message] = Kept(256)
        self._prepared: Kept[tuple[str, str, str], Prepared] = Kept(256)
        self._guards: dict[tuple[str, str], RemovalGuard] = {}

    async def __call__(self, job: Job) -> None:
        """Do the job. What it leaves pending is on its way to be tried again when this returns."""
        message = await self._message(job)
        if message is None:
            return
        app = self._apps.get(job.app) or await self._stores.registry.adopt(App(job.app))
        scope = Scope(app, job.shard, job.message_id, self._stores.messages.keep_until(message))
        wanted = [Block(job.group, number) for number in job.blocks]
        taken = await self._stores.pending.take(scope, self._holder, self._pace.lease, wanted)
        if taken.held and not taken.ended:
            # Whoever holds them may be dead: come back when the lease has run out.
            numbers = tuple(block.number for block in taken.held)
            at = self._clock.now() + max(taken.held.values()) + timedelta(seconds=1)
            await self._stores.retries.put(encode(replace(job, blocks=numbers)), at)
        if taken.pending:
            await self._blocks(job, message, scope, taken.pending, taken.ended)
        if taken.pending or not taken.held:
            await self._finish(app, message)

    async def _message(self, job: Job) -> Message | None:
        known = self._messages.get(job.message_id)
        if known is None:
            try:
                known = (await self._stores.messages.read(job.app, job.message_id)).message
            except NotFound:
                _log.warning("job of a forgotten message", action="job_dropped", message=job.message_id)
                return None
            self._messages.put(job.message_id, known)
        return known

    async def _finish(self, app: App, message: Message) -> None:
        if await self._stores.accounts.pending(app, message.id) == 0:
            await self._stores.messages.finish(message.app, message.id)

    async def _blocks(
        self, job: Job, message: Message, scope: Scope, pending: Mapping[Block, int], ended: State | None
    ) -> None:
        held = list(pending)
        tally = _Tally(dead=[])
        recorder = Recorder(
            self._stores.pending, scope, self._holder, self._pace.lease, self._pace.flush_interval, held
        )
        async with recorder:
            recorder.ended = ended
            try:
                prepared = self._prepare(job, message)
                for block, bits in pending.items():
                    if recorder.stopped or self._clock.now() >= message.expires_at:
                        break
                    await self._block(scope, block, bits, prepared, message, recorder, tally)
                    # Recorded before the next block begins: that is also how a cancellation is heard of.
                    await recorder.record()
            except Unsendable as refusal:
                failure = Failure(job.group.vendor, refusal.code, str(refusal))
                for block, bits in pending.items():
                    recorder.add(block, bits, State.REJECTED, failure)
            except VendorError as error:
                tally.retry(error.retry_after)
                _log.warning(
                    "vendor call failed",
                    action="vendor_failed",
                    app=job.app,
                    vendor=job.group.vendor,
                    kind=type(error).__name__,
                    code=error.code,
                    reason=error.reason,
                )
        await self._stores.totals.add(job.app, job.group.vendor, recorder.counts)
        await self._forget_dead(job, scope.app, tally)
        await self._leave(job, message, scope, held, tally)

    def _prepare(self, job: Job, message: Message) -> Prepared:
        """Render once for a (message, vendor, content language); raises Unsendable."""
        adapter = self._adapters.get((job.app, job.group.vendor))
        if adapter is None:
            raise _NOT_CONFIGURED_HERE
        language = best_match(job.group.language, message.content, message.default_language)
        key = (message.id, job.group.vendor, language)
        prepared = self._prepared.get(key)
        if prepared is None:
            push = Push(
                message.id,
                message.content[language],
                message.options,
                message.expires_at,
                self._sign(message.app, message.id),
            )
            prepared = adapter.prepare(push, self._clock.now())
            self._prepared.put(key, prepared)
        return prepared

    async def _block(
        self,
        scope: Scope,
        block: Block,
        bits: int,
        prepared: Prepared,
        message: Message,
        recorder: Recorder,
        tally: _Tally,
    ) -> None:
        tokens = await self._stores.tokens.read(
            scope.app, scope.shard, message.id, block.group, block.number, bits
        )
        gone = bits
        for offset in tokens:
            gone &= ~(1 << offset)
        if gone:
            recorder.add(block, gone, State.CANCELLED, Failure(block.group.vendor, *_FORGOTTEN))
        if not tokens:
            return
        once = message.options.delivery is Delivery.AT_MOST_ONCE
        sends = _Sends(block, list(tokens), list(tokens.values()), recorder, tally, once)
        if once:
            sends.withhold(bits & ~gone)
            await recorder.record()
            if recorder.stopped:
                sends.restore()
                return
        try:
            # Adapters are async generators: closing one releases what it still has in flight.
            answers = cast("AsyncGenerator[tuple[int, Verdict], None]", prepared.send(sends.tokens))
            async with aclosing(answers):
                async for index, verdict in answers:
                    sends.answer(index, verdict)
        finally:
            if once and sends.restore():
                await recorder.record()
                await self._stores.messages.reopen(message.app, message.id)

    async def _forget_dead(self, job: Job, app: App, tally: _Tally) -> None:
        guard = self._guards.setdefault((job.app, job.group.vendor), RemovalGuard())
        dead = tally.dead or []
        if guard.holds(tally.answered, len(dead)):
            _log.error(
                "so many tokens are called dead that they are kept: check the app's credentials and environment",
                action="removal_held",
                app=job.app,
                vendor=job.group.vendor,
                dead=len(dead),
                answered=tally.answered,
            )
        elif dead:
            await self._stores.registry.forget_dead(app, dead)

    async def _leave(
        self, job: Job, message: Message, scope: Scope, held: list[Block], tally: _Tally
    ) -> None:
        """Give the blocks up; what must be tried again waits for its time, unless the message is over by then."""
        due: datetime | None = None
        if tally.again:
            due = self._clock.now() + delay(job.attempt, tally.asked, random.random())  # noqa: S311  # jitter, no secret

            numbers = tuple(block.number for block in held)
            if due < message.expires_at:
                await self._stores.retries.put(
                    encode(replace(job, blocks=numbers, attempt=job.attempt + 1)), due
                )
        await self._stores.pending.release(scope, self._holder, held, due)


class _Sends:
    """The tokens of one block on their way, and what their answers mean."""

    def __init__(
        self,
        block: Block,
        offsets: list[int],
        tokens: list[str],
        recorder: Recorder,
        tally: _Tally,
        once: bool,
    ) -> None:
        self.tokens = tokens
        self._block = block
        self._offsets = offsets
        self._recorder = recorder
        self._tally = tally
        self._once = once
        self._withheld = 0
        self._unanswered = Failure(block.group.vendor, *_UNANSWERED)

    def withhold(self, bits: int) -> None:
        """At most once: from here on these count as sent and unanswered, whatever becomes of this process."""
        self._withheld = bits
        self._recorder.add(self._block, bits, State.REJECTED, self._unanswered)

    def restore(self) -> bool:
        """At most once: what was never sent is pending again. Tells whether there was any."""
        left, self._withheld = self._withheld, 0
        if left:
            self._move(left, State.PENDING, None)
        return bool(left)

    def answer(self, index: int, verdict: Verdict) -> None:
        """One token's verdict."""
        bit = 1 << self._offsets[index]
        vendor = self._block.group.vendor
        self._tally.answered += 1
        match verdict.outcome:
            case Outcome.RETRY:
                self._tally.retry(verdict.retry_after)  # at most once: `restore` brings it back
            case Outcome.UNKNOWN if self._once:
                self._withheld &= ~bit  # it stays what it was made before the send: unanswered
            case Outcome.UNKNOWN:
                self._tally.retry(verdict.retry_after)
            case Outcome.ACCEPTED:
                self._move(bit, State.ACCEPTED, None)
            case _:
                if verdict.outcome is Outcome.INVALID and self._tally.dead is not None:
                    self._tally.dead.append(DeadToken(self.tokens[index], verdict.dead_since))
                self._move(bit, _STATES[verdict.outcome], Failure(vendor, verdict.code, verdict.reason))

    def _move(self, bits: int, to: State, failure: Failure | None) -> None:
        if self._once:
            self._withheld &= ~bits
            self._recorder.move(Move(self._block, bits, to, failure, State.REJECTED, self._unanswered))
        else:
            self._recorder.add(self._block, bits, to, failure)
