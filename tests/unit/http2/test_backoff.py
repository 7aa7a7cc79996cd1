"""Pauses between attempts."""

from pushgate.http2.backoff import MAX_PAUSE, Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff, pauses = Backoff(), []
    for at in range(9):
        backoff.record_failure(100.0 + at, 100.0 + at)
        pauses.append(round(backoff.paused_until - 100 - at, 3))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, MAX_PAUSE, MAX_PAUSE, MAX_PAUSE]
    for _ in range(10_000):
        backoff.record_failure(200.0, 200.0)
    assert backoff.paused_until == 200 + MAX_PAUSE


def test_attempts_that_fail_together_count_as_one_failure() -> None:
    backoff = Backoff()
    for at in range(8):
        backoff.record_failure(100.0 + at / 100, 95.0)
    assert backoff.failures == 1
    assert round(backoff.paused_until, 3) == 100.1
    backoff.record_failure(100.2, 100.1)
    assert round(backoff.paused_until, 3) == 100.4


def test_a_response_resets_the_pauses() -> None:
    backoff = Backoff()
    for at in range(5):
        backoff.record_failure(100.0 + at, 100.0 + at)
    backoff.record_success()
    assert backoff.failures == 0
    assert backoff.paused_until <= 100
    backoff.record_failure(105.0, 105.0)
    assert round(backoff.paused_until, 3) == 105.1
