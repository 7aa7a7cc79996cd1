"""People: changes of their attributes, and all data kept about them."""

from pydantic import AwareDatetime, ConfigDict, Field

from pushgate.api.schemas.base import Count, RequestBody, ResponseModel
from pushgate.api.schemas.drafts import DraftId
from pushgate.api.schemas.fields import AttributeValue, MessageId, User
from pushgate.api.schemas.history import History
from pushgate.api.schemas.terminals import AttributeChanges, OptOutOrChange, Terminal
from pushgate.people.erasure import LogState

_QUARTER = r"^([01][0-9]|2[0-3]):(00|15|30|45)$"


class PersonalQuietHours(RequestBody):
    """Quiet hours of a person. They go over midnight if they end before they begin."""

    begin: str = Field(pattern=_QUARTER, description="a quarter of an hour, such as 22:00")
    end: str = Field(pattern=_QUARTER, description="a quarter of an hour, such as 07:30")


class ShownQuietHours(ResponseModel):
    """Quiet hours of a person."""

    begin: str
    end: str


class UserChangeBody(RequestBody):
    """A change of a person. Fields that are left out stay."""

    attributes: AttributeChanges | None = None
    opt_out: OptOutOrChange | None = Field(
        default=None, description="all opt-outs by category, or those to add and remove; null = none"
    )

    quiet_hours: PersonalQuietHours | None = Field(
        default=None,
        description="hours of the terminals' own time in which they get no messages, "
        "besides those of the app; null = none",
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"attributes": {"plan": "gold", "trial_ends": None}, "opt_out": {"add": ["marketing"]}}
            ]
        }
    )


class ChangedUser(ResponseModel):
    """A person after a change, with all attributes and opt-outs."""

    user: User
    attributes: dict[str, AttributeValue]
    opt_out: list[str]
    quiet_hours: ShownQuietHours | None


class ClickHour(ResponseModel):
    """An hour of the day in which a terminal clicked, in one period of 28 days."""

    hour: int = Field(ge=0, le=23, description="UTC")
    period_begins: AwareDatetime


class TerminalOfUser(Terminal):
    """A terminal of a person, the latest messages that it was sent, and when it clicked."""

    history: History
    click_hours: list[ClickHour] = Field(description="of the last four periods, the newest first")


class NamedBy(ResponseModel):
    """The things that list the user, or the user's terminals or push tokens."""

    saved_audiences: list[str]
    drafts: list[DraftId]
    schedules: list[str] = Field(description="names of recurring messages")
    scheduled_messages: list[MessageId]


class UserPage(ResponseModel):
    """A page of the data kept about a person. The first page has attributes, opt-outs, saved
    audiences, drafts and schedules.
    """

    user: User
    attributes: dict[str, AttributeValue]
    opt_out: list[str] = Field(description="categories of which the user gets no messages")
    quiet_hours: ShownQuietHours | None
    terminals: list[TerminalOfUser]
    named_by: NamedBy
    next_cursor: str | None


class ErasedCounts(ResponseModel):
    """What was erased."""

    terminals: Count
    former_slots: Count = Field(description="slots that terminals had before, and that still had an id")
    histories: Count = Field(description="lists of the latest messages of terminals")
    attributes: Count = Field(description="and opt-outs of the user; those of terminals go with them")
    saved_audiences: Count = Field(description="in which names were replaced")
    drafts: Count = Field(description="in which names were replaced, or that were for the user alone")
    registration_tokens: Count = Field(description="that were made for the user, or registered a terminal")
    messages: Count = Field(description="in whose audiences names were replaced")
    contents: Count = Field(description="of messages that were for the user alone")
    push_tokens: Count = Field(description="that messages to many tokens brought")
    answers: Count = Field(description="kept for requests that are repeated with an Idempotency-Key")


class ErasedUser(ResponseModel):
    """An erasure: what was erased so far, whether it is complete, and whether the log of Redis
    still holds the data.
    """

    erased: ErasedCounts
    complete: bool
    log: LogState
    log_rewritten: AwareDatetime | None
    remaining: str | None = Field(description="what is still to be done, and by whom")
