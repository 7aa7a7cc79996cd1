"""Terminals that stay although their push tokens were called dead, for somebody to decide."""

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, ResponseModel
from pushgate.api.schemas.fields import VendorName


class HeldTerminal(ResponseModel):
    """A terminal that stays although the vendor called its push token dead."""

    terminal: str
    code: str = Field(description="the vendor's code; `gone` if a receipt reported it")
    since: AwareDatetime = Field(description="when the token was called dead first")
    died_at: AwareDatetime | None = Field(description="when the token died, by the vendor's word")


class HeldRemovalProgress(ResponseModel):
    """How far a confirmed removal has come."""

    requested_at: AwareDatetime
    ended_at: AwareDatetime | None
    held: Count = Field(description="terminals that were listed when it was confirmed")
    removed: Count
    kept: Count = Field(description="terminals that have another push token by now, or were gone already")


class HeldRemovalPage(ResponseModel):
    """Held removals in the order of terminals' ids."""

    listed: Count = Field(description="terminals on the list")
    beyond: Count = Field(description="terminals that found no room on the list: they are held as well")
    terminals: list[HeldTerminal]
    next_cursor: str | None
    removal: HeldRemovalProgress | None = Field(description="the last removal that was confirmed")


class ConfirmedRemoval(ResponseModel):
    """A removal that was confirmed."""

    app: str
    vendor: VendorName
    removal: HeldRemovalProgress


class DismissedRemovals(ResponseModel):
    """How many terminals were on the list, or found no room on it; all of them stay."""

    app: str
    vendor: VendorName
    dismissed: Count
