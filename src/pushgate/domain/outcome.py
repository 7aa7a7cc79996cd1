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


FAILED = (State.INVALID, State.REJECTED, State.EXPIRED)
"""The states of terminals that a message did not reach. A cancelled message reaches nobody on
purpose.
"""


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
    UNPROVEN = "unproven"
    """The vendor reported a click, for an app that counts only the clicks that a device proves."""


RECEIVED = (ReceiptKind.DELIVERED, ReceiptKind.CLICKED)
"""The receipts that prove that the push came to the terminal."""


class Outcome(StrEnum):
    """The vendor's answer for one terminal."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"


class FailureCode(StrEnum):
    """Pushgate's own failure codes. Every other code in results and logs is the vendor's.

    Messages store these codes: a code never changes its text. `meaning` and `remedy` are
    documentation; the reason in a message's results is more specific.
    """

    meaning: str
    remedy: str

    def __new__(cls, code: str, meaning: str = "", remedy: str = "") -> Self:
        """A member is equal to its code, a text."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning, member.remedy = meaning, remedy
        return member

    TTL = (
        "ttl",
        "The time to live ended before the first attempt.",
        "Give the message a longer ttl, or see in /status why pushes are late.",
    )
    VENDOR_NOT_CONFIGURED = (
        "vendor_not_configured",
        "No worker that has settings for the vendor took the push before the time to live ended.",
        "Add the vendor's section to the app, and start a worker that serves the vendor.",
    )
    VENDOR_PAUSED = (
        "vendor_paused",
        "Pushes were paused, because the vendor refused other pushes or did not answer them.",
        "See in /status what the vendor refuses, and give the message a longer ttl.",
    )
    PAUSED = (
        "paused",
        "The app or its vendor was paused by a call until the time to live ended.",
        "Resume the app or the vendor, and send the failures again (/retry).",
    )
    NOT_REPLICATED = (
        "not_replicated",
        "Too few replicas of Redis confirmed in time that the push was about to be sent at most once.",
        "Bring the replicas back, or lower redis.wait_replicas, and send the failures again (/retry).",
    )
    FORGOTTEN = (
        "forgotten",
        "The terminal was forgotten, or moved to another vendor, before the push was sent.",
        "Nothing; a terminal that is still there registers again.",
    )
    OPT_OUT = (
        "opt_out",
        "The terminal or its user opted out of the message's category.",
        "Nothing; the opt-out ends when the terminal or the user takes it back.",
    )
    FREQUENCY_CAP = (
        "frequency_cap",
        "The terminal had as many messages of the category that day as the app's cap lets through.",
        "Nothing; raise the category's per_day in the app's caps if it is too low.",
    )
    QUIET_HOURS = (
        "quiet_hours",
        "It was a quiet hour of the app in the terminal's time zone when the message was sent.",
        "Send at another time; set options.quiet_hours to hold, or to ignore for what cannot wait.",
    )
    QUOTA = (
        "quota",
        "The quota of the vendor's day was used up until the time to live ended.",
        "Give the message a longer ttl, send fewer pushes a day, or ask the vendor for a larger quota.",
    )
    DEVICE_LIMIT = (
        "device_limit",
        "The vendor shows the terminal no more marketing pushes that day.",
        "Nothing; set marketing_per_device in the vendor's section where the vendor shows more.",
    )
    DELIVERED_MEANWHILE = (
        "delivered_meanwhile",
        "The message that is escalated was delivered to its user before the step was sent.",
        "Nothing; the user has the message.",
    )
    CLICKED_MEANWHILE = (
        "clicked_meanwhile",
        "The message that is escalated was clicked by its user before the step was sent.",
        "Nothing; the user has seen the message.",
    )
    CONTENT_DROPPED = (
        "content_dropped",
        "The content of the message was dropped, or could not be read, before the push was sent.",
        "Send the message again; keep content_retention longer than failures are sent again.",
    )
    MISSING_VALUE = (
        "missing_value",
        "The content of a personal message needs a value that the terminal does not have.",
        "Give the placeholder a default, or the message on_missing: fallback.",
    )
    RESTORED = (
        "restored",
        "The store went back to an earlier copy, and an operator said that the message was sent since.",
        "Nothing; what became of the push is not known to this store.",
    )
    UNANSWERED = (
        "unanswered",
        "The push was sent at most once and the vendor did not answer. It is never sent again.",
        "Use delivery at_least_once where a second push does no harm.",
    )
    NO_ANSWER = (
        "no_answer",
        "The push was sent and the vendor did not answer.",
        "See the network and the vendor's endpoint; send the message again if it may arrive twice.",
    )
    INTERRUPTED = (
        "interrupted",
        "The push was sent and the worker stopped before an answer came.",
        "Send the message again if it may arrive twice; give workers the time to end their sends.",
    )
    UNREACHABLE = (
        "unreachable",
        "No connection to the vendor came about. Nothing was sent.",
        "See the network, the proxy and the vendor's endpoint, then send the message again.",
    )
    LEFT_ALONE = (
        "left_alone",
        "The push service was in trouble, or had asked for fewer pushes. Nothing was sent.",
        "Send the message again later, or give it a longer ttl.",
    )
    NOT_SAVED = (
        "not_saved",
        "The vendor did not store the content, which it must do before any push.",
        "Send the message again later; if it happens again, see what the vendor says of the content.",
    )
    TOKEN_UNREACHABLE = (
        "token_unreachable",
        "The vendor's token endpoint did not answer.",
        "See the network and the address of the token endpoint.",
    )
    TOKEN_UNREADABLE = (
        "token_unreadable",
        "The answer of the vendor's token endpoint held no access token.",
        "See that the address of the token endpoint is the vendor's, then run: pushgate check",
    )
    PAYLOAD_TOO_LARGE = (
        "payload_too_large",
        "The payload has more bytes than the vendor takes.",
        "Shorten content or data, or set on_too_long to truncate.",
    )
    TOO_LONG = (
        "too_long",
        "A field of the content is longer than the vendor takes.",
        "Shorten the field, or set on_too_long to truncate.",
    )
    BLANK = (
        "blank",
        "A field of the content that the vendor requires is blank.",
        "Fill the field in, in every language.",
    )
    NOTHING_SHOWN = (
        "nothing_shown",
        "The push would show nothing, and the vendor takes no such push.",
        "Give the message a title or a body, or leave this vendor's terminals out.",
    )
    UNSUPPORTED = (
        "unsupported",
        "The vendor has no push of the kind that the options ask for.",
        "Leave the option out, or leave this vendor's terminals out.",
    )
    BAD_OPTION = (
        "bad_option",
        "An option has a value, or stands with another option, that the vendor does not take.",
        "Correct the option that the reason names.",
    )
    BAD_IMAGE = (
        "bad_image",
        "The vendor does not take the address of the image.",
        "Use an address that the reason asks for.",
    )
    RESERVED_KEY = (
        "reserved_key",
        "The data has a key that the vendor reserves.",
        "Rename the key in the content's data.",
    )
    NO_CLIENT_ID = (
        "no_client_id",
        "The app's HarmonyOS section has no client_id, which a recall needs.",
        "Set client_id in the app's harmony section.",
    )
    UNREADABLE_CODE = (
        "unreadable_code",
        "The vendor's code was no short word, and is not repeated.",
        "See that the endpoint is the vendor's, and no server in between answers.",
    )
    OTHER = (
        "other",
        "One of many codes: results tell a limited number of failures apart, the rest count here.",
        "See the failures that are told apart.",
    )


@dataclass(frozen=True, slots=True)
class SlotRef:
    """A slot in a shard of an app, and its group: the place of a terminal, now or earlier.

    An inline group's slots are numbered in the message, all others in the shard.
    """

    shard: int
    group: Group
    slot: int
