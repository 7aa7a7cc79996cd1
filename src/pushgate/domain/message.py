"""A message: its content, its options and its status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.canary import Canary
from pushgate.domain.escalation import Escalates, Step
from pushgate.domain.experiment import Split
from pushgate.domain.family import Family, Part
from pushgate.domain.outcome import State
from pushgate.domain.terminal import AttributeValue

DEFAULT_TTL = timedelta(days=1)
MAX_AHEAD = timedelta(days=366)
"""How far in the future a push time may be."""
NOW_OR_NEVER = timedelta(seconds=60)
"""How long a message without a time to live may be on its way to the vendor."""
MAX_TTL = timedelta(days=28)
"""The longest time that any vendor keeps a message (FCM, docs/reference/vendors/fcm.md#expiry).
Adapters shorten it to their vendor's limit.
"""


class Status(StrEnum):
    """The status of a message, from its schedule to its end."""

    SCHEDULED = "scheduled"
    DISPATCHING = "dispatching"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How urgent a message is. Decides the order of jobs, and is passed on to the vendor."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Delivery(StrEnum):
    """What happens to a push that got no answer: it is sent again, or never again."""

    AT_LEAST_ONCE = "at_least_once"
    AT_MOST_ONCE = "at_most_once"


class Category(StrEnum):
    """What a message is about. Each vendor has message classes of its own for it."""

    MESSAGE = "message"
    ACCOUNT = "account"
    ORDER = "order"
    REMINDER = "reminder"
    NEWS = "news"
    MARKETING = "marketing"


class InQuietHours(StrEnum):
    """What happens to terminals that are in quiet hours."""

    LEAVE_OUT = "leave_out"
    """They get nothing."""
    HOLD = "hold"
    """They get the message when the quiet hours end there, if that is within its time to live."""
    IGNORE = "ignore"
    """They get the message all the same, for example a code or an alarm."""


class TooLong(StrEnum):
    """What happens to content that is longer than a vendor takes."""

    REJECT = "reject"
    """The vendor's terminals are rejected with the reason."""
    REFUSE = "refuse"
    """The whole message is refused when it is created."""
    TRUNCATE = "truncate"
    """The content is cut for this vendor."""


class OnMissing(StrEnum):
    """What a terminal gets if it lacks a value that the content needs."""

    LEAVE_OUT = "leave_out"
    """Nothing: it is rejected with the name of the value."""
    FALLBACK = "fallback"
    """The fallback content, which has no placeholders."""


class Content(msgspec.Struct, frozen=True):
    """What a terminal shows, in one language. `data` goes to the client app unchanged."""

    title: str
    body: str
    image: str | None = None
    data: Mapping[str, str] = {}
    url: str | None = None
    """The address that a click opens: a web page, or a deep link into the app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """Marks a message whose content has placeholders, with the values that fill them besides
    attributes.

    `fallback` has the languages of the content where `on_missing` asks for a fallback; else it is
    empty. `values` are for all terminals; `user_values` are for the terminals of each user, by user
    name. A user's own value takes precedence.
    """

    on_missing: OnMissing = OnMissing.LEAVE_OUT
    fallback: Mapping[str, Content] = field(default_factory=dict)
    values: Mapping[str, AttributeValue] = field(default_factory=dict)
    user_values: Mapping[str, Mapping[str, AttributeValue]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """A version of a stored template. Versions count from 1."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Options:
    """How a message is pushed. `vendors` holds each vendor's own options, by vendor name."""

    ttl: timedelta = DEFAULT_TTL
    priority: Priority = Priority.NORMAL
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    collapse_key: str | None = None
    on_too_long: TooLong = TooLong.REJECT
    dry_run: bool = False
    silent: bool = False
    """The client app receives the data, and nothing is shown."""
    badge: int | None = None
    """The number to show at the app's icon."""
    category: Category | None = None
    """The category whose message classes vendors use; None leaves the class to each vendor's
    default.
    """
    own_category: str = ""
    """The app's own category name; empty where `category` is set."""
    quiet_hours: InQuietHours = InQuietHours.LEAVE_OUT
    require_audience: bool = False
    """The message is refused if its audience is empty or names unknown terminals or users."""
    spread: timedelta | None = None
    """The time over which the pushes are spread evenly; None to send as fast as possible."""
    canary: Canary | None = None
    """How the message begins; None to send to all terminals alike."""
    clear_on_click: bool = False
    """A click on one terminal removes the notification from the user's other terminals."""
    withdraws: str = ""
    """The id of a message whose notification this push removes; the other options are those of that
    message. Only Pushgate sets this, and such a push is silent.
    """
    vendors: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def heeds_quiet_hours(self) -> bool:
        """Whether terminals in quiet hours get nothing meanwhile. Silent pushes ignore quiet hours:
        they disturb nobody.
        """
        return self.quiet_hours is not InQuietHours.IGNORE and not self.silent

    @property
    def waits_in_quiet_hours(self) -> bool:
        """Whether terminals in quiet hours get the message when these end."""
        return self.quiet_hours is InQuietHours.HOLD and not self.silent

    @property
    def category_name(self) -> str:
        """The name of the message's category as opt-outs use it; empty for no category."""
        return self.own_category or (self.category.value if self.category else "")


DEFAULT_OPTIONS = Options()
"""The options of a message that names none."""


@dataclass(frozen=True, slots=True)
class Resend:
    """A request to send a message's failures again: the message's `count`-th such request.

    Failures in `states` become pending again, until `expires_at`. `terminals` is how many they were
    at the time of the request.
    """

    count: int
    states: tuple[State, ...]
    expires_at: datetime
    terminals: int = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message without its content and its listed audience: enough to plan, check and count it."""

    id: str
    app: str
    push_at: datetime
    audience: AudienceSummary
    ttl: timedelta
    priority: Priority
    delivery: Delivery
    dry_run: bool
    resend: Resend | None = None
    trace: str = ""
    is_personal: bool = False
    category: str = ""
    """The name of the message's category; empty for none."""
    split: Split | None = None
    """How terminals are split among variants, None for a message without variants."""
    spread: timedelta | None = None
    canary: Canary | None = None
    heeds_quiet_hours: bool = True
    """Whether terminals in quiet hours get nothing then."""
    waits_in_quiet_hours: bool = False
    """Whether they get the message when these hours end."""
    clear_on_click: bool = False
    """Whether a click removes the notification from the user's other terminals."""
    family: Family | None = None
    part: Part | None = None
    escalate: tuple[Step, ...] = ()
    """What follows where the message does not reach a user, in the order of time."""
    escalates: Escalates | None = None
    """Which step of which message it is."""

    @property
    def last_push_at(self) -> datetime:
        """The push time of the last part of the message, or of its family; else its own."""
        return _last_push_at(self)

    @property
    def lifetime(self) -> timedelta:
        """How long the message may be on its way.

        With a time to live of zero the vendor does not store the push. Pushgate itself still needs
        some time to reach the vendor, so the message has `NOW_OR_NEVER`.
        """
        return self.ttl or NOW_OR_NEVER

    @property
    def expires_at(self) -> datetime:
        """From this instant on, pending terminals expire; of a family, those of its last part."""
        return _expires_at(self)


class Message(msgspec.Struct, frozen=True):
    """One push request, without its listed audience. Instants are aware UTC.

    `msgspec.structs.replace` changes fields.
    """

    id: str
    app: str
    content: Mapping[str, Content]
    default_language: str
    push_at: datetime
    created_at: datetime
    audience: AudienceSummary
    options: Options = msgspec.field(default_factory=Options)
    resend: Resend | None = None
    trace: str = ""
    """The context of the trace that the message belongs to, as `domain.trace` has it."""
    personal: Personal | None = None
    """Set where the content has placeholders."""
    template: TemplateVersion | None = None
    """Where the content was taken from, a copy that no change of the template reaches."""
    family: Family | None = None
    """When its parts are due, of a message that goes out in parts."""
    part: Part | None = None
    """Which terminals it is for, of a part of another message."""
    split: Split | None = None
    """How terminals are split among variants, None for a message without variants."""
    variants: tuple[Mapping[str, Content], ...] = ()
    """The content of each variant, in the same languages. `content` is that of the first."""
    escalate: tuple[Step, ...] = ()
    """What follows where the message does not reach a user, in the order of time."""
    escalates: Escalates | None = None
    """Which step of which message it is."""

    def with_variant(self, number: int) -> "Message":
        """The message as the terminals of one variant get it."""
        return replace(self, content=self.variants[number])

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
            trace=self.trace,
            is_personal=self.personal is not None,
            spread=self.options.spread,
            canary=self.options.canary,
            category=self.options.category_name,
            heeds_quiet_hours=self.options.heeds_quiet_hours,
            clear_on_click=self.options.clear_on_click,
            waits_in_quiet_hours=self.options.waits_in_quiet_hours,
            family=self.family,
            part=self.part,
            split=self.split,
            escalate=self.escalate,
            escalates=self.escalates,
        )

    @property
    def last_push_at(self) -> datetime:
        """The push time of the last part of the message, or of its family; else its own."""
        return _last_push_at(self)

    @property
    def lifetime(self) -> timedelta:
        """How long the message may be on its way, as `Envelope.lifetime`."""
        return self.options.ttl or NOW_OR_NEVER

    @property
    def expires_at(self) -> datetime:
        """From this instant on, pending terminals expire; of a family, those of its last part."""
        return _expires_at(self)


def _last_push_at(message: Message | Envelope) -> datetime:
    of_family = message.family or message.part
    return of_family.last_at if of_family else message.push_at


def _expires_at(message: Message | Envelope) -> datetime:
    if message.resend:
        return message.resend.expires_at
    return (message.family.last_at if message.family else message.push_at) + message.lifetime
