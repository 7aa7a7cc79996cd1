"""vivo's receipts."""

import json

from tests.support.adapters.receipts import AT

from pushgate.adapters.receipts import ReceiptEvent, ReportedEvent
from pushgate.adapters.vivo.receipts import VivoReceiptParser

VIVO = VivoReceiptParser()


def test_deliveries() -> None:
    """See docs/reference/vendors/vivo.md#receipts."""
    row = {"targets": "a", "ackTime": 1_700_000_000_000, "param": "m", "ackType": "0"}
    body = json.dumps({"task": row, "other": {**row, "ackType": "1"}, "third": 7}).encode()
    assert VIVO.parse(body) == [ReceiptEvent(ReportedEvent.DELIVERED, "m", "a", AT)]
