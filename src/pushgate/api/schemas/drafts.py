"""Drafts of messages."""

from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue

from pushgate.api.schemas.base import RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import DRAFT_ID
from pushgate.api.schemas.problems import FieldError

DraftId = Annotated[str, Field(pattern=DRAFT_ID)]
_AS_WRITTEN = "as in `POST /v1/messages`; may be incomplete or wrong"


class DraftBody(RequestBody):
    """The body of a message, complete or not."""

    content: JsonValue = optional(_AS_WRITTEN)
    template: JsonValue = optional(_AS_WRITTEN)
    variants: JsonValue = optional(_AS_WRITTEN)
    holdout: JsonValue = optional(_AS_WRITTEN)
    unit: JsonValue = optional(_AS_WRITTEN)
    winner: JsonValue = optional(_AS_WRITTEN)
    default_language: JsonValue = optional(_AS_WRITTEN)
    push_time: JsonValue = optional(_AS_WRITTEN)
    audience: JsonValue = optional(_AS_WRITTEN)
    options: JsonValue = optional(_AS_WRITTEN)
    escalate: JsonValue = optional(_AS_WRITTEN)
    personal: JsonValue = optional(_AS_WRITTEN)
    on_missing: JsonValue = optional(_AS_WRITTEN)
    fallback: JsonValue = optional(_AS_WRITTEN)
    fallback_template: JsonValue = optional(_AS_WRITTEN)
    values: JsonValue = optional(_AS_WRITTEN)
    user_values: JsonValue = optional(_AS_WRITTEN)


class DraftHead(ResponseModel):
    """A draft without its message."""

    id: DraftId
    revision: int = Field(ge=1, description="counts the versions; send it in `If-Match` with a change")
    created_at: AwareDatetime
    changed_at: AwareDatetime
    changed_by: str = Field(description="the name of the API key that wrote it last")
    title: str | None = Field(description="the title of the first content, or the name of the template")


class Draft(DraftHead):
    """A draft, and what would be refused if its message were sent now."""

    message: DraftBody
    problems: list[FieldError]


class DraftPage(ResponseModel):
    """Drafts, those changed last first."""

    drafts: list[DraftHead]
    next_cursor: str | None
