"""The state of Pushgate, and the callback key. `operations.py` is made from this file."""

from __future__ import annotations

from typing import cast

from pushgate_client import types
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, present

_NOT_READY = frozenset({503})


class AsyncOperations:
    """What operators and monitoring ask for."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def status(self) -> types.SystemStatus:
        """Return problems with their remedies, queues and, for an operator, all processes."""
        return cast("types.SystemStatus", await self._transport.send(Call(method="GET", path="/status")))

    async def activity(self, *, timezone: str = "UTC") -> types.ActivityReport:
        """Return what happened to the app's terminals today and in the last hour. `timezone` is the
        IANA name of the time zone in which today begins.
        """
        call = Call(method="GET", path="/v1/activity", query={"timezone": timezone})
        return cast("types.ActivityReport", await self._transport.send(call))

    async def quotas(self) -> types.QuotaReport:
        """Return how much of its vendors' daily quotas the app has used today."""
        call = Call(method="GET", path="/v1/quotas")
        return cast("types.QuotaReport", await self._transport.send(call))

    async def health(self) -> types.Health:
        """Return at once where the process is alive."""
        return cast("types.Health", await self._transport.send(Call(method="GET", path="/healthz")))

    async def readiness(self) -> types.Readiness:
        """Tell whether a message would be stored now, and the state of each engine."""
        call = Call(method="GET", path="/readyz", answers=_NOT_READY)
        return cast("types.Readiness", await self._transport.send(call))

    async def metrics(self) -> str:
        """Return the metrics of the process that answers, in Prometheus' text form."""
        return await self._transport.text(Call(method="GET", path="/metrics"))

    async def fleet_metrics(self) -> str:
        """Return the metrics that all processes share, in Prometheus' text form."""
        return await self._transport.text(Call(method="GET", path="/metrics/fleet"))

    async def callback_key(self) -> types.CallbackKeyList:
        """Return the keys that verify callback tokens and receipt URLs, without secrets."""
        call = Call(method="GET", path="/v1/callback-key")
        return cast("types.CallbackKeyList", await self._transport.send(call))

    async def rotate_callback_key(self, *, overlap: str | None = None) -> types.CallbackKeyList:
        """Make a new callback key. The keys before hold for `overlap`, such as `12h` or `30d`."""
        call = Call(
            method="POST",
            path="/v1/callback-key:rotate",
            json=present(overlap=overlap),
            repeatable=False,
        )
        return cast("types.CallbackKeyList", await self._transport.send(call))
