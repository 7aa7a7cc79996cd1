"""Reports of client apps and vendors.

Made from `async_reports.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pushgate_client import types
from pushgate_client.calls import Call, bearer, path
from pushgate_client.transport import Transport


class Reports:
    """What client apps and vendors report, for a backend that passes reports on."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def received(self, reports: Sequence[types.ReceiptBody], *, secret: str | None = None) -> None:
        """Report that messages arrived, up to 1,000 at once. `secret` is that of the device."""
        self._report("/v1/callbacks/received", reports, secret)

    def clicked(self, reports: Sequence[types.ReceiptBody], *, secret: str | None = None) -> None:
        """Report that messages were clicked, up to 1,000 at once. `secret` as for `received`."""
        self._report("/v1/callbacks/click", reports, secret)

    def receipts(
        self, vendor: types.Vendor, app: str, receipt_secret: str, body: bytes, *, content_type: str
    ) -> dict[str, Any]:
        """Pass on what a vendor posted to the receipt URL of an app, as it came."""
        call = Call(
            method="POST",
            path=path("/v1/receipts/{}/{}/{}", vendor, app, receipt_secret),
            content=body,
            headers={"Content-Type": content_type},
        )
        return self._transport.send(call)

    def _report(self, where: str, reports: Sequence[types.ReceiptBody], secret: str | None) -> None:
        call = Call(method="POST", path=where, json=list(reports), headers=bearer(secret))
        self._transport.send(call)
