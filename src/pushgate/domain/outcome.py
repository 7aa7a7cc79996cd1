"""What becomes of a terminal in a message: its slot, its state, the vendor's outcome, failures and
receipts.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pushgate.domain.terminal import Group


class RefusalScope(StrEnum):
    """What a vendor's refusal of a call is about. Only pushes of this scope pause; the app's other
    pushes go on.
    """

    TOPIC = "topic"
    CHANNEL = "channel"
    CLASS = "class of messages"
    RECEIPT = "receipt address"
    CALL = "call"
    HOST = "host"
    APP = "app"
    """All pushes of the app to the vendor."""


class State(StrEnum):
    """The state of one terminal in one message. A terminal is in exactly one state at every
    moment.
    """

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
    """The terminal shows no notifications: its user or its system suppresses them."""
    GONE = "gone"
    """The vendor found out later that the terminal's push token is dead."""
    RECALLED = "recalled"
    """The vendor took the push back."""


class Outcome(StrEnum):
    """The vendor's answer for one terminal."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"


class FailureCode(StrEnum):
    """Pushgate's own failure codes. Every other code in results and logs is the vendor's.

    Messages store these codes: a code never changes its text. `meaning` is documentation; the
    reason in a message's results is more specific.
    """

    meaning: str

    def __new__(cls, code: str, meaning: str = "") -> Self:
        """A member is equal to its code, a text."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    TTL = "ttl", "The time to live ended before the first attempt."
    VENDOR_NOT_CONFIGURED = (
        "vendor_not_configured",
        "No worker that has settings for the vendor took the push before the time to live ended.",
    )
    VENDOR_PAUSED = (
        "vendor_paused",
        "Pushes were paused, because the vendor refused other pushes or did not answer them.",
    )
    FORGOTTEN = (
        "forgotten",
        "The terminal was forgotten, or moved to another vendor, before the push was sent.",
    )
    CONTENT_DROPPED = (
        "content_dropped",
        "The content of the message was dropped, or could not be read, before the push was sent.",
    )
    UNANSWERED = (
        "unanswered",
        "The push was sent at most once and the vendor did not answer. It is never sent again.",
    )
    NO_ANSWER = "no_answer", "The push was sent and the vendor did not answer."
    INTERRUPTED = "interrupted", "The push was sent and the worker stopped before an answer came."
    UNREACHABLE = "unreachable", "No connection to the vendor came about. Nothing was sent."
    LEFT_ALONE = (
        "left_alone",
        "The push service was in trouble, or had asked for fewer pushes. Nothing was sent.",
    )
    NOT_SAVED = "not_saved", "The vendor did not store the content, which it must do before any push."
    TOKEN_UNREACHABLE = "token_unreachable", "The vendor's token endpoint did not answer."
    TOKEN_UNREADABLE = "token_unreadable", "The answer of the vendor's token endpoint held no access token."
    PAYLOAD_TOO_LARGE = "payload_too_large", "The payload has more bytes than the vendor takes."
    TOO_LONG = "too_long", "A field of the content is longer than the vendor takes."
    BLANK = "blank", "A field of the content that the vendor requires is blank."
    NOTHING_SHOWN = "nothing_shown", "The push would show nothing, and the vendor takes no such push."
    UNSUPPORTED = "unsupported", "The vendor has no push of the kind that the options ask for."
    BAD_OPTION = (
        "bad_option",
        "An option has a value, or stands with another option, that the vendor does not take.",
    )
    BAD_IMAGE = "bad_image", "The vendor does not take the address of the image."
    RESERVED_KEY = "reserved_key", "The data has a key that the vendor reserves."
    NO_CLIENT_ID = "no_client_id", "The app's HarmonyOS section has no client_id, which a recall needs."
    UNREADABLE_CODE = "unreadable_code", "The vendor's code was no short word, and is not repeated."
    OTHER = "other", "One of many codes: a message's results tell 500 failures apart, the rest count here."


@dataclass(frozen=True, slots=True)
class SlotRef:
    """A slot in a shard of an app, and its group: the place of a terminal, now or earlier.

    An inline group's slots are numbered in the message, all others in the shard.
    """

    shard: int
    group: Group
    slot: int
