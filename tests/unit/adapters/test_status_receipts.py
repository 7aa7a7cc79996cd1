"""Receipts with a list of statuses."""

import json
from urllib.parse import urlencode

import pytest
from tests.support.adapters.receipts import AT, HUAWEI, statuses, v1

from pushgate.adapters.receipts import ReceiptEvent, ReportedEvent
from pushgate.adapters.xiaomi import receipts as xiaomi

XIAOMI = xiaomi.XiaomiReceiptParser()


@pytest.mark.parametrize(
    "timestamp", ["", "soon", 1.5, "2023-11-14T22:13:20Z", True, None, [], {}, -1, 10**20]
)
def test_an_unreadable_time_does_not_hide_the_event(timestamp: object) -> None:
    assert HUAWEI.parse(statuses(v1(0, timestamp=timestamp))) == [
        ReceiptEvent(ReportedEvent.DELIVERED, "m", "t", None)
    ]
    row = {"param": "m", "type": 1, "targets": "t", "timestamp": timestamp}
    body = urlencode({"data": json.dumps({"x": row})}).encode()
    assert XIAOMI.parse(body) == [ReceiptEvent(ReportedEvent.DELIVERED, "m", "t", None)]


def test_unreadable_statuses_do_not_hide_the_others() -> None:
    rows = [7, None, v1("x"), v1(0, token=None), v1(0, biTag=""), {}, v1("0"), v1(0, timestamp=10**20), v1(0)]
    found = HUAWEI.parse(statuses(*rows))
    assert [notice.at for notice in found] == [AT, None, AT]
