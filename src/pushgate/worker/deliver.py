"""A job becomes sends, and their outcomes records: the worker's whole work.

Reads the message, takes a lease on the job's blocks, sends what is pending in them through the vendor's adapter, and
decides what follows an outcome. Only here is anything tried again.
"""

import itertools
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from pushgate import blocks, logs
from pushgate.adapters.contract import Adapter, Prepared, Push, Verdict
from pushgate.clock import Clock
from pushgate.dispatch.codec import Job, encode
from pushgate.errors import NotFound, Unsendable, VendorError
from pushgate.grouping.language import best_match
from pushgate.model import App, Delivery, Everyone, Message, Outcome, State
from pushgate.queue.messages import Messages
from pushgate.queue.retries import Retries
from pushgate.results.accounts import Accounts
from pushgate.results.pending import Block, Failure, Move, Pending, Scope, Taken
from pushgate.results.totals import Totals
from pushgate.terminals.registry import DeadToken, Registry
from pushgate.terminals.tokens import Tokens
from pushgate.worker.answers import Answers, Withheld
from pushgate.worker.kept import Kept
from pushgate.worker.recorder import Recorder
from pushgate.worker.removal import RemovalGuard
from pushgate.worker.retry import delay

_UNANSWERED = ("unanswered", "sent, but no answer came, and the message asked not to be sent twice")
_FORGOTTEN = ("forgotten", "the terminal was forgotten, or moved to another group, before it was its turn")
_RENDERED_FOR = timedelta(seconds=30)
"""How long a rendering serves: it tells the vendor how much is left of the time to live."""
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


