"""Commands on the ledger: two workers, recovery, clients and an operator, in any order, with
crashes between any two commands (hypothesis). `ledger_laws` adds the laws that hold after every
command.
"""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from redis.asyncio import Redis
from tests.support.accounting import bits_of
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock
from tests.support.event_sums import EventSums
from tests.support.ledger import release

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.canary import Phase
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Resend
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.plan_portions import cut_into_portions
from pushgate.ledger.values import Block, Failure, MessageShard, Move, MoveKind, Planned, opted_out
from pushgate.redis.client import connect
from pushgate.redis.scripts import Value, script
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores
from pushgate.worker.shares import canary_of

APP = App("shop", 2)
BLOCKS = (Block(Group("apns", "en"), 0), Block(Group("fcm", "ja"), 1))
LEASE = timedelta(seconds=600)
SLOTS = 6
UNANSWERED = Failure("apns", "unanswered", "no answer")
GONE = Failure("apns", "Unregistered", "gone")
BUSY = Failure("apns", "ServiceUnavailable", "busy")
OPTED_OUT = opted_out("apns")
PAUSED = Failure("apns", "vendor_paused", "never sent")
SILENT = Failure("apns", "no_answer", "no answer came")
_numbers = itertools.count()

# Mostly the same slot_key, so that commands meet.
SHARDS = st.sampled_from([0, 0, 0, 1])
SOME_BLOCKS = st.sampled_from([BLOCKS[0], BLOCKS[0], BLOCKS[0], BLOCKS[1]])
Slot = tuple[int, Block, int]
"""Shard, block, slot."""


@dataclass
class Worker:
    """What one execution of a job knows. A crash forgets it."""

    name: str
    shard: int
    block: Block
    left: int
    in_flight: int = 0
    answered: dict[int, State] = field(default_factory=dict)


