"""Audiences that an app saves under a name."""

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.audience import UncheckedNode
from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import AudienceName
from pushgate.api.schemas.message_responses import Audience
from pushgate.api.schemas.problems import FieldError


class SavedAudienceBody(RequestBody):
    """An audience that is to be saved: a rule, which is resolved anew for each message."""

    audience: UncheckedNode


class SavedAudienceRow(ResponseModel):
    """A saved audience in a list. A list of terminals or users is shown by its length."""

    name: AudienceName
    created_at: AwareDatetime
    changed_at: AwareDatetime
    audience: Audience


class SavedAudience(SavedAudienceRow):
    """A saved audience whole, and the saved audiences that it names and that name it."""

    names: list[AudienceName]
    named_by: list[AudienceName] = Field(description="at most 20 of them")


class SavedAudienceWithWarnings(SavedAudience):
    """An audience as it is saved from now on, and the terminals and users of it that are not
    registered.
    """

    warnings: list[FieldError]


class SavedAudiencePage(ResponseModel):
    """Some saved audiences, in the order of their names."""

    audiences: list[SavedAudienceRow]
    next_cursor: str | None
