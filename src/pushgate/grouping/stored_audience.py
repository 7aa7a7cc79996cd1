"""The audience of a stored message as one expression."""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    AudienceKind,
    AudienceSummary,
    ByTerminal,
    ByUser,
    Everyone,
    OnePerUser,
    parts_of,
    with_parts,
)
from pushgate.messages.audiences import MessageAudiences
from pushgate.messages.saved_audiences import SavedAudiences


async def stored_audience(
    audiences: MessageAudiences,
    saved: SavedAudiences,
    app: App,
    message_id: str,
    summary: AudienceSummary,
) -> Audience:
    """The audience of a message, without push tokens. A lost audience holds nobody. Raises
    EngineUnavailable.
    """
    pieces = [await saved.expand(app, piece) async for piece in audiences.read(message_id, summary)]
    return Everyone() if summary.kind is AudienceKind.ALL else _joined(pieces)


def once_a_user(node: Audience, came: Audience, family: str) -> Audience:
    """The audience of a family. Where it takes one terminal per user, that is one of those whose
    time has come (`came`), and only for users of whom no part had a terminal.
    """
    parts = tuple(once_a_user(below, came, family) for below in parts_of(node))
    if isinstance(node, OnePerUser):
        return OnePerUser(AllOf((came, *parts)), but_of=family)
    return with_parts(node, parts)


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
