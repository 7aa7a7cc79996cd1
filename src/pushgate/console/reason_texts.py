"""Why a push did not arrive, as a title with its remedy: Pushgate's own codes, and what follows
from the vendors' codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pushgate.adapters.response_codes import CallFailure
from pushgate.console.marking import N_
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What a failure's code means, and what to do about it."""

    title: str
    remedy: str
    needs_nothing: bool = False


OWN_CODES: Mapping[str, ReasonText] = {
    FailureCode.TTL: ReasonText(
        N_("The time to live ended before the first attempt"),
        N_("Give the message more time, or see on Now why pushes are late, then send again."),
    ),
    FailureCode.VENDOR_NOT_CONFIGURED: ReasonText(
        N_("No worker had settings for the vendor until the time to live ended"),
        N_("Enter the vendor’s credentials, then send again."),
    ),
    FailureCode.VENDOR_PAUSED: ReasonText(
        N_("Pushes were held back, because the vendor refused others or did not answer"),
        N_("See under Vendors what it refuses, then send again with more time."),
    ),
    FailureCode.PAUSED: ReasonText(
        N_("The app or its vendor was paused until the time to live ended"),
        N_("Resume it, then send again."),
    ),
    FailureCode.NOT_REPLICATED: ReasonText(
        N_("Too few replicas of Redis noted in time that the push was about to be sent at most once"),
        N_("Bring the replicas back, or lower redis.wait_replicas, then send again."),
    ),
    FailureCode.FORGOTTEN: ReasonText(
        N_("The phone was forgotten, or moved to another vendor, before its turn"),
        N_("Nothing to do. A phone that is still there registers again."),
        needs_nothing=True,
    ),
    FailureCode.OPT_OUT: ReasonText(
        N_("The phone or its user opted out of the message’s category"),
        N_("Nothing to do. The opt-out ends when the phone or the user takes it back."),
        needs_nothing=True,
    ),
    FailureCode.FREQUENCY_CAP: ReasonText(
        N_("The phone had as many messages of the category that day as it may"),
        N_("Nothing to do. Raise the category’s cap if it is too low."),
        needs_nothing=True,
    ),
    FailureCode.QUIET_HOURS: ReasonText(
        N_("It was a quiet hour where the phone is"),
        N_("Send at another time, or ignore quiet hours for what cannot wait."),
        needs_nothing=True,
    ),
    FailureCode.QUOTA: ReasonText(
        N_("The vendor’s quota of the day was used up"),
        N_("Send again tomorrow; ask the vendor for a larger quota."),
    ),
    FailureCode.DEVICE_LIMIT: ReasonText(
        N_("The vendor shows the phone no more marketing that day"),
        N_("Nothing to do. Raise marketing_per_device of the vendor if it shows more."),
        needs_nothing=True,
    ),
    FailureCode.DELIVERED_MEANWHILE: ReasonText(
        N_("The user received the message on another phone before this step’s turn"),
        N_("Nothing to do. The user has the message."),
        needs_nothing=True,
    ),
    FailureCode.CLICKED_MEANWHILE: ReasonText(
        N_("The user opened the message on another phone before this step’s turn"),
        N_("Nothing to do. The user has seen the message."),
        needs_nothing=True,
    ),
    FailureCode.CONTENT_DROPPED: ReasonText(
        N_("The content was dropped before the push was sent"),
        N_("Make the message again; keep content_retention longer than failures are sent again."),
    ),
    FailureCode.MISSING_VALUE: ReasonText(
        N_("The text needs a value that the phone does not have"),
        N_("Give the placeholder a default, or the message a text for phones without the value."),
    ),
    FailureCode.UNANSWERED: ReasonText(
        N_("Sent at most once, and the vendor did not answer"),
        N_("It is never sent again. Use at least once where a second push does no harm."),
        needs_nothing=True,
    ),
    FailureCode.NO_ANSWER: ReasonText(
        N_("Sent, and the vendor did not answer"),
        N_("See the network and the vendor’s endpoint; send again if it may arrive twice."),
    ),
    FailureCode.RESTORED: ReasonText(
        N_("Counted as sent after the store went back to a copy"),
        N_("Nothing to do: an operator said that it was sent. This store does not know what became of it."),
    ),
    FailureCode.INTERRUPTED: ReasonText(
        N_("Sent, and the worker stopped before an answer came"),
        N_("Send again if it may arrive twice; give workers the time to end their sends."),
    ),
    FailureCode.UNREACHABLE: ReasonText(
        N_("No connection to the vendor came about"),
        N_("Nothing was sent. See the network, the proxy and the endpoint, then send again."),
    ),
    FailureCode.LEFT_ALONE: ReasonText(
        N_("The push service was in trouble, or had asked for fewer pushes"),
        N_("Nothing was sent. Send again later, with more time."),
    ),
    FailureCode.NOT_SAVED: ReasonText(
        N_("The vendor did not store the content, which it must do before any push"),
        N_("Send again later; if it happens again, see what the vendor says of the content."),
    ),
    FailureCode.TOKEN_UNREACHABLE: ReasonText(
        N_("The vendor’s token endpoint did not answer"),
        N_("See the network and the address of the token endpoint."),
    ),
    FailureCode.TOKEN_UNREADABLE: ReasonText(
        N_("The vendor’s token endpoint gave no access token"),
        N_("See that its address is the vendor’s, and try the credentials under Vendors."),
    ),
    FailureCode.PAYLOAD_TOO_LARGE: ReasonText(
        N_("The payload has more bytes than the vendor takes"),
        N_("Shorten the text or the data, or let it be cut, then send again."),
    ),
    FailureCode.TOO_LONG: ReasonText(
        N_("A text is longer than the vendor takes"),
        N_("Shorten it, or let it be cut, in a duplicate of the message."),
    ),
    FailureCode.BLANK: ReasonText(
        N_("A text that the vendor requires is blank"),
        N_("Fill it in, in every language, in a duplicate of the message."),
    ),
    FailureCode.NOTHING_SHOWN: ReasonText(
        N_("The push would show nothing, and the vendor takes no such push"),
        N_("Give the message a title or a text, or leave this vendor’s phones out."),
    ),
    FailureCode.UNSUPPORTED: ReasonText(
        N_("The vendor has no push of the kind that the options ask for"),
        N_("Leave the option out, or leave this vendor’s phones out."),
    ),
    FailureCode.BAD_OPTION: ReasonText(
        N_("The vendor does not take the value of an option"),
        N_("Correct the option in a duplicate of the message."),
    ),
    FailureCode.BAD_IMAGE: ReasonText(
        N_("The vendor does not take the address of the image"),
        N_("Use another address in a duplicate of the message."),
    ),
    FailureCode.RESERVED_KEY: ReasonText(
        N_("The data has a key that the vendor reserves"),
        N_("Rename the key in a duplicate of the message."),
    ),
    FailureCode.NO_CLIENT_ID: ReasonText(
        N_("HarmonyOS needs a client_id to recall"),
        N_("Set client_id in the app’s HarmonyOS section."),
    ),
    FailureCode.UNREADABLE_CODE: ReasonText(
        N_("The vendor’s code was no short word"),
        N_("See that the endpoint is the vendor’s, and no server in between answers."),
    ),
    FailureCode.OTHER: ReasonText(
        N_("One of many other codes"),
        N_("See the failures that are told apart, and who is concerned."),
    ),
}
"""Pushgate's own codes."""

