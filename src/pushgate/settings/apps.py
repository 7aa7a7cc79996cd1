"""The section of an app. Vendors check the sections within it by models of their own."""

from datetime import timedelta

from pydantic import ConfigDict, Field

from pushgate.settings.section import Section

MIN_SILENT = timedelta(days=30)
"""Terminals count as silent no earlier: people go on holiday."""
APP_NAME = r"^[a-z0-9][a-z0-9-]{0,31}$"
"""Names of apps are part of Redis keys, URLs and callback tokens, so they are short and plain."""


class AppSettings(Section):
    """One app.

    Every further key is the section of a vendor, which that vendor's own model checks.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    default_language: str = "en"
    shards: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="parts the registry is cut into; fixed once the app has terminals",
    )

    silent_after: timedelta | None = Field(
        default=None,
        ge=MIN_SILENT,
        le=timedelta(days=3660),
        description="terminals without a sign of life for this long are removed; unset = never",
    )

    @property
    def vendors(self) -> dict[str, object]:
        """Each vendor's section as it is written in the file, by the vendor's name."""
        return dict(self.model_extra or {})
