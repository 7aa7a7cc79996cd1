"""The audience of a message as one expression."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    AudienceKind,
    ByTerminal,
    ByUser,
    Everyone,
    LocalTimeCame,
)
from pushgate.domain.family import Part
from pushgate.domain.message import Envelope
from pushgate.scheduler.family_plans import FamilyPlans
from pushgate.stores import Stores

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def whole_audience(stores: Stores, app: App, message: Envelope, family: FamilyPlans | None) -> Audience:
    """The audience of a message; of a part, those of its family whose time has come and that no
    other part of `family` is for. One that is lost holds nobody. Raises EngineUnavailable.
    """
    part = message.part
    owner, summary = (part.family, part.audience) if part else (message.id, message.audience)
    pieces = [
        await stores.saved_audiences.expand(app, piece)
        async for piece in stores.audiences.read(owner, summary)
    ]
    audience: Audience = Everyone() if summary.kind is AudienceKind.ALL else _joined(pieces)
    if part is None or family is None:
        return audience
    return AllOf((_came(part), audience, *family.not_reached()))


def _came(part: Part) -> Audience:
    if part.is_missed:
        return LocalTimeCame(part.timetable, _LONG_AGO, part.after)
    return LocalTimeCame(part.timetable, part.after, part.by)


def _joined(pieces: Sequence[Audience]) -> Audience:
    """The pieces of an audience as one node; nobody where there is none."""
    terminals = [one for piece in pieces if isinstance(piece, ByTerminal) for one in piece.terminals]
    users = [one for piece in pieces if isinstance(piece, ByUser) for one in piece.users]
    others = [piece for piece in pieces if not isinstance(piece, ByTerminal | ByUser)]
    if users:
        others.append(ByUser(tuple(users)))
    if len(others) == 1 and not terminals:
        return others[0]
    return AnyOf((ByTerminal(tuple(terminals)), *others))
