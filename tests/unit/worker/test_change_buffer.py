"""Changes are recorded soon, kept while Redis is away, and the last record ends the lease."""

import asyncio
from datetime import timedelta

from tests.support.changes import MemoryBundles, changes_over

from pushgate.bundles.bundle_values import Change, Verb
from pushgate.domain.outcome import State
from pushgate.ledger.values import Failure
from pushgate.worker.change_buffer import Kind

ACCEPTED = Kind(Verb.ACCEPTED)
LEASE = timedelta(milliseconds=300)


async def test_changes_of_one_kind_are_recorded_together_and_counted_by_state() -> None:
    bundles, dead = MemoryBundles(), Failure("fcm", "UNREGISTERED", "dead")
    async with changes_over(bundles) as changes:
        changes.add(ACCEPTED, [0])
        changes.add(Kind(Verb.INVALID, dead), [1])
        changes.add(ACCEPTED, [2])
    assert bundles.changes == [Change(Verb.ACCEPTED, [0, 2]), Change(Verb.INVALID, [1], dead)]
    assert bundles.leases == [None], "one record, which gives the lease up"
    assert changes.state_counts == {State.ACCEPTED: 2, State.INVALID: 1}
    assert changes.touched == {0, 1, 2}


async def test_a_change_counts_whose_record_is_on_its_way_when_the_run_ends() -> None:
    bundles = MemoryBundles()
    bundles.seconds = 0.05
    async with changes_over(bundles) as changes:
        changes.add(ACCEPTED, [0, 1])
        async with asyncio.timeout(5):
            while not bundles.changes:  # noqa: ASYNC110  # time passing sets no event
                await asyncio.sleep(0.001)
    assert changes.state_counts == {State.ACCEPTED: 2}


async def test_only_what_was_reserved_ends_without_an_answer() -> None:
    bundles = MemoryBundles()
    async with changes_over(bundles) as changes:
        changes.add(Kind(Verb.UNCONFIRMED, None, 5), [0])
        changes.add(Kind(Verb.UNCONFIRMED, was_reserved=True), [1])
    assert changes.state_counts == {State.REJECTED: 1}


async def test_nothing_more_is_sent_while_changes_cannot_be_recorded_and_none_is_lost() -> None:
    bundles = MemoryBundles()
    async with changes_over(bundles, LEASE) as changes:
        bundles.reachable = False
        changes.add(ACCEPTED, [0])
        async with asyncio.timeout(5):
            while not changes.must_stop:  # time passing sets no event
                changes.add(ACCEPTED, [1])
                await asyncio.sleep(0.01)
        assert await changes.reserve([2]) == ((), True)
        bundles.reachable = True
    slots = [slot for change in bundles.changes for slot in change.slots]
    assert set(slots) == {0, 1}
    assert slots.count(0) == 1


async def test_a_lease_is_renewed_while_nothing_happens_and_a_lost_one_stops_the_run() -> None:
    bundles = MemoryBundles()
    async with changes_over(bundles, LEASE) as changes:
        async with asyncio.timeout(5):
            while not bundles.leases:  # noqa: ASYNC110  # time passing sets no event
                await asyncio.sleep(0.01)
        assert bundles.leases == [LEASE]
        assert not changes.must_stop
        bundles.held = False
        assert await changes.reserve([0]) == ((), True), "another may send it"
        assert changes.must_stop
