"""What the app's last large messages say of an audience's terminals."""

from datetime import datetime

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.message_id import UNASSIGNED
from pushgate.preflight.plan import RecentOutcomes
from pushgate.preflight.slots import Slots, count_common, merge_slots, message_slots
from pushgate.stores import Stores
from pushgate.tracking.terminal_filters import TerminalFilter

MAX_MESSAGES = 10
"""Messages that are read: those with the latest push times."""
_DEAD = (TerminalFilter.INVALID, TerminalFilter.GONE)


async def read_recent_outcomes(stores: Stores, app: App, slots: Slots, now: datetime) -> RecentOutcomes:
    """Count the terminals that were muted or called dead in one of the last large messages.

    Raises EngineUnavailable.
    """
    places = await stores.message_index.pushed(app.name, (to_ms(now) + 1, UNASSIGNED), MAX_MESSAGES)
    nobody: Slots = [{} for _ in slots]
    muted, dead, read = nobody, nobody, 0
    for _, message_id in places:
        try:
            muted = merge_slots(muted, await message_slots(stores, app, message_id, TerminalFilter.MUTED))
            for wanted in _DEAD:
                dead = merge_slots(dead, await message_slots(stores, app, message_id, wanted))
        except NotFound:
            continue  # forgotten meanwhile
        read += 1
    return RecentOutcomes(messages=read, muted=count_common(slots, muted), dead=count_common(slots, dead))
