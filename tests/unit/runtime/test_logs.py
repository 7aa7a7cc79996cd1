"""The limit on lines that callers can cause."""

from pushgate.runtime.logs import RateLimit


def test_lines_beyond_the_limit_are_counted_and_reported_with_the_next_line() -> None:
    now = 10.0
    limit = RateLimit(2, clock=lambda: now)
    assert [limit.take() for _ in range(5)] == [0, 0, None, None, None]
    now = 11.0
    assert [limit.take(), limit.take()] == [3, 0]


def test_a_limit_of_zero_lets_no_line_through() -> None:
    assert RateLimit(0, clock=lambda: 10.0).take() is None
