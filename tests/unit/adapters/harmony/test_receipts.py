"""HarmonyOS' receipts."""

import pytest
from tests.support.adapters.receipts import AT, statuses

from pushgate.adapters.harmony import receipts as harmony
from pushgate.adapters.receipts import ReceiptEvent, ReportedEvent
from pushgate.adapters.status_receipts import StatusReceiptParser


@pytest.mark.parametrize(
    ("result", "event"),
    [
        (0, ReportedEvent.DELIVERED),
        (2, ReportedEvent.INVALID),
        (5, ReportedEvent.INVALID),
        (6, ReportedEvent.MUTED),
        *[
            (code, None)
            for code in (10, 14, 15, 22, 27, 31, 51, 102, 144, 151, 155, 156, 158, 188, 191, 201, 256, 259)
        ],
        *[(code, None) for code in (261, 262, 264, 265, 268, 269, 999)],
    ],
)
def test_every_result(result: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/harmony.md#receipts."""
    parser = StatusReceiptParser(harmony.EVENTS, None)
    row = {"token": "t", "biTag": "m", "deliveryStatus": {"result": result, "timestamp": 1_700_000_000_000}}
    assert parser.parse(statuses(row)) == ([ReceiptEvent(event, "m", "t", AT)] if event else [])
