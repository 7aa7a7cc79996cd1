"""Finds the terminals that small messages are for, together for all messages of a round."""

from collections.abc import Mapping, Sequence
from itertools import chain

from pushgate.bundles.bodies import MAX_SMALL_AUDIENCE, Target
from pushgate.bundles.values import INLINE
from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.terminals.locations import TerminalLocations


async def locate_targets(
    locations: TerminalLocations, app: App, targets: Sequence[Target]
) -> list[Sequence[SlotRef] | None]:
    """For each target, the slots of its terminals without duplicates; None where there are more
    than a small message may have. Tokens of the message have the shard `INLINE`, and their number
    as the slot.

    Raises EngineUnavailable.
    """
    terminals = list(dict.fromkeys(chain.from_iterable(target.terminals for target in targets)))
    users = list(dict.fromkeys(chain.from_iterable(target.users for target in targets)))
    # Only the first slot of a terminal is its slot now; the others are former ones.
    slots = {
        terminal: found[0]
        for terminal, found in zip(terminals, await locations.locate(app, terminals), strict=True)
        if found
    }
    of_users = dict(zip(users, await locations.locate_each_user(app, users), strict=True)) if users else {}
    return [_slots(target, slots, of_users) for target in targets]


def _slots(
    target: Target,
    slots: Mapping[str, SlotRef],
    of_users: Mapping[str, Sequence[SlotRef] | None],
) -> Sequence[SlotRef] | None:
    if target.users:
        found: dict[SlotRef, None] = {}
        for user in target.users:
            of_user = of_users[user]
            if of_user is None:
                return None
            found.update(dict.fromkeys(of_user))
        return list(found) if len(found) <= MAX_SMALL_AUDIENCE else None
    if target.tokens:
        return [
            SlotRef(INLINE, Group(vendor, language, inline=True), number)
            for number, (vendor, _, language) in enumerate(target.tokens)
        ]
    return [slots[terminal] for terminal in target.terminals if terminal in slots]
