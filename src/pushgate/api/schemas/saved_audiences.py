"""Audiences that an app saves under a name, as rules or frozen."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.audience import UncheckedNode
from pushgate.api.schemas.base import Count, RequestBody, ResponseModel
from pushgate.api.schemas.fields import AudienceName
from pushgate.api.schemas.message_responses import Audience
from pushgate.api.schemas.problems import FieldError


class SavedAudienceBody(RequestBody):
    """An audience that is to be saved: a rule, which is resolved anew for each message."""

    audience: UncheckedNode


class FrozenAudienceBody(RequestBody):
    """An audience whose terminals are found now."""

    audience: UncheckedNode


class FreezeStatus(StrEnum):
    """Whether an audience can be named already."""

    FREEZING = "freezing"
    FROZEN = "frozen"


class FrozenAudience(ResponseModel):
    """How an audience was frozen, and the progress."""

    status: FreezeStatus = Field(
        description="`freezing`: until it is `frozen`, the name stands for the audience that it had "
        "before, or for none"
    )
    frozen_at: AwareDatetime = Field(description="when its terminals were found")
    of: Audience = Field(description="the audience that was frozen, with its lists by their lengths")
    terminals: Count = Field(description="terminals that the audience held then")
    marked: Count = Field(description="terminals that are marked as part of it so far")


class SavedAudienceRow(ResponseModel):
    """A saved audience in a list. A list of terminals or users is shown by its length."""

    name: AudienceName
    created_at: AwareDatetime
    changed_at: AwareDatetime
    audience: Audience


class SavedAudience(SavedAudienceRow):
    """A whole saved audience, and the saved audiences that it names and that name it."""

    names: list[AudienceName]
    named_by: list[AudienceName] = Field(description="at most 20 of them")
    frozen: FrozenAudience | None = Field(description="null for a rule")


class SavedAudienceWithWarnings(SavedAudience):
    """An audience as it is saved from now on, and the terminals and users of it that are not
    registered.
    """

    warnings: list[FieldError]


class SavedAudiencePage(ResponseModel):
    """Some saved audiences, in the order of their names."""

    audiences: list[SavedAudienceRow]
    next_cursor: str | None
