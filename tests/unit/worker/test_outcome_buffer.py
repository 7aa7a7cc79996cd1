"""Outcomes are recorded soon, and kept while Redis is unreachable."""

import asyncio
from datetime import timedelta

from tests.support.outcomes import BLOCK, MemoryLedger, buffer_over

from pushgate.domain.outcome import State
from pushgate.ledger.values import Move, MoveKind
from pushgate.worker.outcome_buffer import OutcomeBuffer

LEASE = timedelta(milliseconds=300)
RESERVATION = Move(BLOCK, 0b10, State.REJECTED, kind=MoveKind.RESERVE)


async def until_stopped(outcomes: OutcomeBuffer) -> None:
    async with asyncio.timeout(5):
        while not outcomes.must_stop:  # noqa: ASYNC110  # time passing sets no event
            await asyncio.sleep(0.01)


async def test_nothing_more_is_sent_while_outcomes_cannot_be_recorded_and_none_is_lost() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger, LEASE) as outcomes:
        ledger.reachable = False
        outcomes.add(Move(BLOCK, 0b1, State.ACCEPTED))
        assert not outcomes.must_stop, "an outage of a moment stops nothing"
        await until_stopped(outcomes)
        assert outcomes.overdue
        ledger.reachable = True
    assert ledger.recorded == 0b1


async def test_what_is_recorded_in_time_stops_nothing() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger, LEASE) as outcomes:
        for n in range(30):
            outcomes.add(Move(BLOCK, 1 << n, State.ACCEPTED))
            await asyncio.sleep(0.01)
        assert not outcomes.must_stop
    assert ledger.recorded == (1 << 30) - 1


async def test_while_outcomes_wait_no_slot_is_reserved_for_a_send_that_will_not_be() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger, LEASE) as outcomes:
        ledger.reachable = False
        outcomes.add(Move(BLOCK, 0b1, State.ACCEPTED))
        await until_stopped(outcomes)
        ledger.reachable = True
        assert await outcomes.reserve(RESERVATION) == (0, True)
    assert ledger.recorded == 0b1


async def test_a_reservation_is_recorded_at_once() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        assert await outcomes.reserve(RESERVATION) == (0b10, True)
        assert ledger.moves == [RESERVATION]


async def test_slots_are_given_back_that_were_reserved_after_a_pause_and_a_resume() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        async with outcomes._lock:
            reserving = asyncio.create_task(outcomes.reserve(RESERVATION))
            await ledger.expected.wait()
            outcomes.paused = True  # another recording found the message paused; it is resumed by now
        assert await reserving == (0, True)
    assert ledger.moves == [
        RESERVATION,
        Move(BLOCK, 0b10, State.PENDING, origin=State.REJECTED, kind=MoveKind.RELEASE),
    ]


async def test_outcomes_of_one_kind_are_recorded_together_and_counted_by_state() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        outcomes.add(Move(BLOCK, 0b001, State.ACCEPTED))
        outcomes.add(Move(BLOCK, 0b100, State.ACCEPTED))
        outcomes.add(Move(BLOCK, 0b010, State.REJECTED))
        await outcomes.flush()
    assert ledger.moves[:2] == [Move(BLOCK, 0b101, State.ACCEPTED), Move(BLOCK, 0b010, State.REJECTED)]
    assert outcomes.state_counts == {State.ACCEPTED: 2, State.REJECTED: 1, State.PENDING: -3}


async def test_a_lost_lease_or_an_ended_message_stops_the_job() -> None:
    for lost, ended in ((1, None), (0, State.CANCELLED)):
        ledger = MemoryLedger()
        async with buffer_over(ledger) as outcomes:
            await outcomes.flush()
            assert not outcomes.must_stop
            ledger.lost, ledger.ended = lost, ended
            assert await outcomes.reserve(RESERVATION) == (0, True), "recorded, and nothing may be sent"
            assert outcomes.must_stop
