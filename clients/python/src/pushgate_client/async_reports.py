"""Reports of client apps and vendors. `reports.py` is made from this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pushgate_client import types
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, bearer, path


class AsyncReports:
    """What client apps and vendors report, for a backend that passes reports on."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def received(self, reports: Sequence[types.ReceiptBody], *, secret: str | None = None) -> None:
        """Report that messages arrived, up to 1,000 at once. `secret` is that of the device."""
        await self._report("/v1/callbacks/received", reports, secret)

    async def clicked(self, reports: Sequence[types.ReceiptBody], *, secret: str | None = None) -> None:
        """Report that messages were clicked, up to 1,000 at once. `secret` as for `received`."""
        await self._report("/v1/callbacks/click", reports, secret)

    async def receipts(
        self, vendor: types.Vendor, app: str, receipt_secret: str, body: bytes, *, content_type: str
    ) -> dict[str, Any]:
        """Pass on what a vendor posted to the receipt URL of an app, as it came."""
        call = Call(
            method="POST",
            path=path("/v1/receipts/{}/{}/{}", vendor, app, receipt_secret),
            content=body,
            headers={"Content-Type": content_type},
        )
        return await self._transport.send(call)

    async def _report(self, where: str, reports: Sequence[types.ReceiptBody], secret: str | None) -> None:
        call = Call(method="POST", path=where, json=list(reports), headers=bearer(secret))
        await self._transport.send(call)
