"""The limit on lines that callers can cause."""

from structlog import DropEvent
from structlog.typing import EventDict

from pushgate.runtime.logs import OutageFilter, RateLimit


def test_lines_beyond_the_limit_are_counted_and_reported_with_the_next_line() -> None:
    now = 10.0
    limit = RateLimit(2, clock=lambda: now)
    assert [limit.take() for _ in range(5)] == [0, 0, None, None, None]
    now = 11.0
    assert [limit.take(), limit.take()] == [3, 0]


def test_a_limit_of_zero_lets_no_line_through() -> None:
    assert RateLimit(0, clock=lambda: 10.0).take() is None


def test_an_outage_is_one_line_of_each_engine_whoever_meets_it() -> None:
    now = 10.0
    outages = OutageFilter(clock=lambda: now)

    def log(error: str, **fields: object) -> EventDict | None:
        try:
            return outages(None, "warning", {"error": error, **fields})
        except DropEvent:
            return None

    redis = "Redis does not answer: no connection"
    assert log(redis, outage=True) == {"error": redis}
    assert [log("Redis does not answer: connection lost", outage=True) for _ in range(3)] == [None] * 3
    assert log("Gearman took no jobs", outage=True) == {"error": "Gearman took no jobs"}
    assert log("another fault") == {"error": "another fault"}
    now += 30
    assert log(redis, outage=True) == {"error": redis, "left_out": 3}
