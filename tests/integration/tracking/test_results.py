"""Results of small messages equal the plain model, and those of a large message with the same
outcomes.
"""

import itertools
from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.bundles import LEASE
from tests.support.clock import SetClock
from tests.support.messages import message as large_message
from tests.support.small_pushes import ACCEPTED, EXPIRED, SmallPushes, invalid, rejected, to

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.bundle_values import Change, Verb
from pushgate.domain.app import App
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.ledger.report import Report
from pushgate.ledger.results import KNOWN, NEW
from pushgate.ledger.values import Block, Failure, MessageShard, Move, Planned, parse_label

_apps = itertools.count()
OUTCOMES: dict[str, Change | None] = {
    "pending": None,
    "accepted": ACCEPTED,
    "invalid": invalid("GONE|odd", vendor="fcm"),
    "rejected": rejected("REFUSED"),
    "expired": EXPIRED,
    "forgotten": Change(Verb.FORGOTTEN, (), Failure("fcm", "forgotten", "the terminal is gone")),
}
STATES = {"forgotten": State.CANCELLED}
receipts = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(ReceiptKind), st.sampled_from([0, 5, 61])), max_size=12
)


class Twins:
    """A small and a large message to the same terminals, to which the same happens."""

    def __init__(self, pushes: SmallPushes, small_id: str, account: SmallAccount) -> None:
        self.pushes = pushes
        self.small_id = small_id
        self.slots = account.slots
        self.large = large_message(pushes.clock, app=pushes.app.name)
        retention = pushes.stores.retention
        self._keep_until = retention.keep_until(self.large)
        self._shard = MessageShard(pushes.app, 0, self.large.id, self._keep_until)
        self._refs = [SlotRef(0, slot.group, slot.terminal_slot) for slot in account.slots]

    @classmethod
    async def make(cls, pushes: SmallPushes, count: int) -> "Twins":
        ids = await pushes.register(count)
        (small_id,) = await pushes.put(to(*ids))
        await pushes.place()
        twins = cls(pushes, small_id, await pushes.account(small_id))
        await pushes.stores.messages.put(twins.large)
        (block, bits) = twins._bits(range(count))
        await pushes.stores.plans.write(twins._shard, [Planned(block, bits)])
        return twins

    def _bits(self, numbers: Sequence[int]) -> tuple[Block, int]:
        refs = [self._refs[number] for number in numbers]
        assert {ref.slot // 1024 for ref in refs} <= {0}
        return Block(self._refs[0].group, 0), sum(1 << ref.slot for ref in refs)

    async def record(self, number: int, name: str) -> None:
        """The same happens to one terminal of both."""
        change = OUTCOMES[name]
        if change is None:
            return
        changes: list[Change | None] = [None] * len(self.slots)
        changes[number] = change
        await self.pushes.record(self.small_id, *changes)
        failure = change.failure
        if name == "expired":
            slot = (await self.pushes.account(self.small_id)).slots[number]
            failure = parse_label(slot.label)[1]
        block, bits = self._bits([number])
        move = Move(block, bits, STATES.get(name) or State(name), failure)
        await self.pushes.stores.outcomes.record(self._shard, "w", LEASE, [], [move])

    async def report_receipt(self, number: int, kind: ReceiptKind) -> set[int]:
        """Both verdicts."""
        slot, ref = self.slots[number], self._refs[number]
        reports = [(self.small_id, [(slot.terminal_shard, slot.terminal_slot)])]
        stores, app = self.pushes.stores, self.pushes.app
        small = await stores.small_accounts.record_receipts(kind, app, reports)
        large = await stores.results.record_receipts(kind, app, self.large.id, [[ref]], self._keep_until)
        return {*small, *large}

    async def reports(self) -> tuple[Report, Report]:
        results, app = self.pushes.stores.tracked.results, self.pushes.app
        (_, small), (_, large) = (
            await results.find(app, self.small_id),
            await results.find(app, self.large.id),
        )
        return small, large


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outcomes=st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=1, max_size=8), reported=receipts)
async def test_results_equal_the_model_and_those_of_a_large_message(
    redis: Redis, outcomes: Sequence[str], reported: Sequence[tuple[int, ReceiptKind, int]]
) -> None:
    pushes = SmallPushes(redis, SetClock(), App(f"shop{next(_apps)}"))
    twins = await Twins.make(pushes, len(outcomes))
    for number, name in enumerate(outcomes):
        await twins.record(number, name)
        pushes.clock.advance(29)
    seen: set[tuple[int, ReceiptKind]] = set()
    for number, kind, seconds in reported:
        pushes.clock.advance(seconds)
        what = number % len(outcomes), kind
        assert await twins.report_receipt(*what) == {KNOWN if what in seen else NEW}
        seen.add(what)
    small, large = await twins.reports()
    assert small == large
    model = Counter(STATES.get(name) or State(name) for name in outcomes)
    assert small.states == {state.value: model[state] for state in State}
    assert small.targeted == len(outcomes)
    kinds = Counter(kind for _, kind in seen)
    assert [small.delivered, small.clicked, small.muted, small.gone, small.recalled, small.unproven] == [
        kinds[kind] for kind in ReceiptKind
    ]
