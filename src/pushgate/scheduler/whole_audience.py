"""The audience of a message as one expression."""

from datetime import UTC, datetime

from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    Audience,
    BestHourCame,
    LocalTimeCame,
)
from pushgate.domain.family import Part
from pushgate.domain.message import Envelope
from pushgate.grouping.stored_audience import once_a_user, stored_audience
from pushgate.scheduler.family_plans import FamilyPlans
from pushgate.stores import Stores

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def whole_audience(stores: Stores, app: App, message: Envelope, family: FamilyPlans | None) -> Audience:
    """The audience of a message. For a part, the terminals of its family's audience whose time has
    come and that no other part is for. A lost audience holds nobody. Raises EngineUnavailable.
    """
    part = message.part
    owner, summary = (part.family, part.audience) if part else (message.id, message.audience)
    audience = await stored_audience(stores.audiences, stores.saved_audiences, app, owner, summary)
    if part is None or family is None:
        return audience
    came = _came(part)
    return AllOf((came, once_a_user(audience, came, part.family), *family.not_reached()))


def _came(part: Part) -> Audience:
    if part.best_hour:
        return BestHourCame(part.best_hour, part.by)
    if part.is_missed:
        return LocalTimeCame(part.timetable, _LONG_AGO, part.after)
    return LocalTimeCame(part.timetable, part.after, part.by)