class LedgerCommands(RuleBasedStateMachine):
    """Commands of planners, workers, recovery, clients and operators on one message."""

    url = ""
    at_most_once = False

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = connect(RedisSettings(url=self.url, max_connections=4))
        self.clock = SetClock()
        self.stores = Stores.open(self.redis, self.clock, timedelta(days=30))
        self.do(open_blocks(self.redis, APP, BLOCKS))
        self.events = EventSums(self.stores, APP)
        self.do(self.events.subscribe())
        message = f"machine{next(_numbers)}"
        until = self.clock.now() + timedelta(days=31)
        self.shards = [MessageShard(APP, shard, message, until) for shard in range(APP.shards)]
        self.planned: set[int] = set()
        self.lost: set[int] = set()
        self.workers: list[Worker] = []
        self.sent: Counter[Slot] = Counter()
        self.excused: Counter[Slot] = Counter()
        """Sends whose outcome nobody will record: their worker died or lost its lease."""
        self.attempts: dict[Slot, set[str]] = {}
        """What attempts came to that settled nothing, since the slot was last made pending."""
        self.postponed: set[Slot] = set()
        """Slots that had to wait for a reason, since they were last made pending."""
        self.refused: Counter[Slot] = Counter()
        self.ended = False
        self.ended_before_planned = False
        self.resends = 0
        self.resumed: Counter[Slot] = Counter()
        self.canaries: dict[int, Phase] = {}
        """By shard, how far the canary is; left out before it begins."""

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
        self.do(self.stores.plans.write(self.shards[shard], rows))
        self.planned.add(shard)

    @rule(shard=SHARDS)
    def planner_dies_half_way(self, shard: int) -> None:
        """Its first portion is written, its last is not."""
        block, message_shard = BLOCKS[0], self.shards[shard]
        head: list[Value] = [to_ms(message_shard.keep_until), 0, 0, f"planner{next(_numbers)}", 0, 0]
        (portion,) = cut_into_portions([Planned(block, 0b11)])
        args = [*head, *portion.values()]
        self.do(script("pushgate.ledger", "plan")(self.redis, [message_shard.key], args))

    @precondition(lambda self: not self.resends)
    @rule(shard=SHARDS)
    def lose(self, shard: int) -> None:
        """A failover: the shard knows nothing of the message any more. What was sent there may be
        sent once more.
        """
        self.do(forget(self.redis, self.shards[shard]))
        self.do(self.stores.ledger_snapshots.write(APP, shard, [self.shards[shard].message_id]))
        self.planned.discard(shard)
        self.canaries.pop(shard, None)
        self.lost.add(shard)
        self._forget_attempts(shard)
        for block, slot in itertools.product(BLOCKS, range(SLOTS)):
            self.excused[shard, block, slot] += 1
        for worker in self.workers:
            if worker.shard == shard:
                self._excuse(worker)

    @precondition(lambda self: len(self.workers) < 3)
    @rule(shard=SHARDS, block=SOME_BLOCKS, of_canary=st.booleans())
    def take(self, shard: int, block: Block, of_canary: bool = False) -> None:
        name, phase = f"worker{next(_numbers)}", self.canaries.get(shard)
        taken = self.loop.run_until_complete(
            self.stores.leases.take(self.shards[shard], name, LEASE, [block], of_canary=of_canary)
        )
        if phase:
            assert not taken.pending or of_canary == (phase is Phase.RUNNING)
        if taken.pending and not taken.ended:
            pending = canary_of(taken.pending, self.shards[shard], 50) if of_canary else taken.pending
            self.workers.append(Worker(name, shard, block, pending[block]))

    @rule(shard=SHARDS, is_over=st.booleans())
    def note_canary(self, shard: int, is_over: bool) -> None:
        """The canary begins, perhaps anew, or is over."""
        notes = self.stores.canary_shards
        self.do((notes.end if is_over else notes.begin)(self.shards[shard]))
        if is_over or self.canaries.get(shard) is not Phase.PASSED:
            self.canaries[shard] = Phase.PASSED if is_over else Phase.RUNNING

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        wanted = data.draw(st.sampled_from([(1 << SLOTS) - 1, 0b000111, 0b010101])) & worker.left
        if self.at_most_once and wanted:
            move = Move(worker.block, wanted, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE)
            recorded = self._record_moves(worker, [move])
            wanted = 0 if recorded.lost or recorded.ended else recorded.moved[0]
        worker.left &= ~wanted
        worker.in_flight |= wanted
        for slot in range(SLOTS):
            if wanted >> slot & 1:
                self.sent[worker.shard, worker.block, slot] += 1

    @rule(shard=SHARDS, block=SOME_BLOCKS, slots=st.sampled_from([0b000011, 0b010100]))
    def leave_out(self, shard: int, block: Block, slots: int) -> None:
        """Some of those who waited for a winner are not to get it."""
        left_out = [Planned(block, slots, State.CANCELLED, OPTED_OUT)]
        self.do(self.stores.rest_slots.leave_out(self.shards[shard], left_out))

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), to=st.sampled_from([State.ACCEPTED, State.ACCEPTED, State.INVALID]))
    def answer(self, data: st.DataObject, to: State) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        for slot in range(SLOTS):
            if worker.in_flight >> slot & 1 and slot not in worker.answered:
                worker.answered[slot] = to
                return

    @precondition(lambda self: any(worker.in_flight for worker in self.workers))
    @rule(data=st.data(), answered=st.booleans())
    def attempt_without_outcome(self, data: st.DataObject, answered: bool) -> None:
        """The vendor is busy, or gives no answer: it is to be tried again, if it may be."""
        worker = data.draw(st.sampled_from([worker for worker in self.workers if worker.in_flight]))
        slot = (worker.in_flight & -worker.in_flight).bit_length() - 1
        if slot in worker.answered:
            return
        bits, kind = 1 << slot, MoveKind.TRIED if answered else MoveKind.UNCONFIRMED
        worker.in_flight &= ~bits
        slot_key = worker.shard, worker.block, slot
        moves = [Move(worker.block, bits, State.EXPIRED, BUSY if answered else SILENT, kind=kind)]
        if self.at_most_once and answered:
            moves.append(release(bits, worker.block))
        elif self.at_most_once:
            moves = [
                Move(worker.block, bits, State.REJECTED, UNANSWERED, origin=State.REJECTED),
                Move(worker.block, bits, State.REJECTED, kind=MoveKind.UNCONFIRMED),
            ]
        if answered or not self.at_most_once:
            self.refused[slot_key] += 1
            self.attempts.setdefault(slot_key, set()).add((BUSY if answered else SILENT).code)
        self._record_moves(worker, moves)
        self._record_moves(worker, moves)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def postpone(self, data: st.DataObject) -> None:
        """The vendor is not to be tried for now."""
        worker = data.draw(st.sampled_from(self.workers))
        expired = self.loop.run_until_complete(bits_of(self.redis, self.shards[worker.shard], "expired"))
        waiting = worker.left & ~expired.get(worker.block.number, 0)
        self._record_moves(
            worker, [Move(worker.block, waiting, State.EXPIRED, PAUSED, kind=MoveKind.POSTPONED)]
        )
        self.postponed |= {(worker.shard, worker.block, slot) for slot in bitmaps.offsets(waiting)}

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def record(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        self._record_answers(worker)

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), retry=st.booleans())
    def leave(self, data: st.DataObject, retry: bool) -> None:
        """A worker ends its job in good order: what is in flight is answered and recorded first."""
        worker = data.draw(st.sampled_from(self.workers))
        for slot in range(SLOTS):
            if worker.in_flight >> slot & 1:
                worker.answered.setdefault(slot, State.ACCEPTED)
        self._record_answers(worker)
        self.workers.remove(worker)
        at = self.clock.now() + timedelta(seconds=30) if retry else None
        self.do(self.stores.leases.release(self.shards[worker.shard], worker.name, [worker.block], at))

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """It dies; its lease runs out some time, or at once."""
        worker = data.draw(st.sampled_from(self.workers))
        self.workers.remove(worker)
        self._excuse(worker)
        if data.draw(st.booleans()):
            self.lease_runs_out(worker.shard, worker.block)

    @rule(shard=SHARDS, block=SOME_BLOCKS)
    def lease_runs_out(self, shard: int, block: Block) -> None:
        """Whoever holds it is too slow, or dead."""
        self.do(self.redis.delete(f"{self.shards[shard].key}:lease:{block.number}"))
        for worker in self.workers:
            if (worker.shard, worker.block) == (shard, block):
                self._excuse(worker)

    @rule(seconds=st.integers(1, 60))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(
        shard=SHARDS,
        block=SOME_BLOCKS,
        slot=st.integers(0, SLOTS - 1),
        receipt=st.sampled_from([ReceiptKind.DELIVERED, ReceiptKind.CLICKED, ReceiptKind.CLICKED]),
    )
    def report(self, shard: int, block: Block, slot: int, receipt: ReceiptKind) -> None:
        """A phone tells what it has, perhaps before its vendor's answer came."""
        message_shard, slot_ref = self.shards[shard], SlotRef(shard, block.group, slot)
        self.do(
            self.stores.results.record_receipts(
                receipt, APP, message_shard.message_id, [[slot_ref]], message_shard.keep_until
            )
        )

    @rule(shard=SHARDS)
    def recover(self, shard: int) -> None:
        now = self.clock.now()
        open_now, _ = self.loop.run_until_complete(
            self.stores.pending.find_stuck(self.shards[shard], now, now, 100)
        )
        assert open_now >= 0

    @precondition(lambda self: len(self.sent) > SLOTS // 2)
    @rule(state=st.sampled_from([State.CANCELLED, State.EXPIRED]))
    def end(self, state: State) -> None:
        self.ended_before_planned |= len(self.planned) < APP.shards
        self.do(self.stores.pending.end(APP, self.shards[0].message_id, self.shards[0].keep_until, state))
        self.ended = True

    @precondition(lambda self: self.ended)
    @rule()
    def resume(self) -> None:
        """The failures are sent again, which is not asked for what was sent and never answered."""
        self.resends += 1
        resend = Resend(self.resends, (State.INVALID, State.REJECTED, State.EXPIRED), self.clock.now())
        for message_shard in self.shards:
            if message_shard.shard in self.planned:
                before = self._pending(message_shard)
                self._forget_attempts(message_shard.shard)
                self.do(self.stores.plans.resume(message_shard, resend, ["apns", "fcm"]))
                found = self.loop.run_until_complete(self.stores.pending.blocks(message_shard))
                after = self._pending(message_shard)
                assert {block.number for block in found} == set(after)
                for block, slot in itertools.product(BLOCKS, range(SLOTS)):
                    if (after.get(block.number, 0) & ~before.get(block.number, 0)) >> slot & 1:
                        self.resumed[message_shard.shard, block, slot] += 1
                self.do(self.stores.plans.resume(message_shard, resend, ["apns", "fcm"]))
                assert self._pending(message_shard) == after
        self.ended = False

    def _forget_attempts(self, shard: int) -> None:
        self.attempts = {slot: codes for slot, codes in self.attempts.items() if slot[0] != shard}
        self.postponed = {slot for slot in self.postponed if slot[0] != shard}

    def _pending(self, message_shard: MessageShard) -> dict[int, int]:
        return self.loop.run_until_complete(bits_of(self.redis, message_shard, "pending"))

    def _record_answers(self, worker: Worker) -> None:
        """Record every answer twice, as after a lost connection.
        The second time changes nothing."""
        origin = State.REJECTED if self.at_most_once else State.PENDING
        moves = [
            Move(worker.block, 1 << slot, to, GONE if to is State.INVALID else None, origin=origin)
            for slot, to in worker.answered.items()
        ]
        self._record_moves(worker, moves)
        self._record_moves(worker, moves)
        for slot, to in worker.answered.items():
            worker.in_flight &= ~(1 << slot)
            if to is State.INVALID and not self.at_most_once:
                self.attempts.setdefault((worker.shard, worker.block, slot), set()).add(GONE.code)
        worker.answered.clear()

    def _record_moves(self, worker: Worker, moves: list[Move]):  # type: ignore[no-untyped-def]  # Recorded
        message_shard = self.shards[worker.shard]
        return self.loop.run_until_complete(
            self.stores.outcomes.record(message_shard, worker.name, LEASE, [worker.block], moves)
        )

    def _excuse(self, worker: Worker) -> None:
        for slot in range(SLOTS):
            if (worker.in_flight | worker.left) >> slot & 1:
                self.excused[worker.shard, worker.block, slot] += 1


async def forget(redis: Redis, message_shard: MessageShard) -> None:
    """Delete all keys of a message in a shard."""
    async for key in redis.scan_iter(f"{message_shard.key}:*"):
        await redis.delete(key)
