"""Values that explain what a message meant for one terminal. Unknown facts are None. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from pushgate.content.language import ChosenLanguage
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure
from pushgate.terminals.registered_terminals import RegisteredTerminal
from pushgate.tracking.messages import TrackedMessage


class Precision(StrEnum):
    """How exact the time of a state is."""

    SECOND = "second"
    MINUTE = "minute"
    """The time is the beginning of the minute."""


class NotTargeted(StrEnum):
    """Why a message is not for a terminal. A code never changes its text."""

    meaning: str

    def __new__(cls, code: str, meaning: str = "") -> Self:
        """A member is equal to its code, a text."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    UNKNOWN_TERMINAL = "unknown_terminal", "No terminal with this id is registered."
    UNKNOWN_TOKEN = (
        "unknown_token",
        "No registered terminal has this push token. A terminal that had it when the message was "
        "planned can still be asked about by its id.",
    )
    VENDOR_NOT_CONFIGURED = (
        "vendor_not_configured",
        "The app has no settings for this vendor here, and no registered terminal has this push token.",
    )
    NOT_PLANNED = (
        "not_planned",
        "It is not decided yet: the terminals are chosen when the message is due.",
    )
    CANCELLED = "cancelled", "The message was cancelled before its terminals were chosen."
    EXPIRED = "expired", "The message expired before its terminals were chosen."
    NOBODY = "nobody", "The message was for no terminal at all when its terminals were chosen."
    NOT_LISTED = (
        "not_listed",
        "The message lists terminals, users or push tokens, and this terminal is not among them.",
    )
    NOT_IN_AUDIENCE = (
        "not_in_audience",
        "The message's audience did not hold the terminal when the message's terminals were chosen.",
    )
    HELD_OUT = (
        "held_out",
        "The message holds out some terminals, which get none of its variants, and this terminal is one "
        "of them.",
    )
    REGISTERED_LATER = (
        "registered_later",
        "The terminal was registered, or changed so that the message would be for it, after the "
        "message's terminals were chosen.",
    )
    CONTENT_DROPPED = (
        "content_dropped",
        "Whom the message listed is not known any more: its content was dropped when "
        "content_retention was over.",
    )
    TOKENS_DROPPED = (
        "tokens_dropped",
        "The message brought push tokens, and which ones is not known any more: they were dropped "
        "with its content when content_retention was over.",
    )

    @property
    def is_certain(self) -> bool:
        """Whether the message is certainly not for the terminal, at least until now.

        That is unknown for a push token that no terminal has any more.
        """
        return self not in _UNCERTAIN


_UNCERTAIN = frozenset(
    {NotTargeted.UNKNOWN_TOKEN, NotTargeted.VENDOR_NOT_CONFIGURED, NotTargeted.TOKENS_DROPPED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedPush:
    """The result of the push to one terminal.

    `group` is the terminal's group when the message was planned, `moved_to` its present group if
    that is another one. `in_doubt` says that the push was sent and got no answer, so that the
    terminal may have it. The failure of a pending push is the result of its last attempt, or why
    there was none.
    """

    group: Group
    state: State
    in_doubt: bool
    failure: Failure | None
    receipts: frozenset[ReceiptKind]
    moved_to: Group | None = None
    since: datetime | None = None
    precision: Precision | None = None
    attempts: int | None = None
    receipt_times: Mapping[ReceiptKind, datetime] | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    """Until when a pending push is tried."""
    variant: str | None = None
    """Which of the message's variants the terminal gets, where that is decided."""
    is_of_rest: bool | None = None
    """Whether it gets the winner of the variants. None in a message without variants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a message meant for one terminal: a push, or why there is none.

    `terminal` is the terminal's id, None for a push token that the message brought or that no
    terminal has.
    """

    tracked: TrackedMessage
    terminal: str | None
    registered: RegisteredTerminal | None
    push: ExplainedPush | None
    reason: NotTargeted | None
    language: ChosenLanguage | None = None

    @property
    def targeted(self) -> bool | None:
        """Whether the message is for the terminal."""
        if self.push is not None:
            return True
        return False if self.reason is None or self.reason.is_certain else None
