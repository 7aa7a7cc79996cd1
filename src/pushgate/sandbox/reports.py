"""What becomes of pushes that were taken: the simulated client apps report it, and so do the vendors themselves."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx
from pydantic import BaseModel, ConfigDict, Field

from pushgate.sandbox.callbacks import FORMS, MOST, Console, Fate, Told
from pushgate.sandbox.exchange import ReceiptWanted, SandboxResponse

_QUEUE = 100_000
_BATCH = 500
_KINDS = {"delivered": "received", "clicked": "click"}
"""What client apps report, and where."""


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
    consoles: dict[str, Console] = Field(
        default_factory=dict,
        description="by vendor; a vendor reports where its push says so or its console has an address",
    )
    times: int = Field(
        default=1, ge=1, le=5, description="how often a vendor sends each callback, word for word"
    )


@dataclass(slots=True)
class Answers:
    """How the gateway has answered a vendor's callbacks: as that vendor wants, or not."""

    sent: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class _Callback:
    """Receipts that go into one request of a vendor."""

    vendor: str
    url: str
    fate: Fate
    wanted: ReceiptWanted


_Report = tuple[str | _Callback, dict[str, str]]
"""The kind of a client app's report, or the callback it is part of; and what it says."""


class Reports:
    """Reports for pushes that were accepted, in batches; what the gateway does not take in time is dropped, counted."""

    def __init__(self) -> None:
        self.plan = ReportPlan()
        self.terminals: dict[str, str] = {}
        """Terminal ids by push token; a client app without one reports its token."""
        self.dropped = 0
        self.sent = 0
        self.answers: defaultdict[str, Answers] = defaultdict(Answers)
        """By vendor."""
        self._queue: asyncio.Queue[_Report] = asyncio.Queue(_QUEUE)
        self._random = random.Random(0)  # noqa: S311  # a share of users, no secret

    def pushed(self, vendor: str, reply: SandboxResponse) -> None:
        """The vendor took a push: it becomes known what came of it."""
        reports_itself = bool(reply.callback and self.plan.url)
        url = self._address(vendor, reply.wanted)
        if not reports_itself and not url:
            return
        for token in reply.accepted:
            for fate in self._fates():
                if reports_itself and (kind := _KINDS.get(fate)):
                    self._put((kind, {"token": reply.callback, "terminal": self.terminals.get(token, token)}))
                if url and reply.wanted:
                    self._put((_Callback(vendor, url, fate, reply.wanted), {"token": token}))

    def told(self) -> dict[str, object]:
        """Counts, for inspection."""
        vendors = {
            vendor: {"sent": one.sent, "refused": one.refused} for vendor, one in sorted(self.answers.items())
        }
        return {"sent": self.sent, "dropped": self.dropped, "receipts": vendors}

    def _address(self, vendor: str, wanted: ReceiptWanted | None) -> str | None:
        """Where the vendor reports, if it does."""
        if wanted is None:
            return None
        return wanted.url or self.plan.consoles.get(vendor, Console()).url

    def _fates(self) -> Sequence[Fate]:
        """What comes of one push."""
        plan, drawn = self.plan, self._random.random()
        if drawn < plan.uninstalled_share:
            return ("uninstalled",)
        if drawn < plan.uninstalled_share + plan.muted_share:
            return ("muted",)
        if self._random.random() >= plan.delivered_share:
            return ()
        return ("delivered", "clicked") if self._random.random() < plan.clicked_share else ("delivered",)

    def _put(self, report: _Report) -> None:
        try:
            self._queue.put_nowait(report)
        except asyncio.QueueFull:
            self.dropped += 1

    async def run(self) -> None:
        """Send reports until cancelled."""
        # No proxy, no following: the address is what a push or a console says, and nothing else.
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                first = await self._queue.get()
                await asyncio.sleep(self.plan.delay)
                batches: dict[str | _Callback, list[dict[str, str]]] = {first[0]: [first[1]]}
                for _ in range(min(_BATCH, self._queue.qsize())):
                    kind, report = self._queue.get_nowait()
                    batches.setdefault(kind, []).append(report)
                for kind, reports in batches.items():
                    if isinstance(kind, str):
                        await self._send(client, kind, reports)
                    else:
                        await self._call(client, kind, [report["token"] for report in reports])

    async def _send(self, client: httpx.AsyncClient, kind: str, reports: list[dict[str, str]]) -> None:
        """Client apps report."""
        if self.plan.url is None:
            return
        try:
            answer = await client.post(f"{self.plan.url.rstrip('/')}/v1/callbacks/{kind}", json=reports)
            answer.raise_for_status()
            self.sent += len(reports)
        except httpx.HTTPError:
            self.dropped += len(reports)

    async def _call(self, client: httpx.AsyncClient, callback: _Callback, tokens: list[str]) -> None:
        """A vendor reports."""
        console = self.plan.consoles.get(callback.vendor, Console())
        told = Told(callback.fate, callback.wanted, (), datetime.now(UTC), console)
        for start in range(0, len(tokens), MOST):
            request = FORMS[callback.vendor](replace(told, tokens=tokens[start : start + MOST]))
            if request is None:
                return
            for _ in range(self.plan.times):
                answers = self.answers[callback.vendor]
                try:
                    answer = await client.post(callback.url, content=request.body, headers=request.headers)
                except (httpx.HTTPError, httpx.InvalidURL):
                    answers.refused += 1
                    continue
                if request.satisfied_by(answer):
                    answers.sent += 1
                else:
                    answers.refused += 1
