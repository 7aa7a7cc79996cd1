"""How far the freezing of one audience has come. Pure."""

from datetime import datetime
from enum import StrEnum

import msgspec


class FreezeState(StrEnum):
    """What is to be done next. Each state leads to the next one, and any of the first two to
    `RELEASING`.
    """

    EVALUATING = "evaluating"
    """The terminals are being found. Nothing is kept of this if its process dies."""
    MARKING = "marking"
    """The terminals are known, and get the name one portion after the other."""
    SAVING = "saving"
    """All terminals have the name; the audience is to be saved."""
    FROZEN = "frozen"
    RELEASING = "releasing"
    """The name is taken from all terminals."""


UNFINISHED = frozenset((FreezeState.EVALUATING, FreezeState.MARKING, FreezeState.SAVING))


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """The freezing of an audience under a name.

    `key` names the terminals, `of` is the JSON of the audience with the number of ids in place of
    each list, `terminals` is how many terminals it held.
    """

    key: str
    name: str
    state: FreezeState
    requested_at: datetime
    of: str
    terminals: int = 0
