"""The store under two workers, a sweep, clients and an operator, in any order, with crashes between
any two commands (hypothesis).

The law of accounting holds after every command. A terminal is sent to twice only when a worker
died, or lost its lease, between the sending and the recording, or when its shard lost what it knew;
with `at_most_once` never. A shard that is not planned, or not to the end, never counts as settled.
When all is over, everybody is accounted for.
"""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis
from tests.support.accounting import assert_law, bits_of
from tests.support.clock import SetClock
from tests.support.engines import Engine

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Resend
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.dead_letters import Cursor, DeadLetters
from pushgate.ledger.values import Block, Failure, MessageShard, Move, MoveKind, Planned
from pushgate.redis.client import connect
from pushgate.redis.scripts import Value, script
from pushgate.stores import Stores

APP = App("shop", 2)
BLOCKS = (Block(Group("apns", "en"), 0), Block(Group("fcm", "ja"), 0))
LEASE = timedelta(seconds=600)
SLOTS = 6
UNANSWERED = Failure("apns", "unanswered", "no answer")
GONE = Failure("apns", "Unregistered", "gone")
BUSY = Failure("apns", "ServiceUnavailable", "busy")
PAUSED = Failure("apns", "vendor_paused", "never sent")
SILENT = Failure("apns", "no_answer", "no answer came")
_numbers = itertools.count()

# Mostly the same place, so that commands meet.
SHARDS = st.sampled_from([0, 0, 0, 1])
PLACES = st.sampled_from([BLOCKS[0], BLOCKS[0], BLOCKS[0], BLOCKS[1]])
Slot = tuple[int, Block, int]
"""Shard, block, slot."""


@dataclass
class Worker:
    """What one execution of a job knows. A crash forgets it."""

    name: str
    shard: int
    block: Block
    left: int
    flying: int = 0
    answered: dict[int, State] = field(default_factory=dict)


