"""The words of Pushgate as values: what a message, a terminal, a group and an outcome are.

Everything here is frozen and knows no engine, no vendor and no wire format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

DEFAULT_TTL = timedelta(days=1)
NOW_OR_NEVER = timedelta(seconds=60)
UNDETERMINED = "und"
"""The language of groups of terminals whose own language is not known, or has no room: they get the default language."""
MAX_TTL = timedelta(days=28)
"""The longest any vendor keeps a message (FCM, VENDORS 3.2); adapters shorten it to what theirs allows."""


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


class RefusalScope(StrEnum):
    """What a vendor's refusal of a call is about. Only this pauses: the app's other pushes to the vendor go on."""

    TOPIC = "topic"
    CHANNEL = "channel"
    CLASS = "class of messages"
    RECEIPT = "receipt address"
    CALL = "call"
    HOST = "host"
    APP = "app"
    """All that the app sends to the vendor."""


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


class State(StrEnum):
    """Where one terminal stands in one message. It is in exactly one of these at every moment."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Receipt(StrEnum):
    """What a vendor or the client app reports after a push was accepted."""

    DELIVERED = "delivered"
    CLICKED = "clicked"
    MUTED = "muted"
    """The terminal shows no notifications: its user, or the system, keeps them back."""
    GONE = "gone"
    """The vendor found out later that the terminal is dead."""
    RECALLED = "recalled"
    """The vendor took the push back."""


class Outcome(StrEnum):
    """What a vendor said of one terminal."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """What an API key may do."""

    PUSH = "push"
    READ = "read"
    TERMINALS = "terminals"
    ADMIN = "admin"
    OPERATOR = "operator"
    """What concerns all apps. Such a key belongs to no app and sees no messages and no terminals."""


@dataclass(frozen=True, slots=True)
class App:
    """An application that receives pushes. `shards` is fixed when its registry is created."""

    name: str
    shards: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """The terminals of one app with the same vendor and language.

    `inline` groups hold terminals that the message itself brought as push tokens; their slots are numbered
    inside the message, not in the registry.
    """

    vendor: str
    language: str
    inline: bool = False

    @property
    def key(self) -> str:
        """Text form used in keys and fields: `apns/zh-Hans`, `apns/zh-Hans/inline`."""
        return f"{self.vendor}/{self.language}/inline" if self.inline else f"{self.vendor}/{self.language}"

    @classmethod
    def parse(cls, key: str) -> "Group":
        """Read the text form back."""
        vendor, language, *rest = key.split("/")
        return cls(vendor, language, bool(rest))


@dataclass(frozen=True, slots=True)
class Terminal:
    """One installation of the app on one device."""

    id: str
    vendor: str
    token: str
    language: str
    user: str | None = None
    tags: tuple[str, ...] = ()
    timezone: str | None = None
    group_language: str | None = None
    """The language of its group; unset = its own."""


@dataclass(frozen=True, slots=True)
class Address:
    """A terminal given by its push token in the request, registered or not."""

    vendor: str
    token: str
    language: str


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


class Audience:
    """Who receives a message: one of the four below."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Everyone(Audience):
    """Every registered terminal of the app."""

    all: bool = True


@dataclass(frozen=True, slots=True)
class ByTerminal(Audience):
    """Registered terminals by id; unknown ids are left out."""

    terminals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByUser(Audience):
    """All registered terminals of these users."""

    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByToken(Audience):
    """Terminals the message brings itself, registered or not."""

    tokens: tuple[Address, ...]


class AudienceKind(StrEnum):
    """What an audience names its terminals by."""

    ALL = "all"
    TERMINALS = "terminals"
    USERS = "users"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class AudienceSummary:
    """An audience in short: its kind, and how many ids or tokens it lists (0 for everyone).

    Of tokens also the vendors of those that are a terminal's, and of those that stand for a topic.
    """

    kind: AudienceKind = AudienceKind.ALL
    count: int = 0
    vendors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


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
