"""Listed terminals and users, located in the registry. All calls raise EngineUnavailable."""

from collections.abc import AsyncIterator, Sequence

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.grouping.algebra import InTerm
from pushgate.redis.scripts import portions
from pushgate.terminals.locations import TerminalLocations
from pushgate.terminals.terms import user_term

_USERS_AT_ONCE = 500


async def locate_terminals(locations: TerminalLocations, app: App, terminals: Sequence[str]) -> list[SlotRef]:
    """The slots that the terminals have now. Unknown ones are left out."""
    # The first slot of a terminal is its slot now; the others are former ones.
    return [slots[0] for slots in await locations.locate(app, terminals) if slots]


async def locate_users(
    locations: TerminalLocations, app: App, users: Sequence[str]
) -> AsyncIterator[tuple[list[SlotRef], list[InTerm]]]:
    """For each portion of the users, the slots of their terminals, and the terms of users with too
    many terminals to be located.
    """
    for some in portions(users, _USERS_AT_ONCE):
        found = await locations.locate_each_user(app, some)
        large = [InTerm(user_term(user)) for user, slots in zip(some, found, strict=True) if slots is None]
        yield [slot_ref for slots in found for slot_ref in slots or ()], large
