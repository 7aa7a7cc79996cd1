"""The possible findings about a terminal: codes, each with a text and a next step. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class FindingCode(StrEnum):
    """The possible findings. Clients match on the codes, so a code never changes its meaning.

    Both texts may have placeholders for the finding's params.
    """

    meaning: str
    remedy: str

    def __new__(cls, code: str, meaning: str = "", remedy: str = "") -> Self:
        """A member is equal to its code, a text."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning, member.remedy = meaning, remedy
        return member

    UNKNOWN_TERMINAL = (
        "unknown_terminal",
        "No terminal with this id is registered, and none was among those that left lately.",
        "See that the id is spelled as it was registered, and that the client app registers its terminal.",
    )
    FORMER_TERMINAL = (
        "former_terminal",
        "The terminal was registered until {left_at}: it was deleted, its push token was called dead, or "
        "another terminal registered the same push token.",
        "Nothing, if the app was uninstalled; else open the app on the device, so that it registers again.",
    )
    TOKEN_TAKEN_OVER = (
        "token_taken_over",
        "Another terminal, {owner}, has registered the same push token since.",
        "See that the client app keeps its terminal id when it is opened again; push to {owner} meanwhile.",
    )
    VENDOR_NOT_CONFIGURED = (
        "vendor_not_configured",
        "The app has no settings for {vendor} here, so nothing is sent to the terminal.",
        "Add the {vendor} section to the app, and start the processes again.",
    )
    TOKEN_REJECTED = (
        "token_rejected",
        "The vendor called the push token dead ({code}).",
        "Open the app on the device, so that it registers again with a new push token.",
    )
    WRONG_ENVIRONMENT = (
        "wrong_environment",
        "The vendor calls the push token dead ({code}), and the terminal is kept: so many tokens were "
        "called dead at once that the vendor is not believed.",
        "See that the app's credentials and environment (production or development) are those of the "
        "build of the app that registered the token.",
    )
    PUSH_FAILED = (
        "push_failed",
        "The last push failed ({code}): {meaning}",
        "{remedy}",
    )
    EXPIRED_UNSENT = (
        "expired_unsent",
        "The last push expired before the vendor took it ({code}): {meaning}",
        "{remedy}",
    )
    MUTED = (
        "muted",
        "The user has turned the app's notifications off, as the vendor or the app reported.",
        "Ask the user to turn notifications on in the settings of the device.",
    )
    GONE = (
        "gone",
        "The vendor reported after a push that the push token is dead: the app was uninstalled, or has a new "
        "token.",
        "Open the app on the device, so that it registers again with a new push token.",
    )
    NO_RECEIPTS = (
        "no_receipts",
        "The vendor took the last {pushes} pushes, and nothing was reported of any of them.",
        "See that the device is online and may run the app in the background, and that receipts are set up: "
        "the vendor's receipt address, and the reports that the client app sends.",
    )
    SILENT = (
        "silent",
        "Nothing was heard of the terminal for {days} days: no registration and no receipt.",
        "The app may be uninstalled, or the device lost: remove the terminal, or wait until the app is "
        "opened.",
    )
    NEVER_TARGETED = (
        "never_targeted",
        "No message that is still known was for this terminal.",
        "See that the audience of the message holds the terminal: its user, tags and language, and when it "
        "was registered.",
    )
    VENDOR_ACCEPTS = (
        "vendor_accepts",
        "The vendor was asked now, and would take a push to this terminal.",
        "Nothing at the vendor; see the device: its network, battery saving, and the app's notifications.",
    )
    VENDOR_SILENT = (
        "vendor_silent",
        "The vendor was asked, and has not answered yet.",
        "Look again later, by the message {message}.",
    )
    VENDOR_HAS_NO_CHECK = (
        "vendor_has_no_check",
        "{vendor} cannot check a push token without a push.",
        "Send the terminal a message, and look at what becomes of it.",
    )
    NO_FAULT_FOUND = (
        "no_fault_found",
        "Nothing wrong was found.",
        "If pushes do not appear, see the device: its network, battery saving, and the app's notifications.",
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, in words, and what to do next.

    `code` is that of a `FindingCode`, or of a problem of the installation.
    """

    code: str
    message: str
    remedy: str


def finding(found: FindingCode, /, **params: str | int) -> Finding:
    """The finding, with the params in its texts."""
    return Finding(found.value, found.meaning.format(**params), found.remedy.format(**params))
