"""Huawei's receipts."""

import pytest
from tests.support.adapters.receipts import AT, HUAWEI, statuses, v1

from pushgate.adapters.receipts import ReceiptEvent, ReportedEvent


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (0, ReportedEvent.DELIVERED),
        (2, ReportedEvent.INVALID),
        (5, ReportedEvent.INVALID),
        (6, ReportedEvent.MUTED),
        (201, ReportedEvent.MUTED),
        *[(code, None) for code in (10, 14, 15, 22, 27, 31, 51, 102, 144, 999)],
    ],
)
def test_every_status_in_both_forms(status: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/huawei.md#receipts, docs/reference/vendors/harmony.md#receipts."""
    expected = [ReceiptEvent(event, "m", "t", AT)] if event else []
    assert HUAWEI.parse(statuses(v1(status))) == expected
    delivery = {"result": status, "timestamp": 1_700_000_000_000}
    row = {"token": "t", "pushType": 0, "appPackageName": "p", "biTag": "m", "deliveryStatus": delivery}
    assert HUAWEI.parse(statuses(row)) == expected
    of_form = {"formId": 1, **delivery}
    assert (
        HUAWEI.parse(statuses({"token": "t", "pushType": 1, "biTag": "m", "formStatus": of_form})) == expected
    )
