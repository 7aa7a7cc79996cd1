"""What becomes of a terminal in a message: states, outcomes, receipts."""

from enum import StrEnum


class RefusalScope(StrEnum):
    """What a vendor's refusal of a call is about. Only this pauses: the app's other pushes to the vendor go on."""

    TOPIC = "topic"
    CHANNEL = "channel"
    CLASS = "class of messages"
    RECEIPT = "receipt address"
    CALL = "call"
    HOST = "host"
    APP = "app"
    """All that the app sends to the vendor."""


class State(StrEnum):
    """Where one terminal stands in one message. It is in exactly one of these at every moment."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class ReceiptKind(StrEnum):
    """What a vendor or the client app reports after a push was accepted."""

    DELIVERED = "delivered"
    CLICKED = "clicked"
    MUTED = "muted"
    """The terminal shows no notifications: its user, or the system, keeps them back."""
    GONE = "gone"
    """The vendor found out later that the terminal is dead."""
    RECALLED = "recalled"
    """The vendor took the push back."""


class Outcome(StrEnum):
    """What a vendor said of one terminal."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"
