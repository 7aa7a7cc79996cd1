"""Reports on accepted pushes: by simulated client apps, and by the vendors as callbacks.

Pushes that a vendor accepted come in; POST requests to the gateway go out. Knows no vendor's form.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from pydantic import BaseModel, ConfigDict, Field

from pushgate.sandbox.callbacks import CallbackRequest, ConsoleSettings, DeviceEvent, ReceiptBatch
from pushgate.sandbox.exchange import ReceiptRequest, SandboxPush
from pushgate.sandbox.registry import SimulatedVendors

MAX_STATUSES = 100
"""Statuses in one callback: Huawei's limit; the other vendors document none."""
_MAX_QUEUED = 100_000
_MAX_BATCH = 500
_CLIENT_REPORTS = {"delivered": "received", "clicked": "click"}
"""Events that client apps report, and the last part of the path they are reported to."""


class ReportPlan(BaseModel):
    """How users, client apps and vendors behave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="the gateway's address; unset = client apps do not report",
    )
    delivered_share: float = Field(default=0.95, ge=0, le=1)
    clicked_share: float = Field(default=0.3, ge=0, le=1, description="of those delivered")
    muted_share: float = Field(default=0, ge=0, le=1, description="whose user has switched notifications off")
    uninstalled_share: float = Field(default=0, ge=0, le=1, description="that vendors report as gone")
    delay: float = Field(default=0.2, ge=0, le=60, description="seconds between the push and the report")
    consoles: dict[str, ConsoleSettings] = Field(
        default_factory=dict,
        description="by vendor; a vendor reports where its push says so or its console has an address",
    )
    times: int = Field(
        default=1, ge=1, le=5, description="how often a vendor sends each callback, word for word"
    )


@dataclass(slots=True)
class CallbackCounts:
    """Callbacks that the gateway confirmed as the vendor requires, and those it did not."""

    confirmed: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class _ClientReport:
    """A kind of report by client apps: `received` or `click`."""

    kind: str


@dataclass(frozen=True, slots=True)
class _VendorCallback:
    """Receipts that a vendor sends in one callback."""

    vendor: str
    url: str
    event: DeviceEvent
    request: ReceiptRequest


_Report = tuple[_ClientReport | _VendorCallback, dict[str, str]]
"""What a report is part of, and its content."""


class Reporter:
    """Sends reports on accepted pushes, in batches.

    Reports that the gateway does not accept are counted.
    """

    def __init__(self, vendors: SimulatedVendors, plan: ReportPlan) -> None:
        self.plan = plan
        self.terminal_ids: dict[str, str] = {}
        """By push token. A client app without a terminal id reports its token."""
        self._vendors = vendors
        self._dropped = 0
        self._sent = 0
        self._callback_counts: defaultdict[str, CallbackCounts] = defaultdict(CallbackCounts)
        self._queue: asyncio.Queue[_Report] = asyncio.Queue(_MAX_QUEUED)
        self._random = random.Random(0)  # noqa: S311  # selects a share of users, no secret

    def add_push(self, vendor: str, push: SandboxPush) -> None:
        """Decide what happens to a push on each device, and queue the reports on it."""
        client_reports = bool(push.callback_token and self.plan.url)
        url = self._callback_url(vendor, push.receipts)
        if not client_reports and not url:
            return
        for token in push.accepted:
            for event in self._draw_events():
                if client_reports and (kind := _CLIENT_REPORTS.get(event)):
                    terminal = self.terminal_ids.get(token, token)
                    self._enqueue((_ClientReport(kind), {"token": push.callback_token, "terminal": terminal}))
                if url and push.receipts:
                    self._enqueue((_VendorCallback(vendor, url, event, push.receipts), {"token": token}))

    def summary(self) -> dict[str, object]:
        """Counts, for inspection."""
        receipts = {
            vendor: {"sent": counts.confirmed, "refused": counts.refused}
            for vendor, counts in sorted(self._callback_counts.items())
        }
        return {"sent": self._sent, "dropped": self._dropped, "receipts": receipts}

    async def run(self) -> None:
        """Send reports until cancelled."""
        # Without proxies and redirects: reports go only where a push or a console says.
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                batches = await self._next_batches()
                for kind, reports in batches.items():
                    if isinstance(kind, _ClientReport):
                        await self._send_client_reports(client, kind, reports)
                    else:
                        await self._send_callbacks(client, kind, [report["token"] for report in reports])

    def _callback_url(self, vendor: str, receipts: ReceiptRequest | None) -> str | None:
        """Where the vendor sends its receipts, None if it sends none."""
        if receipts is None:
            return None
        return receipts.url or self._console(vendor).url

    def _console(self, vendor: str) -> ConsoleSettings:
        return self.plan.consoles.get(vendor, ConsoleSettings())

    def _draw_events(self) -> Sequence[DeviceEvent]:
        """What happens to one push on one device."""
        plan, drawn = self.plan, self._random.random()
        if drawn < plan.uninstalled_share:
            return ("uninstalled",)
        if drawn < plan.uninstalled_share + plan.muted_share:
            return ("muted",)
        if self._random.random() >= plan.delivered_share:
            return ()
        return ("delivered", "clicked") if self._random.random() < plan.clicked_share else ("delivered",)

    def _enqueue(self, report: _Report) -> None:
        try:
            self._queue.put_nowait(report)
        except asyncio.QueueFull:
            self._dropped += 1

    async def _next_batches(self) -> dict[_ClientReport | _VendorCallback, list[dict[str, str]]]:
        """Wait for a report and for the plan's delay; returns the queued reports by their kind."""
        kind, report = await self._queue.get()
        await asyncio.sleep(self.plan.delay)
        batches = {kind: [report]}
        for _ in range(min(_MAX_BATCH, self._queue.qsize())):
            kind, report = self._queue.get_nowait()
            batches.setdefault(kind, []).append(report)
        return batches

    async def _send_client_reports(
        self, client: httpx.AsyncClient, report: _ClientReport, contents: list[dict[str, str]]
    ) -> None:
        if self.plan.url is None:
            return
        try:
            url = f"{self.plan.url.rstrip('/')}/v1/callbacks/{report.kind}"
            response = await client.post(url, json=contents)
            response.raise_for_status()
            self._sent += len(contents)
        except httpx.HTTPError:
            self._dropped += len(contents)

    async def _send_callbacks(
        self, client: httpx.AsyncClient, callback: _VendorCallback, tokens: list[str]
    ) -> None:
        vendor = self._vendors.by_name[callback.vendor]
        for start in range(0, len(tokens), MAX_STATUSES):
            batch = ReceiptBatch(
                event=callback.event,
                request=callback.request,
                tokens=tokens[start : start + MAX_STATUSES],
                at=datetime.now(UTC),
                console=self._console(callback.vendor),
            )
            request = vendor.write_callback(batch)
            if request is None:
                return
            for _ in range(self.plan.times):
                await self._send_callback(client, callback, request)

    async def _send_callback(
        self, client: httpx.AsyncClient, callback: _VendorCallback, request: CallbackRequest
    ) -> None:
        counts = self._callback_counts[callback.vendor]
        try:
            response = await client.post(callback.url, content=request.body, headers=request.headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            counts.refused += 1
            return
        if request.is_confirmed_by(response):
            counts.confirmed += 1
        else:
            counts.refused += 1
