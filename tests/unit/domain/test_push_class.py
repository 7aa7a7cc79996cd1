"""The day by which Chinese vendors count."""

from datetime import UTC, datetime, timedelta

from pushgate.domain.push_class import next_vendor_day, renewed_at, vendor_day


def test_a_vendors_day_begins_at_midnight_in_shanghai() -> None:
    before = datetime(2031, 1, 31, 15, 59, 59, tzinfo=UTC)
    after = datetime(2031, 1, 31, 16, 0, tzinfo=UTC)
    assert (vendor_day(before), vendor_day(after)) == ("2031-01-31", "2031-02-01")
    assert next_vendor_day(before) == after
    assert next_vendor_day(after) == datetime(2031, 2, 1, 16, 0, tzinfo=UTC)


def test_a_quota_that_is_refused_soon_after_midnight_is_renewed_within_minutes() -> None:
    midnight = datetime(2031, 1, 31, 16, 0, tzinfo=UTC)
    soon = midnight + timedelta(minutes=10)
    assert renewed_at(midnight) == soon
    assert renewed_at(soon - timedelta(microseconds=1)) == soon
    assert renewed_at(soon) == midnight + timedelta(days=1)
    assert renewed_at(midnight - timedelta(microseconds=1)) == midnight
