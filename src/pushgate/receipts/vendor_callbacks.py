"""Callbacks of vendors: headers and body in, receipts in the ledger and dead tokens out of the
registry.

Knows no HTTP framework. The address of a callback contains a secret, and some vendors sign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.adapters.receipts import (
    InvalidSignature,
    MissingSignature,
    ReceiptEvent,
    ReceiptParser,
    ReportedEvent,
)
from pushgate.adapters.registry import vendors
from pushgate.apps.catalog import AppCatalog
from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.errors import NotConfiguredHere, NotFound, NotGenuine, TooLarge, UnreadableBody
from pushgate.domain.outcome import ReceiptKind
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.receipts.dead_receipts import DeadReceipts
from pushgate.receipts.gathering import ReceiptGathering
from pushgate.receipts.record import TerminalReport
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.runtime import logs
from pushgate.stores import Stores

MAX_EVENTS = 50_000
"""Events of one callback."""
_CHUNK = 5000
"""Events that are recorded at a time."""
_NONCE_TTL = timedelta(minutes=30)
"""How long a nonce is remembered: longer than a signature is valid, on both sides of now."""
_KINDS = {
    ReportedEvent.DELIVERED: ReceiptKind.DELIVERED,
    ReportedEvent.MUTED: ReceiptKind.MUTED,
    ReportedEvent.INVALID: ReceiptKind.GONE,
}
_log = logs.get("receipts")


@dataclass(frozen=True, slots=True)
class CallbackTarget:
    """The app and vendor that a callback's address names."""

    app: App
    vendor: str
    parser: ReceiptParser
    clicked: ReceiptKind = ReceiptKind.CLICKED
    """How clicks count: as unproven if the app counts only clicks that devices prove."""


class VendorCallbacks:
    """Takes the callbacks of all vendors."""

    def __init__(
        self,
        *,
        redis: Redis,
        clock: Clock,
        stores: Stores,
        catalog: AppCatalog,
        tokens: CallbackTokens,
        receipts: ReceiptGathering,
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._catalog = catalog
        self._tokens = tokens
        self._receipts = receipts
        self._dead_receipts = DeadReceipts(stores, clock)

    def target(self, vendor: str, app: str, secret: str) -> CallbackTarget:
        """Return the app and vendor whose callbacks come to this address.

        Raises NotFound for a wrong address, whatever is wrong about it. Raises NotConfiguredHere
        for a genuine address that this process has no settings for: a vendor repeats the callback,
        perhaps to a process that has them.
        """
        configured = self._catalog.apps.get(app)
        configured_vendor = configured.vendors.get(vendor) if configured else None
        parser = configured_vendor.adapter.receipt_parser if configured_vendor else None
        genuine = self._tokens.is_address(vendor, app, secret)
        if not genuine or vendor not in vendors() or (configured_vendor and not parser):
            raise NotFound("there is nothing at this path")
        if not (configured and parser):
            raise NotConfiguredHere(f"this process has no settings for {vendor} of the app {app}")
        clicked = ReceiptKind.UNPROVEN if configured.require_device_proof else ReceiptKind.CLICKED
        return CallbackTarget(configured.app, vendor, parser, clicked)

    async def receive(self, target: CallbackTarget, headers: Mapping[str, str], body: bytes) -> None:
        """Record the events of a callback. Repeating a callback changes nothing.

        Raises NotGenuine, UnreadableBody, TooLarge, EngineUnavailable.
        """
        try:
            nonce = target.parser.verify(headers, body, self._clock.now())
        except InvalidSignature as error:
            if isinstance(error, MissingSignature) and _is_empty(target.parser, body):
                return
            _log.warning(
                "receipt refused",
                action="receipt_refused",
                app=target.app.name,
                vendor=target.vendor,
                reason=str(error),
            )
            raise NotGenuine(str(error)) from error
        events = _read(target, body)
        async with reaching():
            await self._record_once(target, events, nonce)

    async def _record_once(
        self, target: CallbackTarget, events: Sequence[ReceiptEvent], nonce: str | None
    ) -> None:
        """Record the events unless a callback with the same nonce was recorded.

        The nonce is stored last: a vendor that gets an error repeats the callback with its nonce.
        """
        key = f"{QUEUE}:nonce:{target.app.name}:{target.vendor}:{nonce}"
        if nonce is not None and await self._redis.exists(key):
            return
        for start in range(0, len(events), _CHUNK):
            await self._record(target, events[start : start + _CHUNK])
        if nonce is not None:
            await self._redis.set(key, b"", px=_NONCE_TTL // timedelta(milliseconds=1))

    async def _record(self, target: CallbackTarget, events: Sequence[ReceiptEvent]) -> None:
        for reported, kind in {**_KINDS, ReportedEvent.CLICKED: target.clicked}.items():
            of_kind = [event for event in events if event.event is reported]
            if not of_kind:
                continue
            reports = [TerminalReport(event.message_id, event.token) for event in of_kind]
            verdicts = await self._receipts.record(kind, target.app, reports, target.vendor)
            if kind is ReceiptKind.GONE:
                await self._dead_receipts.remove(target.app, target.vendor, of_kind, verdicts)


def _read(target: CallbackTarget, body: bytes) -> Sequence[ReceiptEvent]:
    try:
        events = target.parser.parse(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not in {target.vendor}'s form") from error
    if len(events) > MAX_EVENTS:
        raise TooLarge(f"a callback may tell of {MAX_EVENTS} events")
    return events


def _is_empty(parser: ReceiptParser, body: bytes) -> bool:
    """Return whether a callback reports no event.

    The test of Huawei's console reports none and is not signed, see
    docs/reference/vendors/huawei.md#receipts.
    """
    try:
        return not parser.parse(body)
    except (ValueError, RecursionError):
        return False
