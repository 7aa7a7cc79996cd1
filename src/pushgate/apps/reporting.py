"""Finds the vendors of an app whose deliveries nobody reports, and checks messages that are
escalated unless they are delivered.
"""

from pushgate.adapters.receipts import ReportedEvent
from pushgate.apps.audience_now import Findings
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import FieldError
from pushgate.domain.escalation import WEBHOOK, Unless
from pushgate.domain.message import Message
from pushgate.stores import Stores

_NOBODY = (
    "nobody reports deliveries of this app: its vendors send no receipts, and its client app has reported "
    "none for 90 days; let the client app report them (POST /v1/receipts), or escalate unless clicked"
)
_NO_READER = (
    "nobody reads the events of this app: create a webhook (POST /v1/webhooks), or read GET /v1/events, "
    "before the step comes"
)
_SILENT = (
    "nobody reports deliveries of {} for this app: what they accept counts as delivered, and is not escalated"
)


async def silent_vendors(stores: Stores, configured: ConfiguredApp) -> list[str]:
    """Return the vendors of the app that send no receipts of deliveries, and of which the client
    app has reported none lately. Raises EngineUnavailable.
    """
    quiet = [
        name
        for name, of_app in configured.vendors.items()
        if ReportedEvent.DELIVERED not in of_app.vendor.receipt_events
    ]
    reported = await stores.delivery_reports.vendors(configured.app) if quiet else set[str]()
    return sorted(name for name in quiet if name not in reported)


async def check_readers(stores: Stores, configured: ConfiguredApp, message: Message) -> list[FieldError]:
    """Return a warning for a step that only readers of events would notice, where there is none.

    Raises EngineUnavailable.
    """
    told = [number for number, step in enumerate(message.escalate) if step.to == WEBHOOK]
    if not told or await stores.event_log.readers(configured.app):
        return []
    return [FieldError(f"escalate.{told[0]}.to", _NO_READER)]


async def check_reporting(stores: Stores, configured: ConfiguredApp, message: Message) -> Findings:
    """Check that the reports that a message's steps depend on are sent by somebody.

    Raises EngineUnavailable.
    """
    waiting = [number for number, step in enumerate(message.escalate) if step.unless is Unless.DELIVERED]
    warnings = await check_readers(stores, configured, message)
    if not waiting:
        return Findings([], warnings)
    silent = await silent_vendors(stores, configured)
    field = f"escalate.{waiting[0]}.unless"
    if silent and len(silent) == len(configured.vendors):
        return Findings([FieldError(field, _NOBODY)], [])
    if silent:
        warnings.append(FieldError(field, _SILENT.format(", ".join(silent))))
    return Findings([], warnings)
