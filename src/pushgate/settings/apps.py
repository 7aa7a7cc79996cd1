"""The section of an app. Vendors check the sections within it by models of their own."""

import hashlib
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

from pushgate.domain.categories import PATTERN
from pushgate.domain.message import Category, InQuietHours
from pushgate.domain.quiet_hours import QuietTimes
from pushgate.domain.zones import known_zones
from pushgate.settings.section import Section, split_texts

MIN_SILENT = timedelta(days=30)
"""The shortest time after which terminals count as silent: people go on holiday."""
APP_NAME = r"^[a-z0-9][a-z0-9-]{0,31}$"
"""Names of apps are part of Redis keys, URLs and callback tokens, so they are short and plain."""
_PUBLIC_DIGITS = 12
PUBLIC_ID = r"^pga_[a-z0-9][a-z0-9-]{0,31}_[a-z0-9]{8,32}$"
_MAX_PORT = 65_535


def _with_port(origin: str) -> str:
    _, has_port, port = origin.partition("://")[2].rpartition("]")[2].rpartition(":")
    if has_port and not (port.isdecimal() and int(port) <= _MAX_PORT):
        raise ValueError(f"takes an origin, such as https://shop.example:8443, with a port up to {_MAX_PORT}")
    return origin


def _known_timezone(name: str) -> str:
    if name not in known_zones():
        raise ValueError("is no IANA time zone, such as Asia/Shanghai")
    return name


Origin = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://[a-z0-9._\-\[\]:]+$", max_length=300),
    AfterValidator(_with_port),
]
"""As a browser names the origin of a page: scheme, host and port, in lower case, without a path."""


CategoryName = Annotated[str, StringConstraints(pattern=PATTERN)]
MAX_CATEGORIES = 64
"""Categories that an app states."""


MAX_PER_DAY = 15


class CapSettings(Section):
    """How much a terminal gets of one category."""

    per_day: int = Field(ge=1, le=MAX_PER_DAY, description="messages in one day of the terminal's time zone")


ThenQuiet = Literal[InQuietHours.LEAVE_OUT, InQuietHours.HOLD]
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class QuietHours(Section):
    """Hours in which terminals get no messages, in their own time zone."""

    begin: str = Field(pattern=TIME_OF_DAY, description="when they begin, such as 22:00")
    end: str = Field(pattern=TIME_OF_DAY, description="when they end, on the next day where that is earlier")
    then: ThenQuiet = Field(
        default=InQuietHours.LEAVE_OUT,
        description="what becomes of pushes: leave_out, or hold, which sends them when the hours end; "
        "a message may say otherwise",
    )

    def times(self, default_zone: str) -> QuietTimes:
        """The hours as values; terminals without a known zone are in the default zone."""
        return QuietTimes(time.fromisoformat(self.begin), time.fromisoformat(self.end), default_zone)


ALL_CATEGORIES = "all"
"""Stands for all categories that are not named, and for messages without a category."""


class AppSettings(Section):
    """One app.

    Every further key is the section of a vendor, which that vendor's own model checks.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    default_language: str = Field(
        default="en",
        description="language of terminals that name none, and of messages without `default_language`",
    )
    shards: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="parts the registry is cut into; fixed once the app has terminals",
    )

    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        default="UTC",
        description="IANA time zone of terminals without one, for their local time and local days",
    )

    silent_after: timedelta | None = Field(
        default=None,
        ge=MIN_SILENT,
        le=timedelta(days=3660),
        description="terminals without a sign of life for this long are removed; unset = never",
    )

    public_id: str | None = Field(
        default=None,
        pattern=PUBLIC_ID,
        description="what installations without a registration token name the app by: pga_, the app's "
        "name, _ and 8 to 32 letters and digits; unset = made from the app's name",
    )
    allow_anonymous: bool = Field(
        default=False, description="whether installations may register without a registration token"
    )
    max_anonymous_registrations: int = Field(
        default=600,
        ge=1,
        le=1_000_000,
        description="registrations a minute without a registration token, in one process",
    )
    max_anonymous_registrations_per_client: int = Field(
        default=20,
        ge=1,
        le=1_000_000,
        description="registrations a minute without a registration token from one address, in one process",
    )
    allowed_origins: tuple[Origin, ...] = Field(
        default=(),
        max_length=100,
        description="origins of web pages that may call /v1/devices, such as https://shop.example",
    )
    require_device_proof: bool = Field(
        default=False,
        description="whether a report of a client app needs the secret of the device that reports",
    )

    categories: dict[CategoryName, Category] = Field(
        default_factory=dict,
        max_length=MAX_CATEGORIES,
        description="the app's own categories of messages, each with the one of message, account, "
        "order, reminder, news and marketing whose classes vendors use; "
        "where there are any, other names are refused",
    )

    caps: dict[CategoryName, CapSettings] = Field(
        default_factory=dict,
        max_length=MAX_CATEGORIES,
        description="by category, how many messages a terminal gets in one of its own days, "
        "as in {marketing = {per_day = 3}}",
    )

    quiet_hours: dict[CategoryName, QuietHours] = Field(
        default_factory=dict,
        max_length=MAX_CATEGORIES,
        description="by category, hours of the terminals' own time in which they get none of it, or not "
        'before the hours end, as in {all = {begin = "22:00", end = "08:00", then = "hold"}}; '
        "all stands for categories that are not named, and for messages without one; "
        "hours that end when they begin are none",
    )

    _split = field_validator("allowed_origins", mode="before")(split_texts)

    @model_validator(mode="after")
    def _require_known_categories(self) -> "AppSettings":
        known = {*Category, *self.categories}
        if ALL_CATEGORIES in self.categories:
            raise ValueError(f"categories names {ALL_CATEGORIES}, which stands for all categories")
        if ALL_CATEGORIES in self.caps:
            raise ValueError(f"caps names {ALL_CATEGORIES}: a cap is of one category, so name each of them")
        named = [("caps", name) for name in self.caps]
        named += [("quiet_hours", name) for name in self.quiet_hours if name != ALL_CATEGORIES]
        for setting, name in named if self.categories else ():
            if name not in known:
                text = f"{setting} names {name}, which is no category of the app: add it to categories"
                raise ValueError(text)
        return self

    def quiet_hours_of(self, category: str) -> QuietHours | None:
        """The quiet hours for messages of a category ('' for no category); None where there are
        none.
        """
        return self.quiet_hours.get(category) or self.quiet_hours.get(ALL_CATEGORIES)

    def in_quiet_hours(self, category: str) -> InQuietHours:
        """What happens in quiet hours to messages of a category that do not say it themselves."""
        hours = self.quiet_hours_of(category)
        return hours.then if hours else InQuietHours.LEAVE_OUT

    @property
    def vendors(self) -> dict[str, object]:
        """Each vendor's section as it is written in the file, by the vendor's name."""
        return dict(self.model_extra or {})

    def without_vendors(self) -> "AppSettings":
        """The settings of the app alone."""
        own = {name: getattr(self, name) for name in self.model_fields_set if name in type(self).model_fields}
        return type(self).model_construct(set(own), **own)


def public_id_of(app: str, settings: AppSettings) -> str:
    """The public id of an app: the one that was set, else one made from the app's name, so that it
    stays the same even if the store is lost.
    """
    made = f"pga_{app}_{hashlib.sha256(app.encode()).hexdigest()[:_PUBLIC_DIGITS]}"
    return settings.public_id or made
