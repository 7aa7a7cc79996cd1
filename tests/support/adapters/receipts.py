"""Receipts as Huawei sends and signs them."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from pushgate.adapters.huawei import receipts as huawei
from pushgate.adapters.push_kit_signature import ReceiptSignature
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.domain.clock import to_ms

AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
"""The time of 1,700,000,000 seconds, which the receipts have."""
KEY = b"k" * 32
HUAWEI = StatusReceiptParser(huawei.EVENTS, ReceiptSignature("user", KEY))


def v1(status: object, **more: object) -> dict[str, object]:
    row = {"biTag": "m", "appid": "1", "token": "t", "status": status, "timestamp": 1_700_000_000_000}
    return {**row, "requestId": "r", **more}


def statuses(*rows: object) -> bytes:
    return json.dumps({"statuses": rows}).encode()


def signed(now: datetime, key: bytes = KEY, user: str = "user", nonce: str = "n") -> dict[str, str]:
    stamp = str(to_ms(now))
    mac = hmac.new(key, f"{stamp}{nonce}{user}".encode(), hashlib.sha256).digest()
    value = base64.b64encode(mac).decode()
    return {"x-huawei-callback-id": f"timestamp={stamp};nonce={nonce};value={value}"}
