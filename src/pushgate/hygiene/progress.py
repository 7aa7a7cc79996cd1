"""How far work on a shard has come: phases yield it step by step. Pure."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pushgate.domain.app import App


class Change(StrEnum):
    """What hygiene changes in a registry. The values are labels of metrics."""

    MOVED = "moved"
    """Terminals that went to another slot of their group."""
    RETURNED = "returned_blocks"
    """Blocks that went back to their shard."""
    LOST_SLOTS = "lost_slots"
    """Slots that an unfinished import had taken, and that are free again."""
    MISSING_TERMS = "missing_terms"
    """Slots that a term lacked although the terminal's row has the term."""
    WRONG_TERMS = "wrong_terms"
    """Slots that a term had although the terminal's row does not have the term."""
    BITS = "bits"
    """Bits of slots in use, of moves and of shared users that did not agree with the rows."""
    UNUSED = "unused_names"
    """Names and days that no terminal has any more, and quiet hours that no person has."""
    SILENT = "silent"
    """Silent terminals that were forgotten."""


FAULTS = frozenset((Change.MISSING_TERMS, Change.WRONG_TERMS, Change.BITS))
"""Changes that no crash explains: a fault of Pushgate, or of what wrote to the store."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a phase: where the phase goes on after it, how many slots it looked at, and what
    it changed.
    """

    cursor: int
    slots: int
    changes: Mapping[Change, int] = field(default_factory=dict)


class Phase(Protocol):
    """One kind of work on a shard, in steps of a few milliseconds of Redis each.

    Each step may be repeated, and may be the last one: `run` goes on at the cursor of any step.
    Raises EngineUnavailable.
    """

    def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]: ...