class Store(RuleBasedStateMachine):
    """Commands of everybody who touches a message's stores.results."""

    url = ""
    at_most_once = False

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = connect(self.url, 4)
        self.clock = SetClock()
        self.stores = Stores.open(self.redis, self.clock, timedelta(days=30))
        message = f"machine{next(_numbers)}"
        until = self.clock.now() + timedelta(days=31)
        self.scopes = [MessageShard(APP, shard, message, until) for shard in range(APP.shards)]
        self.planned: set[int] = set()
        self.lost: set[int] = set()
        self.workers: list[Worker] = []
        self.sent: Counter[Slot] = Counter()
        self.forgiven: Counter[Slot] = Counter()
        """Sends whose outcome nobody will record: their worker died or lost its lease."""
        self.attempts: dict[Slot, set[str]] = {}
        """What attempts came to that settled nothing, since the slot was last made pending."""
        self.held: set[Slot] = set()
        """Slots that had to wait for a reason, since they were last made pending."""
        self.refused: Counter[Slot] = Counter()
        self.ended = False
        self.ended_before_planned = False
        self.resends = 0
        self.resumed: Counter[Slot] = Counter()

    def do(self, command: object) -> object:
        """Run one command to its end."""
        return self.loop.run_until_complete(command)  # type: ignore[arg-type]  # a coroutine

    @initialize()
    def plan_first(self) -> None:
        self.plan(0)

    @rule(shard=SHARDS)
    def plan(self, shard: int) -> None:
        everybody = (1 << SLOTS) - 1
        rows = [Planned(block, everybody) for block in BLOCKS]
        if self.at_most_once and shard in self.lost:
            rows = [Planned(block, everybody, State.REJECTED, UNANSWERED) for block in BLOCKS]
        self.do(self.stores.plans.write(self.scopes[shard], rows))
        self.planned.add(shard)

    @rule(shard=SHARDS)
    def a_planner_dies_half_way(self, shard: int) -> None:
        """Its first portion is written, its last is not."""
        block, scope = BLOCKS[0], self.scopes[shard]
        head: list[Value] = [to_ms(scope.keep_until), 0, 0, f"planner{next(_numbers)}", 0, 0]
        row: list[Value] = [block.field, bitmaps.to_bytes(0b11), State.PENDING.value, ""]
        self.do(script("pushgate.ledger", "plan")(self.redis, [scope.key], [*head, *row]))

    @precondition(lambda self: not self.resends)
    @rule(shard=SHARDS)
    def lose(self, shard: int) -> None:
        """A failover: the shard knows nothing of the message any more. What was sent there may be
        sent once more.
        """
        self.do(forget(self.redis, self.scopes[shard]))
        self.planned.discard(shard)
        self.lost.add(shard)
        for block, slot in itertools.product(BLOCKS, range(SLOTS)):
            self.forgiven[shard, block, slot] += 1
        for worker in self.workers:
            if worker.shard == shard:
                self._forgive(worker)

    @precondition(lambda self: len(self.workers) < 3)
    @rule(shard=SHARDS, block=PLACES)
    def take(self, shard: int, block: Block) -> None:
        name = f"worker{next(_numbers)}"
        taken = self.loop.run_until_complete(
            self.stores.leases.take(self.scopes[shard], name, LEASE, [block])
        )
        if taken.pending and not taken.ended:
            self.workers.append(Worker(name, shard, block, taken.pending[block]))

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        wanted = data.draw(st.sampled_from([(1 << SLOTS) - 1, 0b000111, 0b010101])) & worker.left
        if self.at_most_once and wanted:
            move = Move(worker.block, wanted, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE)
            flushed = self._flush(worker, [move])
            wanted = 0 if flushed.lost or flushed.ended else flushed.moved[0]
        worker.left &= ~wanted
        worker.flying |= wanted
        for slot in range(SLOTS):
            if wanted >> slot & 1:
                self.sent[worker.shard, worker.block, slot] += 1

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), to=st.sampled_from([State.ACCEPTED, State.ACCEPTED, State.INVALID]))
    def answer(self, data: st.DataObject, to: State) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        for slot in range(SLOTS):
            if worker.flying >> slot & 1 and slot not in worker.answered:
                worker.answered[slot] = to
                return

    @precondition(lambda self: any(worker.flying for worker in self.workers))
    @rule(data=st.data(), answered=st.booleans())
    def settle_nothing(self, data: st.DataObject, answered: bool) -> None:
        """The vendor is busy, or gives no answer: it is to be tried again, if it may be."""
        worker = data.draw(st.sampled_from([worker for worker in self.workers if worker.flying]))
        slot = (worker.flying & -worker.flying).bit_length() - 1
        if slot in worker.answered:
            return
        bits, kind = 1 << slot, MoveKind.TRIED if answered else MoveKind.UNCONFIRMED
        worker.flying &= ~bits
        place = worker.shard, worker.block, slot
        moves = [Move(worker.block, bits, State.EXPIRED, BUSY if answered else SILENT, kind=kind)]
        if self.at_most_once and answered:
            moves.append(Move(worker.block, bits, State.PENDING, None, State.REJECTED, MoveKind.RELEASE))
        elif self.at_most_once:
            moves = [
                Move(worker.block, bits, State.REJECTED, UNANSWERED, State.REJECTED),
                Move(worker.block, bits, State.REJECTED, kind=MoveKind.UNCONFIRMED),
            ]
        if answered or not self.at_most_once:
            self.refused[place] += 1
            self.attempts.setdefault(place, set()).add((BUSY if answered else SILENT).code)
        self._flush(worker, moves)
        self._flush(worker, moves)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def hold_back(self, data: st.DataObject) -> None:
        """The vendor is not to be tried for now."""
        worker = data.draw(st.sampled_from(self.workers))
        expired = self.loop.run_until_complete(bits_of(self.redis, self.scopes[worker.shard], "expired"))
        waiting = worker.left & ~expired.get(worker.block.field, 0)
        self._flush(worker, [Move(worker.block, waiting, State.EXPIRED, PAUSED, kind=MoveKind.POSTPONED)])
        self.held |= {(worker.shard, worker.block, slot) for slot in bitmaps.offsets(waiting)}

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def record(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        self._record(worker)

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), retry=st.booleans())
    def leave(self, data: st.DataObject, retry: bool) -> None:
        """A worker ends its job in good order: what is in flight is answered and recorded first."""
        worker = data.draw(st.sampled_from(self.workers))
        for slot in range(SLOTS):
            if worker.flying >> slot & 1:
                worker.answered.setdefault(slot, State.ACCEPTED)
        self._record(worker)
        self.workers.remove(worker)
        at = self.clock.now() + timedelta(seconds=30) if retry else None
        self.do(self.stores.leases.release(self.scopes[worker.shard], worker.name, [worker.block], at))

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """It dies; its lease runs out some time, or at once."""
        worker = data.draw(st.sampled_from(self.workers))
        self.workers.remove(worker)
        self._forgive(worker)
        if data.draw(st.booleans()):
            self.lease_runs_out(worker.shard, worker.block)

    @rule(shard=SHARDS, block=PLACES)
    def lease_runs_out(self, shard: int, block: Block) -> None:
        """Whoever holds it is too slow, or dead."""
        self.do(self.redis.delete(f"{self.scopes[shard].key}:lease:{block.field}"))
        for worker in self.workers:
            if (worker.shard, worker.block) == (shard, block):
                self._forgive(worker)

    @rule(seconds=st.integers(1, 60))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(
        shard=SHARDS,
        block=PLACES,
        slot=st.integers(0, SLOTS - 1),
        receipt=st.sampled_from([ReceiptKind.DELIVERED, ReceiptKind.CLICKED, ReceiptKind.CLICKED]),
    )
    def report(self, shard: int, block: Block, slot: int, receipt: ReceiptKind) -> None:
        """A phone tells what it has, perhaps before its vendor's answer came."""
        where, place = self.scopes[shard], SlotRef(shard, block.group, slot)
        self.do(
            self.stores.results.record_receipts(receipt, APP, where.message_id, [[place]], where.keep_until)
        )

    @rule(shard=SHARDS)
    def sweep(self, shard: int) -> None:
        now = self.clock.now()
        open_now, _ = self.loop.run_until_complete(
            self.stores.pending.find_stuck(self.scopes[shard], now, now, 100)
        )
        assert open_now >= 0

    @precondition(lambda self: len(self.sent) > SLOTS // 2)
    @rule(state=st.sampled_from([State.CANCELLED, State.EXPIRED]))
    def end(self, state: State) -> None:
        self.ended_before_planned |= len(self.planned) < APP.shards
        self.do(self.stores.pending.end(APP, self.scopes[0].message_id, self.scopes[0].keep_until, state))
        self.ended = True

    @precondition(lambda self: self.ended)
    @rule()
    def resume(self) -> None:
        """The failures are sent again, which is not asked for what was sent and never answered."""
        self.resends += 1
        resend = Resend(self.resends, (State.INVALID, State.REJECTED, State.EXPIRED), self.clock.now())
        for scope in self.scopes:
            if scope.shard in self.planned:
                before = self._pending(scope)
                self.attempts = {
                    place: codes for place, codes in self.attempts.items() if place[0] != scope.shard
                }
                self.held = {place for place in self.held if place[0] != scope.shard}
                self.do(self.stores.plans.resume(scope, resend, ["apns", "fcm"]))
                found = self.loop.run_until_complete(self.stores.pending.blocks(scope))
                after = self._pending(scope)
                assert {block.field for block in found} == set(after)
                for block, slot in itertools.product(BLOCKS, range(SLOTS)):
                    if (after.get(block.field, 0) & ~before.get(block.field, 0)) >> slot & 1:
                        self.resumed[scope.shard, block, slot] += 1
                self.do(self.stores.plans.resume(scope, resend, ["apns", "fcm"]))
                assert self._pending(scope) == after
        self.ended = False

    def _pending(self, scope: MessageShard) -> dict[str, int]:
        return self.loop.run_until_complete(bits_of(self.redis, scope, "pending"))

    @invariant()
    def the_law_holds(self) -> None:
        self.do(assert_law(self.redis, self.stores.results, self.scopes))

    @invariant()
    def what_is_not_planned_is_not_settled(self) -> None:
        message = self.scopes[0].message_id
        missing = self.loop.run_until_complete(self.stores.plans.unplanned(APP, message))
        assert self.planned.isdisjoint(missing)
        if missing:
            assert not self.loop.run_until_complete(self.stores.results.settled(APP, message))

    @invariant()
    def nobody_is_sent_to_twice_without_a_reason(self) -> None:
        for slot, count in self.sent.items():
            once = 1 + self.resumed[slot] + self.refused[slot]
            assert count <= (once if self.at_most_once else once + self.forgiven[slot]), slot

    @invariant()
    def what_expired_tells_its_last_attempt(self) -> None:
        where = self.scopes[0]
        page = DeadLetters(self.redis).page(APP, where.message_id, [State.EXPIRED], Cursor(), 1000)
        for item in self.loop.run_until_complete(page)[0]:
            for slot in bitmaps.offsets(item.bits):
                place = item.shard, item.block, slot
                codes = self.attempts.get(place) or {PAUSED.code if place in self.held else "ttl"}
                assert item.failure.code in codes, (item, slot)

    def teardown(self) -> None:
        """Let it come to its end: every worker leaves or is dead, somebody takes what is left."""
        for worker in list(self.workers):
            self._record(worker)
        self.workers.clear()
        for shard, block in itertools.product(range(APP.shards), BLOCKS):
            self.lease_runs_out(shard, block)
        self.time_passes(60)
        for shard in self.loop.run_until_complete(
            self.stores.plans.unplanned(APP, self.scopes[0].message_id)
        ):
            self.plan(shard)
        for shard, block in itertools.product(range(APP.shards), BLOCKS):
            before = len(self.workers)
            self.take(shard, block)
            for worker in self.workers[before:]:
                move = Move(worker.block, worker.left, State.ACCEPTED)
                self._flush(worker, [move])
        report = self.loop.run_until_complete(self.stores.results.report(APP, self.scopes[0].message_id))
        assert report.states["pending"] == 0
        assert report.targeted <= SLOTS * len(BLOCKS) * APP.shards
        if not self.ended_before_planned:
            assert report.targeted == SLOTS * len(BLOCKS) * APP.shards
        self.do(assert_law(self.redis, self.stores.results, self.scopes))
        self.do(self.redis.aclose())
        self.loop.close()

    def _record(self, worker: Worker) -> None:
        """Flush every answer. It is made again after a crash of the connection: that must change
        nothing.
        """
        origin = State.REJECTED if self.at_most_once else State.PENDING
        moves = [
            Move(worker.block, 1 << slot, to, GONE if to is State.INVALID else None, origin)
            for slot, to in worker.answered.items()
        ]
        self._flush(worker, moves)
        self._flush(worker, moves)
        for slot, to in worker.answered.items():
            worker.flying &= ~(1 << slot)
            if to is State.INVALID and not self.at_most_once:
                self.attempts.setdefault((worker.shard, worker.block, slot), set()).add(GONE.code)
        worker.answered.clear()

    def _flush(self, worker: Worker, moves: list[Move]):  # type: ignore[no-untyped-def]  # Recorded
        scope = self.scopes[worker.shard]
        return self.loop.run_until_complete(
            self.stores.outcomes.record(scope, worker.name, LEASE, [worker.block], moves)
        )

    def _forgive(self, worker: Worker) -> None:
        for slot in range(SLOTS):
            if (worker.flying | worker.left) >> slot & 1:
                self.forgiven[worker.shard, worker.block, slot] += 1


async def forget(redis: Redis, scope: MessageShard) -> None:
    """Delete all keys of a message in a shard."""
    async for key in redis.scan_iter(f"{scope.key}:*"):
        await redis.delete(key)


def run(valkey: Engine, *, once: bool) -> None:
    """Let hypothesis look for an order that breaks it."""

    class Machine(Store):
        url = valkey.url
        at_most_once = once

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_at_least_once(valkey: Engine) -> None:
    run(valkey, once=False)


def test_at_most_once(valkey: Engine) -> None:
    run(valkey, once=True)
