"""What all schemas share: strict request bodies, and response models for the OpenAPI document.

Handlers build responses by hand, for speed. The tests compare each real response with its model.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]


class RequestBody(BaseModel):
    """JSON as it is: nothing unknown, nothing converted on the quiet."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ResponseModel(BaseModel):
    """A part of an answer. Later versions may add fields: clients must pass over those they do not
    know.
    """


def optional(description: str | None = None, *, alias: str | None = None) -> Any:
    """A field that may be left out; where there is one, it is not null."""
    return Field(default_factory=lambda: None, description=description, alias=alias)
