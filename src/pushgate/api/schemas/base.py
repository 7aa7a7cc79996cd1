"""What all schemas share: strict request bodies, and response models for the OpenAPI document.

Handlers build responses by hand, for speed. The tests compare each real response with its model.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

Count = Annotated[int, Field(ge=0)]


class RequestBody(BaseModel):
    """A strict body: no unknown fields, and no value is converted to another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ResponseModel(BaseModel):
    """A part of an answer. Later versions may add fields: clients must pass over those they do not
    know.
    """


def optional(description: str | None = None, *, alias: str | None = None) -> Any:
    """A field that may be left out; where there is one, it is not null."""
    return Field(default_factory=lambda: None, description=description, alias=alias)


class DescribedWithoutNull:
    """Describes a field that may be left out by its value alone, although null is taken for a field
    that is left out.
    """

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        (value,) = [one for one in described["anyOf"] if one != {"type": "null"}]
        return dict(value)
