"""The types of fields that several schemas have, with their limits."""

import re
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, cast

from fastapi import Path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from pushgate.adapters import links
from pushgate.adapters.registry import vendors
from pushgate.content.language import MAX_TAG_LENGTH, normalize
from pushgate.domain import categories
from pushgate.domain.attributes import MAX_VALUE_LENGTH, name_fault, value_fault
from pushgate.domain.durations import PATTERN, parse_duration
from pushgate.domain.terminal import AttributeValue as DomainAttributeValue
from pushgate.domain.zones import known_zones
from pushgate.settings.apps import APP_NAME


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold NUL characters")
    return text


def trimmed(text: str) -> str:
    """Return the text. Raises ValueError where it begins or ends with a space."""
    if text != text.strip():
        raise ValueError("must not begin or end with a space")
    return text


def known_timezone(text: str) -> str:
    """Return the text. Raises ValueError where it names no time zone."""
    if text not in known_zones():
        raise ValueError("is no IANA time zone, such as Asia/Shanghai")
    return text


def _attribute_name(text: str) -> str:
    if fault := name_fault(text):
        raise ValueError(fault)
    return text


def _attribute_value(written: object) -> DomainAttributeValue:
    if fault := value_fault(written):
        raise ValueError(fault)
    return cast("DomainAttributeValue", written)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(written: object) -> date:
    if not (isinstance(written, str) and _DAY.fullmatch(written)):
        raise ValueError("must be a day as YYYY-MM-DD, such as 2027-01-31")
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ValueError("is no day of the calendar; look at its month and day") from error


MAX_TOKEN_LENGTH = 4096
MAX_USER_LENGTH = 256
MAX_NAME_LENGTH = 64
"""Characters of a tag, a time zone or a version of an app."""
MESSAGE_ID = r"^[0-9a-f]{30}$"
TERMINAL_ID = r"^[A-Za-z0-9._~:@=+\-]{1,128}$"
# Described, and not checked: what is in another form is not there, which is another answer.
MessageIdInPath = Annotated[
    str, Path(description="a message's id", json_schema_extra={"pattern": MESSAGE_ID})
]
TerminalIdInPath = Annotated[
    str, Path(description="a terminal's id", json_schema_extra={"pattern": TERMINAL_ID})
]

DRAFT_ID = r"^[0-9a-f]{20}$"
DraftIdInPath = Annotated[str, Path(description="a draft's id", json_schema_extra={"pattern": DRAFT_ID})]
UserInPath = Annotated[str, Path(description="a user's name, as terminals have it in `user`")]


def _digits(written: object) -> object:
    if isinstance(written, str) and not (written.isascii() and written.isdecimal() and len(written) < 19):
        raise ValueError("must be a whole number in digits")
    return written


def duration_up_to(most: timedelta) -> BeforeValidator:
    """Return a validator of durations such as `90s` or `30d`, which refuses those longer than
    `most`.
    """
    return BeforeValidator(partial(parse_duration, most=most))


DURATION_SCHEMA = WithJsonSchema({"type": "string", "pattern": PATTERN})
"""For a duration, beside `duration_up_to`."""
Digits = BeforeValidator(_digits)
"""For a number in a query: digits and nothing else."""
Text = Annotated[str, AfterValidator(_without_nul)]
Id = Annotated[str, StringConstraints(pattern=TERMINAL_ID)]
User = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_USER_LENGTH)]
Tag = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
Language = Annotated[str, StringConstraints(max_length=MAX_TAG_LENGTH), AfterValidator(normalize)]
Url = Annotated[links.WebUrl, StringConstraints(max_length=2048)]
Link = Annotated[links.PersonalLink, StringConstraints(max_length=1000)]
"""A link, in which a personal message may have placeholders."""
Token = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TOKEN_LENGTH)]
Timezone = Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH), AfterValidator(known_timezone)]
CollapseKey = Annotated[Text, StringConstraints(min_length=1, max_length=64), AfterValidator(trimmed)]
AppVersion = Annotated[
    Text, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(trimmed)
]
Category = Annotated[str, StringConstraints(pattern=categories.PATTERN)]
# Checked by hand: a pattern would make generated clients lose the type of the values.
AttributeName = Annotated[str, AfterValidator(_attribute_name)]
Day = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A day of the calendar, in UTC."""
AttributeValue = Annotated[
    DomainAttributeValue,
    PlainValidator(_attribute_value),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": MAX_VALUE_LENGTH},
                {"type": "number"},
                {"type": "boolean"},
            ]
        }
    ),
]
AUDIENCE_NAME = r"^[A-Za-z0-9_.\-]{1,64}$"
TEMPLATE_NAME = AUDIENCE_NAME
TemplateName = Annotated[str, StringConstraints(pattern=TEMPLATE_NAME)]
AudienceName = Annotated[str, StringConstraints(pattern=AUDIENCE_NAME)]
Vendor = StrEnum("Vendor", {name.upper(): name for name in vendors()})  # type: ignore[misc]  # one by folder


class _VendorSchema:
    """Describes a text as the name of a vendor. An unknown one is refused elsewhere, with a list of
    those there are.
    """

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(TypeAdapter(Vendor).core_schema)


VendorName = Annotated[str, StringConstraints(max_length=32), _VendorSchema]
VendorInPath = Annotated[str, Path(json_schema_extra={"enum": list(vendors())})]
AppInPath = Annotated[str, Path(json_schema_extra={"pattern": APP_NAME})]
MessageId = Annotated[str, Field(pattern=MESSAGE_ID)]
