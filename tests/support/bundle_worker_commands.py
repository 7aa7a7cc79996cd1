"""Commands of workers on bundles of small messages, beside those of schedulers."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.support.bundle_scheduler_commands import BundleSchedulerCommands
from tests.support.bundles import LEASE

from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.domain.clock import to_ms
from pushgate.ledger.values import Failure

CODES = {
    Verb.INVALID: "gone",
    Verb.REJECTED: "bad",
    Verb.TRIED: "busy",
    Verb.UNCONFIRMED: "silent",
    Verb.POSTPONED: "paused",
    Verb.FORGOTTEN: "forgotten",
}
STAYING = ("unanswered", "silent", "gone")
_numbers = itertools.count()


@dataclass
class Worker:
    """What one execution of a job knows. A crash forgets it."""

    holder: str
    bundle: int
    due: list[int]
    reserved: set[int] = field(default_factory=set)


class BundleWorkerCommands(BundleSchedulerCommands):
    """Commands of schedulers and workers on one home."""

    def __init__(self) -> None:
        super().__init__()
        self.workers: list[Worker] = []

    @precondition(lambda self: self.placed)
    @rule(data=st.data(), useful=st.sampled_from([True, True, True, False]))
    def take(self, data: st.DataObject, useful: bool) -> None:
        """A job runs, perhaps one too many."""
        due = [
            n
            for n, bundle in self.placed.items()
            if bundle.due(self.now_s) and not bundle.is_held(self.now_ms)
        ]
        number = data.draw(st.sampled_from(sorted((useful and due) or self.placed)))
        bundle, holder = self.placed[number], f"worker{next(_numbers)}"
        taken = self.do(self.world.bundles.take(self.home, number, holder, LEASE))
        if bundle.is_held(self.now_ms):
            assert taken == timedelta(milliseconds=bundle.held_until_ms - self.now_ms)
            return
        due = bundle.take(holder, self.now_ms + LEASE // timedelta(milliseconds=1), self.now_ms)
        if not due:
            assert taken == timedelta(0)
            return
        assert isinstance(taken, TakenBundle)
        assert [slot.number for slot in taken.due] == due
        for seen in taken.due:
            expected = bundle.slots[seen.number]
            assert (seen.send.shard, seen.send.slot) == expected.terminal
            assert (seen.attempts, seen.expires_s) == (expected.attempts, expected.expires_s)
            assert (*taken.places[seen.send.segment], seen.send.index) == (
                *expected.message.place,
                expected.message.index,
            )
        self.workers.append(Worker(holder, number, due))

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def reserve(self, data: st.DataObject) -> None:
        """A worker reserves what it sends at most once, and sends that."""
        worker = data.draw(st.sampled_from(self.workers))
        bundle = self.placed[worker.bundle]
        slots = [n for n in worker.due if bundle.slots[n].message.at_most_once]
        for number in self._record(worker, [Change(Verb.RESERVE, slots)], LEASE)[0]:
            slot = bundle.slots[number]
            assert not slot.in_flight, "sent twice"
            slot.in_flight += 1
            worker.reserved.add(number)

    @precondition(lambda self: self.workers)
    @rule(
        data=st.data(),
        verb=st.sampled_from([v for v in Verb if v is not Verb.RESERVE]),
        pause=st.sampled_from([0, 2, 30]),
        gives_up=st.booleans(),
        repeated=st.booleans(),
    )
    def record(self, data: st.DataObject, verb: Verb, pause: int, gives_up: bool, repeated: bool) -> None:
        """A worker records what became of its sends, twice, or long after its lease."""
        worker = data.draw(st.sampled_from(self.workers))
        bundle = self.placed[worker.bundle]
        mine = [n for n in worker.due if not bundle.slots[n].message.at_most_once or n in worker.reserved]
        if verb in (Verb.EXPIRED, Verb.FORGOTTEN, Verb.POSTPONED):
            mine = worker.due  # they are not sent
        slots = data.draw(st.lists(st.sampled_from(mine or [0]), unique=True)) if mine else []
        failure = Failure(bundle.slots[0].vendor, CODES[verb], "why") if verb in CODES else None
        due_at = self.clock.now() + timedelta(seconds=pause)
        change = Change(verb, slots, failure, due_at)
        lease = None if gives_up else LEASE
        (changed,) = self._record(worker, [change], lease)
        if verb in (Verb.RELEASE, Verb.TRIED, Verb.POSTPONED):
            for number in changed:
                bundle.slots[number].in_flight = 0
        if repeated:
            self._record(worker, [change], lease)
        worker.reserved -= set(changed)
        if gives_up:
            self.workers.remove(worker)

    def _record(
        self, worker: Worker, changes: list[Change], lease: timedelta | None
    ) -> list[tuple[int, ...]]:
        bundle = self.placed[worker.bundle]
        found = self.do(self.world.bundles.record(self.home, worker.bundle, worker.holder, lease, changes))
        until = None if lease is None else self.now_ms + lease // timedelta(milliseconds=1)
        rows = [
            (c.verb, c.slots, c.failure.code if c.failure else "", to_ms(c.due_at) // 1000 if c.due_at else 0)
            for c in changes
        ]
        held, changed = bundle.record(worker.holder, until, self.now_ms, rows)
        assert (found.held, found.open, list(found.changed)) == (held, bundle.open(), changed)
        return changed

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """A worker dies. Its lease runs out some time."""
        self.workers.remove(data.draw(st.sampled_from(self.workers)))

    @rule(seconds=st.sampled_from([1, 2, 6, 31]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)
