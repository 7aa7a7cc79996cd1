"""Which events a reader wants, and in which form. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from pushgate.domain.event_type import EventType


class Form(StrEnum):
    """How events of terminals are told."""

    COMPACT = "compact"
    """One event of many terminals to which the same happened."""
    EXPANDED = "expanded"
    """One event of each terminal, with its user and the message's own data."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants. One who does not see terminals gets their number alone."""

    types: frozenset[EventType]
    form: Form = Form.COMPACT
    sees_terminals: bool = True
