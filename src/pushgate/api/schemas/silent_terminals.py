"""Silent terminals: how many there are, and how far their removal has come."""

from datetime import date

from pydantic import ConfigDict, Field

from pushgate.api.schemas.base import Count, RequestBody, ResponseModel
from pushgate.api.times import Instant
from pushgate.hygiene.removals import RemovalState
from pushgate.settings.apps import MIN_SILENT

MAX_DAYS = 3660


class SilentBody(RequestBody):
    """Which terminals are silent, and whether they are to be removed."""

    days: int = Field(
        ge=MIN_SILENT.days,
        le=MAX_DAYS,
        description="terminals without a registration or receipt for this number of days (UTC) are silent",
    )
    at_most: int | None = Field(
        default=None,
        ge=1,
        le=2**40,
        description="remove them, unless there are more than this number; unset = only count them",
    )
    even_most: bool = Field(
        default=False, description="remove them even if half or more of the terminals are silent"
    )

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 180}, {"days": 180, "at_most": 1200}]})


class SilentRemoval(ResponseModel):
    """A removal of terminals that were last seen before a day."""

    before: date
    state: RemovalState
    automatic: bool = Field(description="whether the app's setting `silent_after` began it")
    silent: Count = Field(description="silent terminals when it began")
    forgotten: Count = Field(description="terminals removed so far")
    requested_at: Instant
    ended_at: Instant | None


class SilentTerminals(ResponseModel):
    """How many terminals are silent, and the removal that was begun."""

    before: date = Field(description="terminals that were last seen before this day (UTC) are silent")
    silent: Count
    terminals: Count = Field(description="all terminals of the app")
    removal: SilentRemoval | None


class LastRemoval(ResponseModel):
    """The app's last removal of silent terminals, null where there was none."""

    removal: SilentRemoval | None
