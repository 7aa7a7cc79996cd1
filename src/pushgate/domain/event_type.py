"""The types of events that an app's readers receive, and choices among the types. Pure."""

from collections.abc import Collection, Iterable
from enum import StrEnum

ALL_EVENTS = "*"
"""Stands for every type, those of later versions too."""
_ANY_END = ".*"
"""Ends a choice that stands for all types with the same beginning: `terminal.*`."""


class EventType(StrEnum):
    """What happened. The names are stable: readers match on them, and must pass over those that
    they do not know.
    """

    TERMINAL_PENDING = "terminal.pending"
    """The push waits: it is new, or is sent again after a failure."""
    TERMINAL_ACCEPTED = "terminal.accepted"
    TERMINAL_INVALID = "terminal.invalid"
    TERMINAL_REJECTED = "terminal.rejected"
    TERMINAL_EXPIRED = "terminal.expired"
    TERMINAL_CANCELLED = "terminal.cancelled"
    TERMINAL_DELIVERED = "terminal.delivered"
    TERMINAL_CLICKED = "terminal.clicked"
    TERMINAL_MUTED = "terminal.muted"
    TERMINAL_GONE = "terminal.gone"
    TERMINAL_RECALLED = "terminal.recalled"
    TERMINAL_NOT_REACHED = "terminal.not_reached"
    """A step of an escalation came: the message reached none of the terminals of the user."""
    TERMINAL_REGISTERED = "terminal.registered"
    TERMINAL_REMOVED = "terminal.removed"
    MESSAGE_PLANNED = "message.planned"
    """Terminals of a group were added to the message's plan."""
    MESSAGE_SCHEDULED = "message.scheduled"
    MESSAGE_SENDING = "message.sending"
    MESSAGE_PAUSED = "message.paused"
    MESSAGE_HELD = "message.held"
    """The message was paused because of its canary's results."""
    MESSAGE_SENT = "message.sent"
    MESSAGE_CANCELLED = "message.cancelled"
    MESSAGE_DECIDED = "message.decided"
    """The rest of a message gets one of its variants."""
    MESSAGE_SNAPSHOT = "message.snapshot"
    VENDOR_DOWN = "vendor.down"
    VENDOR_UP = "vendor.up"
    CREDENTIAL_EXPIRING = "credential.expiring"
    EVENTS_GAP = "events.gap"
    STORE_ROLLED_BACK = "store.rolled_back"


FAMILIES = tuple(dict.fromkeys(one.partition(".")[0] + _ANY_END for one in EventType))
"""The choices that stand for all types with the same beginning."""


def types_of(written: Iterable[str]) -> frozenset[EventType]:
    """The types that a valid choice stands for."""
    return frozenset(one for choice in written for one in EventType if _stands_for(choice, one))


def fault_of_types(written: Collection[str]) -> str:
    """Say what is wrong with a choice of types; '' for a valid choice."""
    known = [ALL_EVENTS, *FAMILIES, *EventType]
    unknown = [name for name in written if name not in known]
    if not written:
        return 'must name one type of events at least; "*" is all of them'
    if unknown:
        return f"must be of: {', '.join(known)}"
    if len(set(written)) < len(written):
        return "must name each type once"
    if ALL_EVENTS in written and len(written) > 1:
        return 'must be ["*"] alone, or a list of types'
    return ""


def _stands_for(choice: str, event_type: EventType) -> bool:
    if choice.endswith(_ANY_END):
        return event_type.startswith(choice.removesuffix(ALL_EVENTS))
    return choice in (ALL_EVENTS, event_type)
