"""OPPO's receipts."""

import json
from datetime import UTC, datetime

import pytest
from tests.support.adapters.receipts import AT

from pushgate.adapters.oppo.receipts import OppoReceiptParser
from pushgate.adapters.receipts import ReceiptEvent, ReportedEvent

OPPO = OppoReceiptParser()


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("push_arrive", ReportedEvent.DELIVERED),
        ("regid_invalid", ReportedEvent.INVALID),
        ("user_daily_limit", None),
        ("new", None),
    ],
)
def test_every_event(kind: str, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/oppo.md#receipts."""
    row = {"messageId": "x", "appId": "1", "taskId": "x", "registrationIds": "a, b", "eventTime": "1"}
    body = json.dumps([7, {**row, "param": "m", "eventType": kind}, {**row, "eventType": kind}]).encode()
    at = datetime(1970, 1, 1, 0, 0, 0, 1000, UTC)
    assert OPPO.parse(body) == ([ReceiptEvent(event, "m", token, at) for token in "ab"] if event else [])


@pytest.mark.parametrize(
    ("event_time", "at"),
    [
        (1_700_000_000_000, AT),
        ("1700000000000", AT),
        ("2023-11-15 06:13:20", AT),
        ("2023-11-14T22:13:20Z", AT),
        ("", None),
        ("yesterday", None),
        ("9" * 30, None),
        ("0001-01-01 00:00:00", None),
    ],
)
def test_the_time_is_read_in_any_form(event_time: object, at: datetime | None) -> None:
    row = {"registrationIds": "a", "eventTime": event_time, "param": "m", "eventType": "regid_invalid"}
    assert OPPO.parse(json.dumps([row]).encode()) == [ReceiptEvent(ReportedEvent.INVALID, "m", "a", at)]
