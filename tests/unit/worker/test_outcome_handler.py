"""What verdicts mean for the ledger, and what they say of the vendor."""

import pytest
from tests.support.outcomes import BLOCK, MemoryLedger, buffer_over

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import VendorQuotaUsedUp, VendorUnavailable
from pushgate.domain.outcome import FailureCode, Outcome, State
from pushgate.ledger.values import Failure, Move, MoveKind
from pushgate.worker import failure_reasons
from pushgate.worker.at_most_once import AtMostOnceGuard
from pushgate.worker.outcome_handler import OutcomeHandler, never_sent, over_quota, paused

DOWN = VendorUnavailable("503", "it is down")


async def moves_of(*verdicts: Verdict, guarded: bool = False) -> list[Move]:
    """The moves that verdicts on slots 0, 1, ... lead to, without the reservation."""
    ledger = MemoryLedger()
    bits = (1 << len(verdicts)) - 1
    async with buffer_over(ledger) as outcomes:
        guard = AtMostOnceGuard(BLOCK, outcomes) if guarded else None
        if guard:
            await guard.reserve(bits)
        handler = OutcomeHandler(BLOCK, bits, outcomes, guard)
        for offset, verdict in enumerate(verdicts):
            handler.handle([offset], verdict)
    return ledger.moves[guarded:]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, State.ACCEPTED),
        (Outcome.INVALID, State.INVALID),
        (Outcome.REJECTED, State.REJECTED),
    ],
)
async def test_a_final_verdict_settles_and_only_failures_have_a_reason(
    outcome: Outcome, state: State
) -> None:
    failure = None if state is State.ACCEPTED else Failure("apns", "code", "why")
    verdict = Verdict(outcome, "code", "why")
    assert await moves_of(verdict) == [Move(BLOCK, 0b1, state, failure)]
    assert await moves_of(verdict, guarded=True) == [
        Move(BLOCK, 0b1, state, failure=failure, origin=State.REJECTED)
    ]


async def test_a_retry_leaves_the_slot_pending_with_the_reason_for_its_expiry() -> None:
    (move,) = await moves_of(Verdict(Outcome.RETRY, "429", "too many"))
    assert (move.to, move.kind) == (State.EXPIRED, MoveKind.TRIED)
    assert move.failure == Failure("apns", "429", "too many; not taken before the time to live was over")


async def test_without_an_answer_a_slot_may_have_the_push() -> None:
    verdict = Verdict(Outcome.UNKNOWN, "no_answer", "no answer came")
    (move,) = await moves_of(verdict)
    assert (move.to, move.kind) == (State.EXPIRED, MoveKind.UNCONFIRMED)
    assert move.failure is not None
    assert move.failure.reason.startswith("sent, but no answer came")
    guarded = await moves_of(verdict, guarded=True)
    assert [(move.to, move.origin, move.kind) for move in guarded] == [
        (State.REJECTED, State.REJECTED, MoveKind.FINAL),
        (State.REJECTED, State.PENDING, MoveKind.UNCONFIRMED),
    ]


async def test_a_failed_call_is_the_reason_for_slots_without_a_verdict() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        handler = OutcomeHandler(BLOCK, 0b111, outcomes, None)
        handler.handle([1], Verdict(Outcome.ACCEPTED, "200", ""))
        handler.handle_call_failure(DOWN)
    assert [(move.bits, move.kind) for move in ledger.moves] == [
        (0b010, MoveKind.FINAL),
        (0b101, MoveKind.TRIED),
    ]


async def test_of_a_call_that_was_cut_off_the_rest_may_have_been_sent() -> None:
    ledger = MemoryLedger()
    async with buffer_over(ledger) as outcomes:
        OutcomeHandler(BLOCK, 0b11, outcomes, None).mark_rest_unconfirmed()
    (move,) = ledger.moves
    assert (move.bits, move.kind) == (0b11, MoveKind.UNCONFIRMED)
    assert move.failure is not None
    assert move.failure.code == FailureCode.INTERRUPTED


@pytest.mark.parametrize(
    ("verdicts", "answered", "silent"),
    [
        ([], False, True),
        ([Verdict(Outcome.UNKNOWN, "no_answer", "")], False, True),
        ([Verdict(Outcome.ACCEPTED, "dry_run", "", vendor_asked=False)], False, False),
        (
            [Verdict(Outcome.REJECTED, "x", "", vendor_asked=False), Verdict(Outcome.UNKNOWN, "y", "")],
            False,
            True,
        ),
        ([Verdict(Outcome.UNKNOWN, "y", ""), Verdict(Outcome.RETRY, "503", "")], True, False),
    ],
)
async def test_only_a_vendor_that_was_asked_and_gave_no_answer_is_silent(
    verdicts: list[Verdict], answered: bool, silent: bool
) -> None:
    async with buffer_over(MemoryLedger()) as outcomes:
        handler = OutcomeHandler(BLOCK, 0b11, outcomes, None)
        for offset, verdict in enumerate(verdicts):
            handler.handle([offset], verdict)
    assert (handler.vendor_answered, handler.vendor_is_silent) == (answered, silent)
    assert handler.some_accepted == any(verdict.outcome is Outcome.ACCEPTED for verdict in verdicts)


def test_what_was_never_sent_says_so() -> None:
    held = never_sent(BLOCK, 0b1, DOWN)
    assert held.failure == Failure("apns", "503", "never sent: it is down")
    assert held.kind is MoveKind.POSTPONED
    stopped = paused(BLOCK, 0b1, DOWN).failure
    assert stopped == Failure(
        "apns", FailureCode.VENDOR_PAUSED, "never sent: pushes were paused after 503 (it is down)"
    )


def test_a_quota_is_named_wherever_it_is_the_reason() -> None:
    error = VendorQuotaUsedUp("10070", "the day's quota is used up", 3600)
    stopped = paused(BLOCK, 0b1, error).failure
    assert stopped == Failure("apns", "quota", "never sent: the day's quota is used up (10070)")
    refused = failure_reasons.not_taken("apns", error)
    assert (refused.code, "10070" in refused.reason) == ("quota", True)
    assert failure_reasons.not_taken("apns", DOWN).code == "503"
    over = over_quota(BLOCK, 0b1)
    assert (over.kind, over.failure and over.failure.code) == (MoveKind.POSTPONED, "quota")
