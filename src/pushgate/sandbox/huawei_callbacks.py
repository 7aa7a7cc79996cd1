"""Huawei's form of receipts, a signature and JSON `statuses`; HarmonyOS and Honor share it.

Source: docs/reference/vendors/huawei.md#receipts
"""

import secrets
from collections.abc import Mapping

import orjson

from pushgate.sandbox.callbacks import CallbackRequest, ConsoleSettings, DeviceEvent, ReceiptBatch

HUAWEI_STATUSES: Mapping[DeviceEvent, int] = {"delivered": 0, "uninstalled": 2, "muted": 6}
_CONFIRMED = "0"


def statuses_v1(batch: ReceiptBatch, status: int) -> CallbackRequest:
    """Receipts of Huawei's V1; Honor's have the same form."""
    return _signed(
        batch,
        [
            {
                "biTag": batch.request.param,
                "appid": "1",
                "token": token,
                "status": status,
                "timestamp": batch.at_ms,
                "requestId": batch.request.push_id,
            }
            for token in batch.tokens
        ],
    )


def statuses_v2(batch: ReceiptBatch, status: int) -> CallbackRequest:
    """Receipts of Huawei's V2, for HarmonyOS."""
    return _signed(
        batch,
        [
            {
                "token": token,
                "pushType": 0,
                "appPackageName": "com.example.demo",
                "requestId": batch.request.push_id,
                "biTag": batch.request.param,
                "deliveryStatus": {"result": status, "timestamp": batch.at_ms},
            }
            for token in batch.tokens
        ],
    )


def _signed(batch: ReceiptBatch, statuses: list[dict[str, object]]) -> CallbackRequest:
    headers = {"content-type": "application/json", **_signature(batch.console, batch.at_ms)}
    return CallbackRequest(headers, orjson.dumps({"statuses": statuses}), _CONFIRMED)


def _signature(console: ConsoleSettings, at_ms: int) -> Mapping[str, str]:
    nonce = secrets.token_hex(16)
    value = console.sign(f"{at_ms}{nonce}{console.user}")
    if value is None:
        return {}
    return {"X-HUAWEI-CALLBACK-ID": f"timestamp={at_ms};nonce={nonce};value={value}"}
