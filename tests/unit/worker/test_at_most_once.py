"""Slots that must not be sent twice count as unanswered until an answer settles them."""

from tests.support.outcomes import BLOCK, MemoryLedger, buffer_over

from pushgate.domain.outcome import FailureCode, State
from pushgate.ledger.values import Failure, Move, MoveKind
from pushgate.worker.at_most_once import AtMostOnceGuard

REASON = "sent, but no answer came, and the message asked not to be sent twice"


async def test_slots_are_reserved_before_they_are_sent() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        assert await AtMostOnceGuard(BLOCK, outcomes).reserve(0b111) == (0b111, True)
        (move,) = ledger.moves
    failure = Failure("apns", FailureCode.UNANSWERED, REASON)
    assert move == Move(BLOCK, 0b111, State.REJECTED, failure, kind=MoveKind.RESERVE)


async def test_an_answer_settles_and_the_rest_returns_to_pending() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        guard = AtMostOnceGuard(BLOCK, outcomes)
        await guard.reserve(0b111)
        guard.settle(0b001, State.ACCEPTED, None)
        guard.release_rest()
        guard.release_rest()
    assert ledger.moves[1:] == [
        Move(BLOCK, 0b001, State.ACCEPTED, failure=None, origin=State.REJECTED),
        Move(BLOCK, 0b110, State.PENDING, failure=None, origin=State.REJECTED, kind=MoveKind.RELEASE),
    ]


async def test_slots_without_an_answer_stay_rejected_and_say_why() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        guard = AtMostOnceGuard(BLOCK, outcomes)
        await guard.reserve(0b111)
        guard.mark_unconfirmed(0b001, "no answer came (connection lost)")
        guard.mark_rest_unconfirmed()
        guard.mark_rest_unconfirmed()
    because = Failure(
        "apns", FailureCode.UNANSWERED, REASON.replace("no answer came", "no answer came (connection lost)")
    )
    assert ledger.moves[1:] == [
        Move(BLOCK, 0b001, State.REJECTED, failure=because, origin=State.REJECTED),
        Move(BLOCK, 0b111, State.REJECTED, kind=MoveKind.UNCONFIRMED),
        Move(BLOCK, 0b110, State.REJECTED, failure=None, origin=State.REJECTED),
    ]
