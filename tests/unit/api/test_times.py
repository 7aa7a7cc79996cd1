"""Instants of requests are RFC 3339 with an offset, and nothing else."""

from datetime import UTC, datetime

import pytest

from pushgate.api.times import parse_instant

RIGHT = {
    "2027-01-01T20:00:00+08:00": datetime(2027, 1, 1, 12, tzinfo=UTC),
    "2027-01-01T12:00:00Z": datetime(2027, 1, 1, 12, tzinfo=UTC),
    "2027-01-01t12:00:00z": datetime(2027, 1, 1, 12, tzinfo=UTC),
    "2027-01-01T12:00:00-00:00": datetime(2027, 1, 1, 12, tzinfo=UTC),
    "2027-01-01T00:00:00-12:00": datetime(2027, 1, 1, 12, tzinfo=UTC),
    "2027-01-01T17:45:00+05:45": datetime(2027, 1, 1, 12, tzinfo=UTC),
    "2027-01-01T12:00:00.5Z": datetime(2027, 1, 1, 12, 0, 0, 500_000, tzinfo=UTC),
    "2027-01-01T12:00:00.123456789Z": datetime(2027, 1, 1, 12, 0, 0, 123_456, tzinfo=UTC),
    "2028-02-29T12:00:00Z": datetime(2028, 2, 29, 12, tzinfo=UTC),
    "2016-12-31T23:59:60Z": datetime(2017, 1, 1, tzinfo=UTC),
    "2017-01-01T07:59:60+08:00": datetime(2017, 1, 1, tzinfo=UTC),
    "2016-12-31T23:59:60.999Z": datetime(2017, 1, 1, 0, 0, 0, 999_000, tzinfo=UTC),
    "2027-01-01T12:00:00.99999999999999999999Z": datetime(2027, 1, 1, 12, 0, 0, 999_999, tzinfo=UTC),
    "0001-01-01T00:00:00-08:00": datetime(1, 1, 1, 8, tzinfo=UTC),
    "9999-12-31T23:59:59Z": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
}

WRONG = [
    "",
    "20270101",
    "20270101T120000Z",
    "1798761600",
    "1798761600.5",
    "1798761600000",
    "-1",
    "1e9",
    "2027",
    "2027-01-01",
    "2027-01-01T12:00:00",
    "2027-01-01T12:00Z",
    "2027-01-01T12Z",
    "2027-01-01 12:00:00Z",
    "2027-01-01T12:00:00 Z",
    "2027-01-01T12:00:00+08",
    "2027-01-01T12:00:00+0800",
    "2027-01-01T12:00:00+8:00",
    "2027-01-01T12:00:00+24:00",
    "2027-01-01T12:00:00+08:60",
    "2027-01-01T12:00:00UTC",
    "2027-01-01T12:00:00 Europe/Berlin",
    "2027-01-01T12:00:00[Europe/Berlin]",
    "2027-01-01T12:00:00,5Z",
    "2027-01-01T12:00:00.Z",
    "2027-1-1T12:00:00Z",
    "27-01-01T12:00:00Z",
    "+2027-01-01T12:00:00Z",
    "2027-02-29T12:00:00Z",
    "2027-13-01T12:00:00Z",
    "2027-00-01T12:00:00Z",
    "2027-01-32T12:00:00Z",
    "2027-01-01T24:00:00Z",
    "2027-01-01T12:60:00Z",
    "2027-01-01T12:00:61Z",
    "9999-12-31T23:59:60Z",
    "2027-01-01T12:00:60Z",
    "2027-01-01T12:34:60+08:00",
    "2027-01-01T23:59:60Z",
    "2016-12-31T23:59:60+08:00",
    "0001-01-01T00:00:60+08:00",
    "2027-01-01T12:00:00+25:00",
    "0000-01-01T00:00:00Z",
    "2027-W01-1T12:00:00Z",
    "2027-001T12:00:00Z",
    " 2027-01-01T12:00:00Z",
    "2027-01-01T12:00:00Z\n",
    "２０２７-01-01T12:00:00Z",
    "٢٠٢٧-01-01T12:00:00Z",
    "01.01.2027 12:00",
    "01/02/2027 12:00",
    "Fri, 01 Jan 2027 12:00:00 GMT",
    "tomorrow",
    "now",
    "+1 hour",
    "PT1H",
    "null",
    0,
    1_798_761_600,
    1_798_761_600.5,
    True,
    {"seconds": 1},
    ["2027-01-01T12:00:00Z"],
]


@pytest.mark.parametrize(("written", "instant"), RIGHT.items(), ids=RIGHT.keys())
def test_rfc_3339_is_read(written: str, instant: datetime) -> None:
    assert parse_instant(written) == instant


@pytest.mark.parametrize("written", WRONG, ids=map(repr, WRONG))
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|calendar"):
        parse_instant(written)
