"""Which blocks of a group are worth emptying. Pure."""

from collections.abc import Mapping

from pushgate.domain.bitmaps import SLOTS_PER_BLOCK

MAX_LIVING = SLOTS_PER_BLOCK // 2
"""A block with more terminals stays: to move them costs more than the space that is gained."""


def choose_blocks(living: Mapping[int, int], room: Mapping[int, int]) -> list[int]:
    """The blocks of a group to empty, the emptiest first.

    `living` counts the terminals of each block, `room` the slots of each block that a terminal may
    get now. All terminals of the chosen blocks have room in the blocks that stay. Empty blocks are
    not chosen: nothing has to be moved out of them.
    """
    chosen: list[int] = []
    wanted, left = 0, sum(room.values())
    for terminals, block in sorted((terminals, block) for block, terminals in living.items()):
        if terminals > MAX_LIVING:
            break
        if not terminals:
            continue
        wanted, left = wanted + terminals, left - room.get(block, 0)
        if wanted > left:
            break
        chosen.append(block)
    return chosen
