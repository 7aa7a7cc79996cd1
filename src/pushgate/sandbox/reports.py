"""The simulated client apps: they report that a push arrived, and that it was clicked."""

import asyncio
import random
from collections.abc import Mapping

import httpx
from pydantic import BaseModel, ConfigDict, Field

from pushgate.sandbox.exchange import Reply

_QUEUE = 100_000
_BATCH = 500


class ReportPlan(BaseModel):
    """How the client apps behave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = Field(
        default=None, pattern=r"^https?://", description="the gateway's address; unset = no reports"
    )
    delivered_share: float = Field(default=0.95, ge=0, le=1)
    clicked_share: float = Field(default=0.3, ge=0, le=1, description="of those delivered")
    delay: float = Field(default=0.2, ge=0, le=60, description="seconds between the push and the report")


class Reports:
    """Reports for pushes that were accepted, in batches; what the gateway does not take in time is dropped, counted."""

    def __init__(self) -> None:
        self.plan = ReportPlan()
        self.terminals: dict[str, str] = {}
        """Terminal ids by push token; a client app without one reports its token."""
        self.dropped = 0
        self.sent = 0
        self._queue: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue(_QUEUE)
        self._random = random.Random(0)  # noqa: S311  # a share of users, no secret

    def pushed(self, reply: Reply) -> None:
        """The vendor took a push: the client apps may report it."""
        if self.plan.url is None or not reply.callback:
            return
        for token in reply.accepted:
            if self._random.random() >= self.plan.delivered_share:
                continue
            report = {"token": reply.callback, "terminal": self.terminals.get(token, token)}
            self._put("received", report)
            if self._random.random() < self.plan.clicked_share:
                self._put("click", report)

    def _put(self, kind: str, report: dict[str, str]) -> None:
        try:
            self._queue.put_nowait((kind, report))
        except asyncio.QueueFull:
            self.dropped += 1

    async def run(self) -> None:
        """Send reports until cancelled."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                first = await self._queue.get()
                await asyncio.sleep(self.plan.delay)
                batches: dict[str, list[Mapping[str, str]]] = {}
                batches.setdefault(first[0], []).append(first[1])
                while not self._queue.empty() and sum(map(len, batches.values())) < _BATCH:
                    kind, report = self._queue.get_nowait()
                    batches.setdefault(kind, []).append(report)
                for kind, reports in batches.items():
                    await self._send(client, kind, reports)

    async def _send(self, client: httpx.AsyncClient, kind: str, reports: list[Mapping[str, str]]) -> None:
        if self.plan.url is None:
            return
        try:
            answer = await client.post(f"{self.plan.url.rstrip('/')}/v1/callbacks/{kind}", json=reports)
            answer.raise_for_status()
            self.sent += len(reports)
        except httpx.HTTPError:
            self.dropped += len(reports)
