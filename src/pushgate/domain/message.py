"""A message: its content, its options, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.outcome import State

DEFAULT_TTL = timedelta(days=1)
NOW_OR_NEVER = timedelta(seconds=60)
MAX_TTL = timedelta(days=28)
"""The longest any vendor keeps a message (FCM, docs/reference/vendors/fcm.md#expiry); adapters
shorten it to what theirs allows.
"""


class Status(StrEnum):
    """Where a message is on its way."""

    SCHEDULED = "scheduled"
    DISPATCHING = "dispatching"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How urgent a message is: the order of its jobs, and what the vendor is told."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Delivery(StrEnum):
    """What happens to a send whose answer never came: sent again, or never again."""

    AT_LEAST_ONCE = "at_least_once"
    AT_MOST_ONCE = "at_most_once"


class Category(StrEnum):
    """What a message is about. Each vendor has a class of its own for it."""

    MESSAGE = "message"
    ACCOUNT = "account"
    ORDER = "order"
    REMINDER = "reminder"
    NEWS = "news"
    MARKETING = "marketing"


class TooLong(StrEnum):
    """What happens to content that is longer than a vendor takes: its terminals are rejected with the reason, the whole
    message is refused when it is created, or the content is cut for that vendor."""

    REJECT = "reject"
    REFUSE = "refuse"
    TRUNCATE = "truncate"


@dataclass(frozen=True, slots=True)
class Content:
    """What is shown, in one language. `data` goes to the client app as it is."""

    title: str
    body: str
    image: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    """What a click opens: a web page, or a deep link into the app."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a message is pushed. `vendors` holds each vendor's own extras, by vendor name."""

    ttl: timedelta = DEFAULT_TTL
    priority: Priority = Priority.NORMAL
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    collapse_key: str | None = None
    on_too_long: TooLong = TooLong.REJECT
    dry_run: bool = False
    silent: bool = False
    """The app is given the data, and nothing is shown."""
    badge: int | None = None
    """The number at the app's icon."""
    category: Category | None = None
    """What the message is about; None leaves the class to each vendor's default."""
    vendors: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resend:
    """The failures of a sent message are sent again: for the `count`-th time, those in `states`, until `expires_at`."""

    count: int
    states: tuple[State, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message without its content and its listed audience: enough to plan, to watch and to count it."""

    id: str
    app: str
    push_at: datetime
    audience: AudienceSummary
    ttl: timedelta
    priority: Priority
    delivery: Delivery
    dry_run: bool
    resend: Resend | None = None

    @property
    def lifetime(self) -> timedelta:
        """How long it may be on its way.

        Without a time to live a push is now or never: for the vendor, which keeps nothing, not for our own way there.
        """
        return self.ttl or NOW_OR_NEVER

    @property
    def expires_at(self) -> datetime:
        """From this instant on, what is still pending expires."""
        return self.resend.expires_at if self.resend else self.push_at + self.lifetime


@dataclass(frozen=True, slots=True)
class Message:
    """One push request, without the list of its audience. Instants are aware UTC."""

    id: str
    app: str
    content: Mapping[str, Content]
    default_language: str
    push_at: datetime
    created_at: datetime
    audience: AudienceSummary
    options: Options = field(default_factory=Options)
    resend: Resend | None = None

    @property
    def envelope(self) -> Envelope:
        """The message without its content."""
        return Envelope(
            id=self.id,
            app=self.app,
            push_at=self.push_at,
            audience=self.audience,
            ttl=self.options.ttl,
            priority=self.options.priority,
            delivery=self.options.delivery,
            dry_run=self.options.dry_run,
            resend=self.resend,
        )

    @property
    def lifetime(self) -> timedelta:
        """How long it may be on its way, as `Envelope.lifetime`."""
        return self.options.ttl or NOW_OR_NEVER

    @property
    def expires_at(self) -> datetime:
        """From this instant on, what is still pending expires."""
        return self.resend.expires_at if self.resend else self.push_at + self.lifetime
