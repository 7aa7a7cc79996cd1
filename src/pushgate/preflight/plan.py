"""What would come of a message: values. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pushgate.content.personal.syntax import ValueName
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Message, Status
from pushgate.domain.outcome import FailureCode
from pushgate.domain.terminal import Group
from pushgate.fleet.pause import Pause


class Effect(StrEnum):
    """What a vendor's limits do to a content."""

    REFUSED = "refused"
    """The terminals are rejected."""
    CUT = "cut"
    """The content is shortened for the vendor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedContent:
    """A content that one vendor would not carry as it is, and how many terminals would get it.

    `language` is that of the content. `to_topics` says that the terminals are topics.
    """

    vendor: str
    language: str
    to_topics: bool
    count: int
    effect: Effect
    code: FailureCode
    reason: FieldError


class RateSource(StrEnum):
    """Where a rate is from."""

    SETTINGS = "settings"
    MEASURED = "measured"
    """The busiest minute of the last hour."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast pushes go to a vendor: pushes a second, and where that is known from."""

    per_second: float
    source: RateSource


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPlan:
    """What would come of the terminals of one vendor.

    `limited` are the contents that the vendor would refuse, or that would be cut for it. `sent` are
    those to which something is sent: the vendor is configured, and does not refuse their content.
    `pace`, `seconds` (from the push time to the last one) and `expiring` (those not reached before
    the message expires) are None where no rate is known.
    """

    vendor: str
    is_configured: bool
    paused: Pause | None
    """Since when the vendor or the app is paused: pushes wait until it is resumed."""
    count: int
    limited: Sequence[LimitedContent]
    refused: int
    cut: int
    sent: int
    pace: Pace | None
    seconds: float | None
    expiring: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentOutcomes:
    """Terminals of the audience by what the last large messages say of them; `messages` is how
    many of these were read.

    `muted` show no notifications. `dead` have a push token that was called dead, and are registered
    all the same.
    """

    messages: int
    muted: int
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlappingMessage:
    """A message near in time that is for some of the same terminals."""

    message_id: str
    status: Status
    push_at: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """Messages whose push times are within half an hour, that are for some of the same terminals.

    `compared` is how many were looked at. `is_complete` is false where there were too many to look
    at all of them, or to list all that were found.
    """

    messages: Sequence[OverlappingMessage]
    compared: int
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedValue:
    """A value that a personal message names.

    `has_default` says that the content is sent without the value, too; `missing` how many of the
    terminals that were looked at do not have the value. `longest` is how many characters the
    longest one has.
    """

    name: str
    has_default: bool
    missing: int
    longest: int


@dataclass(frozen=True, slots=True)
class PersonalPlan:
    """The values of a personal message, and how many terminals of the audience were looked at.

    `longest` has the longest value for each name, as it is stored.
    """

    looked_at: int
    values: Sequence[PlannedValue]
    longest: Mapping[ValueName, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would come of a message. `recent` and `overlaps` are None for push tokens, of which
    nothing is kept.
    """

    message: Message
    groups: Mapping[Group, int]
    timezones: Mapping[str | None, int] | None
    due: Mapping[datetime, int] | None
    """How many are due at each instant, of a message that goes out in parts."""
    languages: Mapping[Group, str]
    """The language of the content that each group gets."""
    vendors: Sequence[VendorPlan]
    recent: RecentOutcomes | None
    overlaps: Overlaps | None
    personal: PersonalPlan | None
    """None for a message without placeholders."""
    warnings: Sequence[FieldError]
