"""What a job's calls add up to."""

from datetime import UTC, datetime, timedelta

import pytest

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import VendorAuthError, VendorQuotaUsedUp, VendorThrottled
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.terminals.registry import DeadToken
from pushgate.worker.job_summary import JobSummary, RateLimited
from pushgate.worker.route import BreakerScope

SCOPE = BreakerScope("shop", "apns")
TOKENS = [b"a", b"b", b"c"]


def test_verdicts_are_counted_by_outcome_and_code() -> None:
    summary = JobSummary()
    summary.record_verdict(Verdict(Outcome.ACCEPTED, "200", ""), [0, 2], TOKENS)
    summary.record_verdict(Verdict(Outcome.REJECTED, "400", "bad"), [1], TOKENS)
    assert summary.verdicts == {(Outcome.ACCEPTED, "200"): 2, (Outcome.REJECTED, "400"): 1}
    assert summary.answered == 3
    assert not summary.retry_needed


def test_dead_tokens_are_named_with_the_instant_of_their_death() -> None:
    summary, since = JobSummary(), datetime(2030, 1, 1, tzinfo=UTC)
    summary.record_verdict(Verdict(Outcome.INVALID, "410", "gone", dead_since=since), [1, 2], TOKENS)
    assert summary.dead == [DeadToken("b", since, "410"), DeadToken("c", since, "410")]


def test_the_longest_delay_that_a_vendor_asked_for_counts() -> None:
    summary = JobSummary()
    summary.record_verdict(Verdict(Outcome.UNKNOWN, "no_answer", ""), [0], TOKENS)
    assert (summary.retry_needed, summary.vendor_retry_after) == (True, None)
    summary.record_verdict(Verdict(Outcome.RETRY, "503", "", 7.0), [1], TOKENS)
    summary.record_call_failure(VendorThrottled("429", "less", 3.0))
    summary.record_call_failure(VendorAuthError("403", "no"))
    summary.record_verdict(Verdict(Outcome.RETRY, "429", "", 5.0), [2], TOKENS)
    assert (summary.push_retry_after, summary.vendor_retry_after) == (7.0, 3.0)
    assert summary.call_failures == [("VendorThrottled", "429"), ("VendorRefused", "403")]


def test_a_push_that_is_refused_for_now_keeps_no_others_waiting() -> None:
    summary = JobSummary()
    summary.record_verdict(Verdict(Outcome.RETRY, "503", "", 7.0), [0], TOKENS)
    assert (summary.retry_needed, summary.others_wait) == (True, False)
    summary.record_rate_limited(RateLimited(timedelta(seconds=1), SCOPE))
    assert summary.others_wait


def test_the_longest_wait_for_permits_counts() -> None:
    summary = JobSummary()
    for seconds in (2, 5, 3):
        summary.record_rate_limited(RateLimited(timedelta(seconds=seconds), SCOPE))
    assert summary.rate_limited == RateLimited(timedelta(seconds=5), SCOPE)
    assert not summary.retry_needed


@pytest.mark.parametrize(
    ("scope", "refused"),
    [(RefusalScope.CLASS, True), (RefusalScope.CHANNEL, False), (RefusalScope.CALL, False)],
)
def test_the_quota_of_a_channel_or_call_is_not_that_of_a_class(scope: RefusalScope, refused: bool) -> None:
    summary = JobSummary()
    summary.record_call_failure(VendorQuotaUsedUp("200001", "used up", 3600.0, scope))
    assert (summary.quota_refused, summary.retry_needed) == (refused, True)


def test_a_push_that_the_quota_has_no_room_for_says_so_for_its_class() -> None:
    summary = JobSummary()
    summary.record_verdict(Verdict(Outcome.ACCEPTED, "ok", ""), [0], TOKENS)
    assert not summary.quota_refused
    summary.record_verdict(Verdict(Outcome.RETRY, "33", "used up", 3600.0, over_quota=True), [1], TOKENS)
    assert (summary.quota_refused, summary.vendor_retry_after) == (True, 3600.0)
