"""Which events a reader wants, and in which form. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from pushgate.domain.event_type import EventType


class Form(StrEnum):
    """The form of events about terminals."""

    COMPACT = "compact"
    """One event for many terminals to which the same happened."""
    EXPANDED = "expanded"
    """One event for each terminal, with its user and the message's own data."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants. A reader that may not see terminals only gets their number."""

    types: frozenset[EventType]
    form: Form = Form.COMPACT
    sees_terminals: bool = True
