"""Pauses between attempts."""

from pushgate.http2.backoff import LONGEST_PAUSE, Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff, pauses = Backoff(), []
    for _ in range(9):
        backoff.fail(100.0)
        pauses.append(round(backoff.until - 100, 3))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    for _ in range(10_000):
        backoff.fail(100.0)
    assert backoff.until == 100 + LONGEST_PAUSE


def test_an_answer_ends_them() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.fail(100.0)
    backoff.succeed()
    assert backoff.failures == 0
    assert backoff.until <= 100
    backoff.fail(100.0)
    assert round(backoff.until, 3) == 100.1
