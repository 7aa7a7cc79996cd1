"""The types of events that an app's readers are told of, and the choice among them. Pure."""

from collections.abc import Collection
from enum import StrEnum

ALL_EVENTS = "*"
"""Stands for every type, those of later versions too."""


class EventType(StrEnum):
    """What happened. The names are stable: readers match on them, and must pass over those that
    they do not know.
    """

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
    TERMINAL_REGISTERED = "terminal.registered"
    TERMINAL_REMOVED = "terminal.removed"
    MESSAGE_SCHEDULED = "message.scheduled"
    MESSAGE_SENDING = "message.sending"
    MESSAGE_SENT = "message.sent"
    MESSAGE_CANCELLED = "message.cancelled"
    MESSAGE_SNAPSHOT = "message.snapshot"
    VENDOR_DOWN = "vendor.down"
    VENDOR_UP = "vendor.up"
    CREDENTIAL_EXPIRING = "credential.expiring"
    EVENTS_GAP = "events.gap"
    STORE_ROLLED_BACK = "store.rolled_back"


def fault_of_types(written: Collection[str]) -> str:
    """What is wrong with a choice of types; '' for a choice that holds."""
    known = [ALL_EVENTS, *EventType]
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
