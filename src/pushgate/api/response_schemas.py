"""The JSON that callers get, as models for the OpenAPI document.

Handlers build their answers by hand, for speed. The tests compare each real answer with its model.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pushgate.api.problem_types import TYPE_PREFIX
from pushgate.api.request_schemas import MESSAGE_ID, Id, VendorName
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.message import Category, Delivery, Priority, Status, TooLong
from pushgate.domain.outcome import State
from pushgate.fleet.problem_codes import SystemProblemCode

Count = Annotated[int, Field(ge=0)]
MessageId = Annotated[str, Field(pattern=MESSAGE_ID)]


def sometimes() -> Any:
    """A field that some answers do not have; where there is one, it is not null."""
    return Field(default_factory=lambda: None)


class Answer(BaseModel):
    """A part of an answer. Later versions may add fields: clients must pass over those they do not know."""


class FieldError(Answer):
    """What is wrong with a field, or to be known of it, and how to put it right."""

    field: str
    message: str


class WarningCount(FieldError):
    """What has less effect than the caller may expect, and for how many terminals."""

    count: Count


class BadLine(Answer):
    """A line of an import that was not stored."""

    line: Annotated[int, Field(ge=1)]
    errors: list[FieldError]


class Import(Answer):
    """What became of the lines of an import."""

    created: Count
    updated: Count
    failed: Count
    errors: list[BadLine]
    warnings: list[WarningCount]


class ImportProgress(Import):
    """How far an import came that stopped. `lines` are done; send all of it again."""

    lines: Count


class Problem(Answer):
    """A problem document (RFC 9457)."""

    type: Annotated[str, Field(pattern=f"^{TYPE_PREFIX}[a-z_]+$", description="URI of the problem's type")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    code: ProblemCode
    detail: str
    errors: list[FieldError] = sometimes()
    progress: ImportProgress = sometimes()

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": f"{TYPE_PREFIX}invalid_request",
                "title": "The request is not valid",
                "status": 422,
                "code": "invalid_request",
                "detail": "1 field(s) are not valid",
                "errors": [
                    {
                        "field": "push_time",
                        "message": "must be a date and time with an offset (RFC 3339), such as 2027-01-01T20:00:00+08:00",
                    }
                ],
            }
        }
    )


class Content(Answer):
    """Content in one language, as stored."""

    title: str
    body: str
    image: str | None
    url: str | None
    data: dict[str, str]


class InlineTokenAnswer(Answer):
    """A terminal that the message named by its push token."""

    vendor: VendorName
    token: str
    language: str


class Audience(Answer):
    """Who receives a message. A list is told by its length, or whole with `include=audience`."""

    all: Literal[True] = sometimes()
    terminals: Count | list[Id] = sometimes()
    users: Count | list[str] = sometimes()
    tokens: Count | list[InlineTokenAnswer] = sometimes()


class Options(Answer):
    """How a message is pushed: the options of all vendors, and under its name those of each vendor."""

    ttl: Count
    priority: Priority
    delivery: Delivery
    collapse_key: str | None
    on_too_long: TooLong
    dry_run: bool
    silent: bool
    badge: Count | None
    category: Category | None


class Message(Answer):
    """A message with its status."""

    id: MessageId
    status: Status
    push_time: AwareDatetime
    created_at: AwareDatetime
    expires_at: AwareDatetime
    retries: Count
    content: dict[str, Content]
    default_language: str
    audience: Audience
    options: Options


class MessageWithWarnings(Message):
    """A message, and what was taken of the request but will have less effect than the caller may expect."""

    warnings: list[FieldError]


class BatchResult(Answer):
    """What became of one item of a batch: a message, or a problem."""

    status: Annotated[int, Field(ge=200, le=599)]
    message: MessageWithWarnings = sometimes()
    problem: Problem = sometimes()


class BatchResults(Answer):
    """One result for each item, in the order of the request."""

    results: list[BatchResult]


class MessagePage(Answer):
    """Some messages, newest first."""

    messages: list[Message]
    next_cursor: str | None


class Retry(Message):
    """A message that is sent again, and to how many terminals."""

    terminals: Count


class Counts(Answer):
    """Terminals by state and by what was reported of them."""

    targeted: Count
    pending: Count
    accepted: Count
    invalid: Count
    rejected: Count
    expired: Count
    cancelled: Count
    delivered: Count
    clicked: Count
    muted: Count
    gone: Count
    recalled: Count
    received: Count
    click_through_rate: float | None


class ReceivedFrom(StrEnum):
    """What `received` counts beside clicks."""

    DELIVERED = "delivered"
    ACCEPTED = "accepted"


class GroupCounts(Counts):
    """The counts of one vendor and language."""

    vendor: VendorName
    language: str
    received_from: ReceivedFrom


class FailureCount(Answer):
    """How many terminals ended in a state for one reason."""

    vendor: VendorName
    state: State
    code: str
    reason: str
    count: Count


class Moment(Answer):
    """Arrivals in a state, or receipts, within one minute."""

    at: AwareDatetime
    pending: Count = sometimes()
    accepted: Count = sometimes()
    invalid: Count = sometimes()
    rejected: Count = sometimes()
    expired: Count = sometimes()
    cancelled: Count = sometimes()
    delivered: Count = sometimes()
    clicked: Count = sometimes()
    muted: Count = sometimes()
    gone: Count = sometimes()
    recalled: Count = sometimes()


class UnknownReports(Answer):
    """Reports on terminals that the message was not for: they count for nobody."""

    delivered: Count
    clicked: Count
    muted: Count
    gone: Count


class Waiting(Answer):
    """Why terminals are still pending: at one vendor, or, with `vendor` null, at all."""

    reason: SystemProblemCode
    vendor: VendorName | None
    since: AwareDatetime | None
    until: AwareDatetime | None
    params: dict[str, str | int]
    message: str
    remedy: str


class Results(Counts):
    """The results of a message."""

    id: MessageId
    status: Status
    dry_run: bool
    groups: list[GroupCounts]
    failures: list[FailureCount]
    timeline: list[Moment]
    unknown_reports: UnknownReports
    waiting: list[Waiting]


class Failure(Answer):
    """A terminal that did not get a message: named by its id, or by the push token that the message brought."""

    terminal: str | None
    token: str | None
    vendor: VendorName
    language: str
    state: State
    code: str
    reason: str
    time: AwareDatetime


class FailurePage(Answer):
    """Some of the terminals that did not get a message."""

    failures: list[Failure]
    next_cursor: str | None


class VendorRecall(Answer):
    """What came of a recall at one vendor."""

    vendor: VendorName
    can_recall: bool
    recalled: Count
    failed: Count
    left: Count
    reason: str | None


class Recall(Answer):
    """What came of a recall."""

    id: MessageId
    status: Status
    recalled: Count
    left: Count
    vendors: list[VendorRecall]


class Terminal(Answer):
    """A terminal as it is registered."""

    id: Id
    vendor: VendorName
    token: str
    language: str
    user: str | None
    tags: list[str]
    timezone: str | None


class TerminalWithWarnings(Terminal):
    """A terminal as it is registered from now on, and what of it has less effect than the caller may expect."""

    warnings: list[FieldError]
