"""Retry-After holds a number of seconds or an HTTP date (RFC 9110, 10.2.3)."""

from datetime import UTC, datetime

import pytest

from pushgate.http2.results import MAX_RETRY_AFTER, Response

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MAX_WAIT = MAX_RETRY_AFTER.total_seconds()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 1),
        ("0120", 120),
        (" 120 ", 120),
        ("86400", 86_400),
        ("123456", 123_456),
        ("2419200", MAX_WAIT),
        ("2419201", MAX_WAIT),
        ("9" * 4000, MAX_WAIT),
        ("Mon, 23 Nov 2026 12:02:00 GMT", 120),
        ("Monday, 23-Nov-26 12:02:00 GMT", 120),
        ("Mon Nov 23 12:02:00 2026", 120),
        ("Fri, 31 Dec 2100 23:59:59 GMT", MAX_WAIT),
        ("Mon, 23 Nov 2026 11:59:59 GMT", None),
        ("Mon, 23 Nov 2026 12:00:00 GMT", None),
        ("Mon, 31 Feb 2026 12:00:00 GMT", None),
        ("Mon, 23 Nov 99999999999999 12:02:00 GMT", None),
        ("Mon, 23 Nov 2026 12:02:00 +999999999", None),
        ("0", None),
        ("0" * 5000, None),
        ("", None),
        ("-5", None),
        ("1e9", None),
        ("1.5", None),
        ("\u00b2", None),
        ("soon", None),
        ("7, 7", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert Response(503, {"retry-after": value}).retry_after(NOW) == seconds


def test_without_retry_after_there_is_no_wait() -> None:
    assert Response(503).retry_after(NOW) is None
