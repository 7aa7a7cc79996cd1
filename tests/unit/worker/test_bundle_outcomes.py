"""What verdicts on the sends of a bundle mean for its slots."""

from collections.abc import Sequence

import pytest
from tests.support.changes import MemoryBundles, changes_over
from tests.support.clock import SetClock

from pushgate.adapters.contract import Verdict
from pushgate.bundles.bundle_values import BundleSlot, Change, Verb
from pushgate.bundles.values import Send
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.outcome import FailureCode, Outcome
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure
from pushgate.worker.bundle_outcomes import BundleOutcomes, SlotSend

CLOCK = SetClock()
NOW_S = int(CLOCK.now().timestamp())


def send(number: int, *, attempts: int = 0, at_most_once: bool = False) -> SlotSend:
    slot = BundleSlot(
        number=number,
        send=Send(0, number, 0, number),
        group=Group("fcm", "en"),
        expires_s=NOW_S + 3600,
        attempts=attempts,
    )
    return SlotSend(slot, b"token", None, at_most_once)  # type: ignore[arg-type]  # nothing is sent


async def changes_of(
    sends: Sequence[SlotSend], *verdicts: Verdict, failure: VendorUnavailable | None = None, cut: bool = False
) -> list[Change]:
    """The changes that verdicts on the first sends lead to, and what befalls the others."""
    bundles = MemoryBundles()
    async with changes_over(bundles) as changes:
        outcomes = BundleOutcomes(sends, "fcm", changes, CLOCK)
        for index, verdict in enumerate(verdicts):
            outcomes.handle([index], verdict)
        if failure:
            outcomes.handle_call_failure(failure)
        if cut:
            outcomes.mark_rest_unconfirmed()
    return bundles.changes


@pytest.mark.parametrize("at_most_once", [False, True])
@pytest.mark.parametrize(
    ("outcome", "verb"),
    [
        (Outcome.ACCEPTED, Verb.ACCEPTED),
        (Outcome.INVALID, Verb.INVALID),
        (Outcome.REJECTED, Verb.REJECTED),
    ],
)
async def test_a_final_verdict_settles_and_only_failures_have_a_reason(
    outcome: Outcome, verb: Verb, at_most_once: bool
) -> None:
    failure = None if verb is Verb.ACCEPTED else Failure("fcm", "code", "why")
    changes = await changes_of([send(3, at_most_once=at_most_once)], Verdict(outcome, "code", "why"))
    assert changes == [Change(verb, [3], failure)]


async def test_each_slot_that_is_refused_for_now_comes_back_by_its_own_attempts() -> None:
    sends = [send(0), send(1, attempts=30)]
    refused = Verdict(Outcome.RETRY, "503", "busy", retry_after=200)
    changes = await changes_of(sends, refused, refused)
    assert {change.verb for change in changes} == {Verb.TRIED}
    assert all(change.failure and change.failure.reason.startswith("busy; ") for change in changes)
    due = [change.due_at.timestamp() - NOW_S for change in changes if change.due_at]
    assert 200 <= due[0] <= 221, "the vendor's delay, and up to a tenth"
    assert 200 <= due[-1] <= 300


async def test_the_first_retry_comes_no_sooner_than_gearman_has_forgotten_the_job() -> None:
    (change,) = await changes_of([send(0)], Verdict(Outcome.RETRY, "503", "busy"))
    assert change.due_at is not None
    assert 1 <= change.due_at.timestamp() - NOW_S <= 2


async def test_without_an_answer_a_push_is_sent_again_unless_it_was_for_at_most_once() -> None:
    silent = Verdict(Outcome.UNKNOWN, "no_answer", "no answer came (reset)")
    again, never = await changes_of([send(0), send(1, at_most_once=True)], silent, silent)
    assert (again.verb, never.verb) == (Verb.UNCONFIRMED, Verb.UNCONFIRMED)
    assert again.due_at is not None
    assert never.due_at is None
    assert again.failure is not None
    assert again.failure.code == "no_answer"
    assert never.failure is not None
    assert never.failure.code == FailureCode.UNANSWERED
    assert "(reset)" in never.failure.reason


async def test_a_failed_call_is_an_attempt_of_the_slots_without_a_verdict() -> None:
    down = VendorUnavailable("503", "it is down", retry_after=60)
    accepted, tried = await changes_of(
        [send(0), send(1, at_most_once=True)], Verdict(Outcome.ACCEPTED, "200", ""), failure=down
    )
    assert (accepted.verb, list(accepted.slots)) == (Verb.ACCEPTED, [0])
    assert (tried.verb, list(tried.slots)) == (Verb.TRIED, [1])
    assert tried.due_at is not None
    assert tried.due_at.timestamp() >= NOW_S + 60


async def test_of_a_call_that_was_cut_off_the_rest_may_have_been_sent() -> None:
    again, never = await changes_of([send(0), send(1, at_most_once=True)], cut=True)
    assert again.failure is not None
    assert again.failure.code == FailureCode.INTERRUPTED
    assert never.failure is not None
    assert never.failure.code == FailureCode.UNANSWERED
