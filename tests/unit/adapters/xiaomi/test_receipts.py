"""Xiaomi's receipts."""

import json
from urllib.parse import urlencode

import pytest
from tests.support.adapters.receipts import AT

from pushgate.adapters.receipts import ReceiptEvent, ReportedEvent
from pushgate.adapters.xiaomi import receipts as xiaomi

XIAOMI = xiaomi.XiaomiReceiptParser()


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        (1, ReportedEvent.DELIVERED),
        (2, ReportedEvent.CLICKED),
        (16, ReportedEvent.INVALID),
        (32, ReportedEvent.MUTED),
        (64, None),
        (128, None),
    ],
)
def test_every_type(kind: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/xiaomi.md#receipts."""
    receipts = {
        "id1": {"param": "m", "type": kind, "targets": "a, b,", "jobkey": "", "timestamp": 1_700_000_000_000}
    }
    body = urlencode({"data": json.dumps(receipts)}).encode()
    assert XIAOMI.parse(body) == ([ReceiptEvent(event, "m", token, AT) for token in "ab"] if event else [])
