"""Terminals: registrations, changes, batches, and terminals as the API returns them."""

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, PlainValidator, TypeAdapter

from pushgate.api.schemas.base import RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import (
    AppVersion,
    AttributeName,
    AttributeValue,
    Category,
    Id,
    Language,
    Tag,
    Timezone,
    Token,
    User,
    VendorName,
)
from pushgate.api.schemas.problems import FieldError, Problem
from pushgate.api.times import Instant
from pushgate.domain.attributes import MAX_ATTRIBUTES
from pushgate.domain.categories import MAX_OPT_OUTS

MAX_TAGS = 64
"""Tags of a terminal."""
MAX_BATCH = 1000
"""Registrations of a batch."""
Attributes = Annotated[dict[AttributeName, AttributeValue], Field(max_length=MAX_ATTRIBUTES)]
AttributeChanges = Annotated[
    dict[AttributeName, AttributeValue | None],
    # Enough to replace all attributes by others.
    Field(
        max_length=2 * MAX_ATTRIBUTES,
        description="by name; null as a value removes one, null in place of the object removes all",
    ),
]


class OptOutChange(RequestBody):
    """Categories that are opted out of, and those that are taken back; the others stay."""

    add: list[Category] = Field(default_factory=list, max_length=MAX_OPT_OUTS)
    remove: list[Category] = Field(default_factory=list, max_length=MAX_OPT_OUTS)


OptOut = Annotated[list[Category], Field(max_length=MAX_OPT_OUTS)]
_opt_out = TypeAdapter[list[str]](OptOut, config=ConfigDict(strict=True))
_opt_out_change = TypeAdapter(OptOutChange)


def _opt_out_or_change(written: object) -> list[str] | OptOutChange:
    """By hand: as a union, each error would name both forms."""
    if isinstance(written, list):
        return _opt_out.validate_python(written)
    if isinstance(written, dict):
        return _opt_out_change.validate_python(written)
    raise ValueError('must be a list of categories, or {"add": [...], "remove": [...]}')


OptOutOrChange = Annotated[
    list[Category] | OptOutChange,
    PlainValidator(_opt_out_or_change, json_schema_input_type=OptOut | OptOutChange),
]


class TerminalBody(RequestBody):
    """A terminal's registration."""

    vendor: VendorName
    token: Token
    language: Language | None = Field(default=None, description="BCP 47; unset = the app's default")
    user: User | None = None
    tags: list[Tag] = Field(default_factory=list, max_length=MAX_TAGS)
    timezone: Timezone | None = Field(default=None, description="IANA name, such as Asia/Shanghai")
    app_version: AppVersion | None = None
    attributes: Attributes = Field(default_factory=dict)
    opt_out: OptOut | None = Field(
        default=None, description="categories of which the terminal gets no messages; unset = as known"
    )
    last_seen: Instant | None = Field(default=None, description="when the app was last in use; unset = now")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "vendor": "apns",
                    "token": "0f" * 32,
                    "language": "zh-Hans",
                    "user": "u-17",
                    "tags": ["vip"],
                    "app_version": "3.2.1",
                    "attributes": {"plan": "gold", "visits": 17, "beta": True},
                }
            ]
        }
    )


class TagChange(RequestBody):
    """Tags that a terminal gets and loses; the others stay."""

    add: list[Tag] = Field(default_factory=list, max_length=MAX_TAGS)
    remove: list[Tag] = Field(default_factory=list, max_length=MAX_TAGS)


_tags = TypeAdapter[list[str]](
    Annotated[list[Tag], Field(max_length=MAX_TAGS)], config=ConfigDict(strict=True)
)
_tag_change = TypeAdapter(TagChange)


def _tags_or_change(written: object) -> list[str] | TagChange:
    """By hand: as a union, each error would name both forms."""
    if isinstance(written, list):
        return _tags.validate_python(written)
    if isinstance(written, dict):
        return _tag_change.validate_python(written)
    raise ValueError('must be a list of tags, or {"add": [...], "remove": [...]}')


TagsOrChange = Annotated[
    list[Tag] | TagChange,
    PlainValidator(_tags_or_change, json_schema_input_type=list[Tag] | TagChange),
]


class TerminalChangeBody(RequestBody):
    """A change of a terminal. Null clears a field; vendor, token and the instant of the last sign
    of life cannot be cleared.
    """

    vendor: str = Field(default="", max_length=32)
    token: Token = ""
    language: Language | None = Field(default=None, description="BCP 47; null = the app's default")
    user: User | None = None
    tags: TagsOrChange | None = Field(default=None, description="all tags, or those to add and remove")
    timezone: Timezone | None = None
    app_version: AppVersion | None = None
    attributes: AttributeChanges | None = None
    opt_out: OptOutOrChange | None = Field(
        default=None, description="all opt-outs by category, or those to add and remove; null = none"
    )
    last_seen: Instant = optional("when the app was last in use")


class TerminalLine(TerminalBody):
    """One line of an import: a registration with its id."""

    id: Id
    registered_at: Instant | None = Field(
        default=None, description="when the terminal was first registered; unset = as known, else now"
    )


class TerminalBatchItem(TerminalBody):
    """One registration of a batch, with its id."""

    id: Id


class TerminalBatchBody(RequestBody):
    """Up to 1,000 registrations."""

    terminals: list[TerminalBatchItem] = Field(min_length=1, max_length=MAX_BATCH)


class Terminal(ResponseModel):
    """A terminal as it is registered."""

    id: Id
    vendor: VendorName
    token: str
    language: str
    user: str | None
    tags: list[str]
    timezone: str | None
    app_version: str | None
    attributes: dict[str, AttributeValue]
    opt_out: list[str]
    registered_at: AwareDatetime
    last_seen: AwareDatetime


class TerminalWithWarnings(Terminal):
    """A terminal as it is registered from now on, and warnings about fields that have less effect
    than the caller may expect.
    """

    warnings: list[FieldError]


class TerminalBatchResult(ResponseModel):
    """The result of one registration of a batch: a terminal, or a problem."""

    status: Annotated[int, Field(ge=200, le=599)]
    terminal: TerminalWithWarnings = optional()
    problem: Problem = optional()


class TerminalBatchResults(ResponseModel):
    """One result for each registration, in the order of the request."""

    results: list[TerminalBatchResult]