class _Tally:
    """What is to be done once the job's sends are over."""

    def __init__(self) -> None:
        self.asked: float | None = None
        self.again = False
        self.answered = 0
        self.dead: list[DeadToken] = []

    def retry(self, asked: float | None) -> None:
        """Some of the job must be tried again; the longest wait that a vendor asked for counts."""
        self.again = True
        if asked is not None:
            self.asked = max(self.asked or 0.0, asked)

    def count(self, verdict: Verdict, indexes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """The verdict on these of the tokens."""
        self.answered += len(indexes)
        if verdict.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
            self.retry(verdict.retry_after)
        elif verdict.outcome is Outcome.INVALID:
            self.dead += [DeadToken(tokens[index].decode(), verdict.dead_since) for index in indexes]


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
        self._prepared: Kept[tuple[str, str, str], tuple[datetime, Prepared]] = Kept(256)
        self._executions = itertools.count()
        self._guards: dict[tuple[str, str], RemovalGuard] = {}

    async def __call__(self, job: Job) -> None:
        """Do the job. What it leaves pending is on its way to be tried again when this returns."""
        message = await self._message(job)
        if message is None:
            return
        app = self._apps.get(job.app) or await self._stores.registry.adopt(App(job.app))
        scope = Scope(app, job.shard, job.message_id, self._stores.messages.keep_until(message))
        wanted = [Block(job.group, number) for number in job.blocks]
        # One holder for each execution: two copies of a job in one process must not share a lease.
        holder = f"{self._holder}:{next(self._executions)}"
        taken = await self._stores.pending.take(scope, holder, self._pace.lease, wanted)
        if taken.held and not taken.ended:
            # Whoever holds them may be dead: come back when the lease has run out.
            numbers = tuple(block.number for block in taken.held)
            at = self._clock.now() + max(taken.held.values()) + timedelta(seconds=1)
            await self._stores.retries.put(encode(replace(job, blocks=numbers)), at)
        if taken.pending:
            await self._blocks(job, message, scope, taken, holder)
        if taken.pending or not taken.held:
            await self._finish(app, message)

    async def _message(self, job: Job) -> Message | None:
        known = self._messages.get(job.message_id)
        if known is None:
            try:
                entry = await self._stores.messages.read(job.app, job.message_id)
            except NotFound:
                _log.warning("job of a forgotten message", action="job_dropped", message=job.message_id)
                return None
            # Whom it was for is in the bits by now; kept here, a list of ids would take megabytes for each message.
            known = replace(entry.message, audience=Everyone())
            self._messages.put(job.message_id, known)
        return known

    async def _finish(self, app: App, message: Message) -> None:
        if await self._stores.accounts.open(app, message.id) == 0:
            await self._stores.messages.finish(message.app, message.id)

    async def _blocks(self, job: Job, message: Message, scope: Scope, taken: Taken, holder: str) -> None:
        pending, held = taken.pending, list(taken.pending)
        tally = _Tally()
        recorder = Recorder(
            self._stores.pending, scope, holder, self._pace.lease, self._pace.flush_interval, held
        )
        try:
            await self._send_all(job, message, scope, pending, taken.ended, recorder, tally)
        finally:
            await self._leave(job, message, scope, holder, held, tally)
        await self._stores.totals.add(job.app, job.group.vendor, recorder.counts)
        await self._forget_dead(job, scope.app, tally)

    async def _send_all(
        self,
        job: Job,
        message: Message,
        scope: Scope,
        pending: Mapping[Block, int],
        ended: State | None,
        recorder: Recorder,
        tally: _Tally,
    ) -> None:
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
                    recorder.add(Move(block, bits, State.REJECTED, failure))
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

    def _prepare(self, job: Job, message: Message) -> Prepared:
        """Render once for a (message, vendor, content language); raises Unsendable."""
        adapter = self._adapters.get((job.app, job.group.vendor))
        if adapter is None:
            raise VendorError("not_configured_here", "this worker has no settings for the app's vendor", 60.0)
        language = best_match(job.group.language, message.content, message.default_language)
        key = (message.id, job.group.vendor, language)
        now = self._clock.now()
        rendered_at, prepared = self._prepared.get(key) or (now, None)
        if prepared is None or now - rendered_at > _RENDERED_FOR:
            push = Push(
                message.id,
                message.content[language],
                message.options,
                message.expires_at,
                self._sign(message.app, message.id),
            )
            prepared = adapter.prepare(push, now)
            self._prepared.put(key, (now, prepared))
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
        gone = bits & ~blocks.from_offsets(tokens)
        if gone:
            recorder.add(Move(block, gone, State.CANCELLED, Failure(block.group.vendor, *_FORGOTTEN)))
        if message.options.delivery is Delivery.AT_MOST_ONCE:
            withheld = Withheld(block, Failure(block.group.vendor, *_UNANSWERED), recorder)
            allowed = await withheld.begin(bits & ~gone)
            tokens = {offset: token for offset, token in tokens.items() if allowed >> offset & 1}
        else:
            withheld = None
        if tokens:

            def go_on() -> bool:
                return not recorder.stopped and self._clock.now() < message.expires_at

            await self._send(block, tokens, prepared, recorder, tally, withheld, go_on)

    async def _send(
        self,
        block: Block,
        tokens: Mapping[int, bytes],
        prepared: Prepared,
        recorder: Recorder,
        tally: _Tally,
        withheld: Withheld | None,
        go_on: Callable[[], bool],
    ) -> None:
        offsets, texts = list(tokens), list(tokens.values())
        answered = Answers(block, recorder, withheld)
        try:
            # Adapters are async generators: closing one releases what it still has in flight.
            answers = cast("AsyncGenerator[tuple[Sequence[int], Verdict], None]", prepared.send(texts, go_on))
            async with aclosing(answers):
                async for indexes, verdict in answers:
                    tally.count(verdict, indexes, texts)
                    answered.take([offsets[index] for index in indexes], verdict)
        except VendorError:
            answered.not_sent()  # what has no answer by now was not accepted (adapters.contract)
            raise
        except BaseException:
            answered.unknown()  # cut off: whatever is in flight may have been sent
            raise
        answered.not_sent()

    async def _forget_dead(self, job: Job, app: App, tally: _Tally) -> None:
        guard = self._guards.setdefault((job.app, job.group.vendor), RemovalGuard())
        dead = tally.dead
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
        self, job: Job, message: Message, scope: Scope, holder: str, held: list[Block], tally: _Tally
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
        await self._stores.pending.release(scope, holder, held, due)
