"""The record of a frozen audience, with the progress of its freezing. Pure."""

from datetime import datetime
from enum import StrEnum

import msgspec


class FreezeState(StrEnum):
    """The progress of a freezing. Each state leads to the next one; every state leads to
    `RELEASING` if the freezing is stopped or the audience cannot be saved.
    """

    EVALUATING = "evaluating"
    """The terminals are being found. If the process dies, the freezing is given up."""
    MARKING = "marking"
    """The terminals are known, and get the name portion by portion."""
    SAVING = "saving"
    """All terminals have the name; the audience is to be saved."""
    FROZEN = "frozen"
    """The audience is saved."""
    RELEASING = "releasing"
    """The name is taken from all terminals."""


UNFINISHED = frozenset((FreezeState.EVALUATING, FreezeState.MARKING, FreezeState.SAVING))


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """An audience that is frozen, or being frozen, under a name.

    `key` is the name that its terminals get. `of` is the JSON of the audience with the number of
    ids in place of each list. `terminals` is how many terminals it held.
    """

    key: str
    name: str
    state: FreezeState
    requested_at: datetime
    of: str
    terminals: int = 0
