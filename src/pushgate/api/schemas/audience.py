"""Who receives a message: lists, and expressions over the registry."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    TypeAdapter,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from pushgate.adapters.option_rules import EXACT
from pushgate.adapters.registry import vendors
from pushgate.api.schemas.base import RequestBody
from pushgate.api.schemas.fields import (
    AppVersion,
    AttributeName,
    AttributeValue,
    AudienceName,
    Day,
    Id,
    Language,
    MessageId,
    Tag,
    Text,
    Timezone,
    Token,
    User,
    VendorName,
)

MAX_VALUES = 100
"""Values of one attribute that a node lists."""


def _known_vendor(name: str) -> str:
    if name not in vendors():
        raise ValueError(f"is none of {', '.join(vendors())}")
    return name


class DaysBody(RequestBody):
    """Days in UTC, with one bound or both."""

    before: Day | None = Field(default=None, description="days before this one")
    after: Day | None = Field(default=None, description="this day and later ones")


class SampleBody(RequestBody):
    """A stable share of an audience: the same terminals every time."""

    share: float = Field(gt=0, le=1, description="0.1 is a tenth of the terminals")
    seed: Annotated[Text, StringConstraints(min_length=1, max_length=128)] | None = Field(
        default=None, description="another seed chooses other terminals; unset = the id of the message"
    )
    of: "AudienceNode"


class _CommonKinds(RequestBody):
    """The kinds that an audience and a part of one have in common."""

    all: Annotated[Literal[True], EXACT] | None = Field(default=None, description="every registered terminal")
    terminals: list[Id] | None = Field(
        default=None, min_length=1, fail_fast=True, description="terminal ids; unknown ones are left out"
    )
    users: list[User] | None = Field(
        default=None, min_length=1, fail_fast=True, description="all terminals of these users"
    )


class AudienceNode(_CommonKinds):
    """A part of an audience: exactly one of these fields; `attribute` needs `equals` or `one_of`
    beside it.
    """

    tag: Tag | None = None
    language: Language | None = Field(
        default=None, description="BCP 47, the tag or its beginning: zh takes in zh-Hant-TW"
    )
    vendor: Annotated[VendorName, AfterValidator(_known_vendor)] | None = None
    timezone: Timezone | None = Field(default=None, description="IANA name, as the terminal registered it")
    registered: DaysBody | None = Field(default=None, description="by the day of the first registration")
    seen: DaysBody | None = Field(default=None, description="by the day on which it was last seen")
    app_version: AppVersion | None = Field(default=None, description="exactly this version")
    attribute: AttributeName | None = Field(
        default=None, description="an attribute of the terminal or of its user; with `equals` or `one_of`"
    )
    equals: AttributeValue | None = Field(
        default=None, description='the value of the attribute; 1, "1" and true are three values'
    )
    one_of: list[AttributeValue] | None = Field(
        default=None, min_length=1, max_length=MAX_VALUES, description="values of the attribute"
    )
    targeted: MessageId | None = Field(default=None, description="terminals that an earlier message was for")
    accepted: MessageId | None = Field(
        default=None, description="terminals for which the vendor accepted an earlier message"
    )
    delivered: MessageId | None = Field(
        default=None, description="terminals to which an earlier message was delivered"
    )
    clicked: MessageId | None = Field(
        default=None, description="terminals on which an earlier message was clicked"
    )
    failed: MessageId | None = Field(
        default=None,
        description="terminals for which an earlier message was rejected, had a dead token, or expired",
    )
    saved: AudienceName | None = Field(
        default=None, description="a saved audience, as it is when the message is due"
    )
    all_of: list["AudienceNode"] | None = Field(
        default=None, min_length=1, description="terminals that all of these parts hold"
    )
    any_of: list["AudienceNode"] | None = Field(
        default=None,
        min_length=1,
        description="terminals that at least one of these parts holds; each gets one push",
    )
    not_: "AudienceNode | None" = Field(
        default=None,
        alias="not",
        description="terminals that are registered when the message is due, and not in this audience",
    )
    sample: SampleBody | None = Field(default=None, description="a stable share")
    one_per_user: "AudienceNode | None" = Field(
        default=None, description="the terminal last seen of each user"
    )


class _NodeSchema:
    """Describes an object as a node."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(TypeAdapter(AudienceNode).core_schema)


UncheckedNode = Annotated[dict[str, object], _NodeSchema]
"""A node that is checked elsewhere, where its depth and size are bounded first."""


class InlineTokenBody(RequestBody):
    """A terminal given by its push token."""

    vendor: VendorName
    token: Token
    language: Language | None = Field(default=None, description="BCP 47; unset = the app's default")


class AudienceBody(_CommonKinds):
    """Who receives the message: exactly one of these fields; `attribute` needs `equals` or `one_of`
    beside it. For lists that may be long, only the first bad item is reported.
    """

    # Expressions are what is left over, and have the schema `AudienceNode`: most messages have
    # none, and each field of a model costs every message time.
    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    tokens: list[InlineTokenBody] | None = Field(
        default=None, min_length=1, fail_fast=True, description="push tokens, registered or not"
    )
