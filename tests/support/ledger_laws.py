"""The laws of the ledger under two workers, recovery, clients and an operator, in any order of
commands, with crashes between any two of them (hypothesis). Two invariants are checked after every
command.

The law of accounting holds. A terminal is sent to twice only where a worker died or lost its lease
between sending and recording, or where its shard was lost; with `at_most_once` never. A shard
without a complete plan never counts as settled. In the end every terminal is accounted for.
"""

import itertools

from hypothesis.stateful import invariant, rule
from tests.support.accounting import assert_law, failed_blocks
from tests.support.event_sums import counted
from tests.support.ledger_commands import APP, BLOCKS, PAUSED, SHARDS, SLOTS, LedgerCommands

from pushgate.domain import bitmaps
from pushgate.domain.outcome import State
from pushgate.eventlog.keys import stream_key
from pushgate.ledger.block_records import FailedSlots
from pushgate.ledger.values import Block, Move

EVERY = 3
"""Events are read after so many commands."""


class LedgerMachine(LedgerCommands):
    """The commands, and the laws that hold after each of them."""

    looks = 0

    @invariant()
    def the_law_holds(self) -> None:
        self.do(assert_law(self.redis, self.stores.results, self.shards))

    @rule(shard=SHARDS)
    def a_reader_misses_entries(self, shard: int) -> None:
        """It was too slow. It is told, and gets the sums anew."""
        self.do(self.redis.xtrim(stream_key(APP, shard), maxlen=1, approximate=False))
        self.do(self.events.catch_up())
        if self.events.gaps:
            self.events.gaps = 0
            message = self.shards[shard].message_id
            self.do(self.stores.ledger_snapshots.write(APP, shard, [message]))

    @invariant()
    def events_add_up_to_the_results(self) -> None:
        self.looks += 1
        if self.looks % EVERY == 0:
            self.check_events()

    def check_events(self) -> None:
        """Read the events, and hold their sums against the results."""
        self.do(self.events.catch_up())
        message = self.shards[0].message_id
        report = self.loop.run_until_complete(self.stores.results.report(APP, message))
        assert self.events.of_message(message) == counted(report)
        assert not self.events.gaps

    @invariant()
    def unplanned_shards_are_not_settled(self) -> None:
        message = self.shards[0].message_id
        missing = self.loop.run_until_complete(self.stores.plans.unplanned(APP, message))
        assert self.planned.isdisjoint(missing)
        if missing:
            assert not self.loop.run_until_complete(self.stores.results.settled(APP, message))

    @invariant()
    def no_terminal_is_sent_to_twice_without_a_reason(self) -> None:
        for slot, count in self.sent.items():
            once = 1 + self.resumed[slot] + self.refused[slot]
            assert count <= (once if self.at_most_once else once + self.excused[slot]), slot

    @invariant()
    def expired_slots_have_the_reason_of_their_last_attempt(self) -> None:
        message_shard = self.shards[0]
        for record in self.loop.run_until_complete(failed_blocks(self.redis, message_shard.key)):
            for item in record.failed:
                if item.state is State.EXPIRED:
                    self._assert_reason(record.block, item)

    def _assert_reason(self, block: Block, item: FailedSlots) -> None:
        for slot in bitmaps.offsets(item.bits):
            slot_key = 0, block, slot
            codes = self.attempts.get(slot_key) or {PAUSED.code if slot_key in self.postponed else "ttl"}
            assert item.failure.code in codes, (item, slot)

    def teardown(self) -> None:
        """Let it come to its end: every worker leaves or is dead, somebody takes what is left."""
        for worker in list(self.workers):
            self._record_answers(worker)
        self.workers.clear()
        for shard, block in itertools.product(range(APP.shards), BLOCKS):
            self.lease_runs_out(shard, block)
        self.time_passes(60)
        for shard in self.loop.run_until_complete(
            self.stores.plans.unplanned(APP, self.shards[0].message_id)
        ):
            self.plan(shard)
        for shard, block in itertools.product(range(APP.shards), BLOCKS):
            before = len(self.workers)
            self.note_canary(shard, is_over=True)
            self.take(shard, block)
            for worker in self.workers[before:]:
                move = Move(worker.block, worker.left, State.ACCEPTED)
                self._record_moves(worker, [move])
        report = self.loop.run_until_complete(self.stores.results.report(APP, self.shards[0].message_id))
        assert report.states["pending"] == 0
        assert report.targeted <= SLOTS * len(BLOCKS) * APP.shards
        if not self.ended_before_planned:
            assert report.targeted == SLOTS * len(BLOCKS) * APP.shards
        self.do(assert_law(self.redis, self.stores.results, self.shards))
        self.check_events()
        self.do(self.redis.aclose())
        self.loop.close()
