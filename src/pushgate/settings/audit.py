"""The section of the audit log: how long and how much of it is kept."""

from datetime import timedelta

from pydantic import Field

from pushgate.settings.section import MAX_COUNT, Section


class AuditSettings(Section):
    """The log of who did what."""

    retention: timedelta = Field(
        default=timedelta(days=365),
        ge=timedelta(days=1),
        le=timedelta(days=3660),
        description="how long entries are kept",
    )
    max_entries: int = Field(
        default=1_000_000,
        ge=1000,
        le=MAX_COUNT,
        description=(
            "rows of an app that are kept about its small messages, and as many about all else; "
            "the oldest go early. A row is a write of up to 256 messages"
        ),
    )
