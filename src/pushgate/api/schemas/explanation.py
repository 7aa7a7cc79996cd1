"""What a message meant for one terminal. Unknown facts are left out."""

from typing import Literal

from pydantic import AwareDatetime

from pushgate.api.schemas.base import Count, RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import Id, MessageId, Token, VendorName
from pushgate.api.schemas.results import Waiting
from pushgate.content.language import LanguageMatch
from pushgate.domain.message import Status
from pushgate.domain.outcome import State
from pushgate.tracking.explained import NotTargeted, Precision


class ExplainBody(RequestBody):
    """A terminal, named by its push token."""

    vendor: VendorName
    token: Token


class ExplainedMessage(ResponseModel):
    """The message that is explained. It is sent between `push_time` and `expires_at`."""

    id: MessageId
    status: Status
    created_at: AwareDatetime
    push_time: AwareDatetime = optional()
    expires_at: AwareDatetime = optional()
    dry_run: bool = optional()
    content_dropped: Literal[True] = optional()


class ExplainedTerminal(ResponseModel):
    """The terminal as it is registered now. `changed_at` is when it was registered or changed
    last.
    """

    id: Id = optional()
    registered: bool
    vendor: VendorName = optional()
    language: str = optional()
    changed_at: AwareDatetime = optional()


class NotTargetedReason(ResponseModel):
    """Why the message is not for the terminal."""

    code: NotTargeted
    message: str


class ChosenLanguage(ResponseModel):
    """The language of the terminal's group, the language of the content that it gets, and why it
    gets that one.
    """

    wanted: str
    content: str = optional()
    match: LanguageMatch = optional()


class ExplainedGroup(ResponseModel):
    """A vendor and a language."""

    vendor: VendorName
    language: str


class PushFailure(ResponseModel):
    """Why the push failed, or is still pending. `meaning` and `remedy` are those of known codes."""

    code: str
    reason: str = optional()
    meaning: str = optional()
    remedy: str = optional()


class ReceiptTimes(ResponseModel):
    """When each receipt came."""

    delivered: AwareDatetime = optional()
    clicked: AwareDatetime = optional()
    muted: AwareDatetime = optional()
    gone: AwareDatetime = optional()
    recalled: AwareDatetime = optional()
    unproven: AwareDatetime = optional()


class ExplainedPush(ResponseModel):
    """The result of the push."""

    vendor: VendorName
    language: ChosenLanguage
    variant: str = optional("the variant that it gets, in a message with variants, where that is decided")
    rest: bool = optional("whether it gets the winner of the variants")
    moved_to: ExplainedGroup = optional()
    state: State
    since: AwareDatetime = optional()
    precision: Precision = optional()
    attempts: Count = optional()
    unanswered: bool
    failure: PushFailure = optional()
    due_at: AwareDatetime = optional()
    expires_at: AwareDatetime = optional()
    delivered: bool
    clicked: bool
    muted: bool
    gone: bool
    recalled: bool
    unproven: bool
    receipt_times: ReceiptTimes = optional()


class Explanation(ResponseModel):
    """What a message meant for one terminal: its push, or why it is not for the terminal."""

    message: ExplainedMessage
    terminal: ExplainedTerminal
    targeted: bool = optional()
    reason: NotTargetedReason = optional()
    push: ExplainedPush = optional()
    waiting: list[Waiting]