BY_EFFECT: Mapping[Outcome | CallFailure, str] = {
    Outcome.ACCEPTED: N_("Nothing to do. The vendor took the push."),
    Outcome.INVALID: N_("Nothing to do. The phone left the registry, and comes back when the app is opened."),
    Outcome.REJECTED: N_(
        "Correct what the code names in a duplicate of the message, or in the app’s settings."
    ),
    Outcome.RETRY: N_("Send again, with more time to live."),
    Outcome.UNKNOWN: N_("Send again, if it may arrive twice."),
    CallFailure.AUTH: N_("Correct the credentials under Vendors, then send again."),
    CallFailure.THROTTLED: N_("Lower the vendor’s rate limit, or give messages more time, then send again."),
    CallFailure.DAY_QUOTA: N_("Send again tomorrow; ask the vendor for a larger quota."),
    CallFailure.UNAVAILABLE: N_("Nothing to do at the vendor once it recovers; then send again."),
    CallFailure.REFUSED: N_("Correct the app’s credentials or permissions at the vendor, then send again."),
}
"""What to do about a vendor's code, by what Pushgate does about it."""

BY_SCOPE: Mapping[RefusalScope, str] = {
    RefusalScope.TOPIC: N_("See that the app’s credentials may push to this topic, then send again."),
    RefusalScope.CHANNEL: N_("See that the channel exists and may be used at the vendor, then send again."),
    RefusalScope.CLASS: N_("See that the vendor has granted this class of messages, then send again."),
    RefusalScope.RECEIPT: N_("See that the receipt address is registered at the vendor, then send again."),
}
"""What to do about a refusal of a part of the pushes."""

MUTED = N_("Nothing to do. The user has turned notifications off.")
NOT_BELIEVED = N_(
    "All tokens of one call were called dead at once, which is not believed. See that the credentials and "
    "the environment are the right ones for these phones, then send again."
)
UNDOCUMENTED = N_("The vendor’s documents do not have this code. Ask the vendor, then send again.")
