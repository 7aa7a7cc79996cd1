"""What the API takes and returns, as types of dicts. Made by `make clients`; do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class ActivityMinute(TypedDict):
    """What happened in one minute."""

    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int
    at: str
    """the beginning of the minute"""
    vendors: list[VendorActivity]
    """the vendors through which anything happened"""


class ActivityReport(TypedDict):
    """What happened to an app's terminals today, and in each of the last 60 minutes."""

    timezone: str
    today: ActivityToday
    minutes: list[ActivityMinute]
    """oldest first; the last minute is still running"""
    rates: list[VendorRate]
    """all vendors of the app"""


class ActivityToday(TypedDict):
    """What happened since midnight."""

    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int
    since: str
    """midnight in the time zone"""
    vendors: list[VendorActivity]
    """the vendors through which anything happened"""


Algorithm = Literal["ES256", "HS256"]
"""How a backend signs. The stored key decides, never the header of a token."""


class ApnsConfig(TypedDict):
    """`options.fcm.apns`: what FCM passes on to APNs."""

    headers: NotRequired[dict[str, str] | None]
    """of APNs, such as apns-priority"""
    payload: NotRequired[dict[str, Any] | None]
    """`aps`, and keys of the app's own"""
    image: NotRequired[str | None]
    """address of a picture, for iOS alone"""
    analytics_label: NotRequired[str | None]


class ApnsOptions(TypedDict):
    """Options of a message for APNs."""

    badge: NotRequired[int | None]
    sound: NotRequired[str | None]
    critical_sound: NotRequired[CriticalSound | None]
    """instead of sound"""
    subtitle: NotRequired[str | None]
    launch_image: NotRequired[str | None]
    title_loc_key: NotRequired[str | None]
    title_loc_args: NotRequired[list[str] | None]
    subtitle_loc_key: NotRequired[str | None]
    subtitle_loc_args: NotRequired[list[str] | None]
    loc_key: NotRequired[str | None]
    loc_args: NotRequired[list[str] | None]
    category: NotRequired[str | None]
    thread_id: NotRequired[str | None]
    target_content_id: NotRequired[str | None]
    interruption_level: NotRequired[Literal["passive", "active", "time-sensitive", "critical"] | None]
    filter_criteria: NotRequired[str | None]
    relevance_score: NotRequired[float | None]
    """0 to 1, but for Live Activities, whose may be any"""
    mutable_content: NotRequired[bool]
    content_available: NotRequired[bool]
    push_type: NotRequired[
        Literal[
            "alert",
            "background",
            "voip",
            "complication",
            "fileprovider",
            "location",
            "liveactivity",
            "pushtotalk",
            "widgets",
            "controls",
        ]
    ]
    live_activity: NotRequired[LiveActivity | None]
    """goes with push_type liveactivity"""


class AppLanguages(TypedDict):
    """The languages that an app's terminals are grouped by, and the registrations whose language
    had no room.
    """

    app: str
    languages: int
    limited: int


class AppPage(TypedDict):
    """Apps in the order of their names."""

    apps: list[AppView]
    next_cursor: str | None


class AppSettingsBody(TypedDict):
    """The settings of an app; those that are left out have their defaults."""

    default_language: NotRequired[str]
    """language of terminals that name none, and of messages without `default_language`"""
    shards: NotRequired[int]
    """parts the registry is cut into; fixed once the app has terminals"""
    timezone: NotRequired[str]
    """IANA time zone of terminals without one, for their local time and local days"""
    silent_after: NotRequired[str | None]
    """terminals without a sign of life for this long are removed; unset = never"""
    public_id: NotRequired[str | None]
    """what installations without a registration token name the app by: pga_, the app's name, _
    and 8 to 32 letters and digits; unset = made from the app's name
    """
    allow_anonymous: NotRequired[bool]
    """whether installations may register without a registration token"""
    max_anonymous_registrations: NotRequired[int]
    """registrations a minute without a registration token, in one process"""
    max_anonymous_registrations_per_client: NotRequired[int]
    """registrations a minute without a registration token from one address, in one process"""
    allowed_origins: NotRequired[list[str]]
    """origins of web pages that may call /v1/devices, such as https://shop.example"""
    require_device_proof: NotRequired[bool]
    """whether a report of a client app needs the secret of the device that reports"""
    categories: NotRequired[dict[str, Any]]
    """the app's own categories of messages, each with the one of message, account, order,
    reminder, news and marketing whose classes vendors use; where there are any, other names
    are refused
    """
    caps: NotRequired[dict[str, Any]]
    """by category, how many messages a terminal gets in one of its own days, as in {marketing =
    {per_day = 3}}
    """
    quiet_hours: NotRequired[dict[str, Any]]
    """by category, hours of the terminals' own time in which they get none of it, or not before
    the hours end, as in {all = {begin = "22:00", end = "08:00", then = "hold"}}; all stands
    for categories that are not named, and for messages without one; hours that end when they
    begin are none
    """


AppSource = Literal["file", "api"]
"""Where the settings of an app are kept."""


class AppVendorPage(TypedDict):
    """The vendors of an app, in the order of their names."""

    vendors: list[AppVendorView]


class AppVendorView(TypedDict):
    """A vendor's section of an app, without its secrets."""

    app: str
    vendor: str
    source: AppSource
    settings: dict[str, Any]
    """what was set, without secrets"""
    credentials: dict[str, CredentialView]
    previous: PreviousSection | None
    paused: Pause | None
    """null where neither the vendor nor the app is paused"""
    changed_at: str | None
    changed_by: str | None
    last_used_at: str | None
    """last answer of the vendor, to 10 s"""
    last_refusal: LastRefusal | None
    receipt_url: str | None
    """the URL to which the vendor reports receipts, for the vendor's console. It contains a
    secret: anyone who has it can send receipts. null where the vendor reports none, or
    `api.public_url` is not set
    """
    receipt_path: str | None
    """the path of `receipt_url`, below the address at which the vendor reaches the API; just as
    secret. null where the vendor reports none
    """
    confirmed: NotRequired[bool | None]
    """after a change: true if the vendor accepted the credential; null if the vendor was not
    asked, or can only be asked by a push
    """


class AppVendors(TypedDict):
    """The vendors of an app."""

    vendors: list[Vendor]


class AppView(TypedDict):
    """An app. `settings` includes the defaults of settings that were not set."""

    app: str
    source: AppSource
    """`file`: in the configuration, and not changed by API"""
    settings: AppSettingsBody
    vendors: list[str]
    """names of the vendors that the app has a section for"""
    revision: int | None
    """counts the changes of the app; null for an app of the file"""
    changed_at: NotRequired[str | None]
    changed_by: NotRequired[str | None]
    """id of the API key that changed it last"""
    paused: NotRequired[Pause | None]
    """null where the app is not paused"""
    deleting_since: NotRequired[str | None]
    """since when the app's data are being erased"""


AttemptFailure = Literal[
    "timed_out", "address_refused", "name_not_found", "not_connected", "tls_failed", "connection_lost"
]
"""Why an attempt got no response. The codes are stable: clients match on them."""


Audience = TypedDict(
    "Audience",
    {
        "all": "NotRequired[Literal[True]]",
        "terminals": "NotRequired[int | list[str]]",
        "users": "NotRequired[int | list[str]]",
        "tokens": "NotRequired[int | list[InlineToken]]",
        "tag": "NotRequired[str]",
        "language": "NotRequired[str]",
        "vendor": "NotRequired[Vendor]",
        "timezone": "NotRequired[str]",
        "registered": "NotRequired[Days]",
        "seen": "NotRequired[Days]",
        "app_version": "NotRequired[str]",
        "attribute": "NotRequired[str]",
        "equals": "NotRequired[str | float | bool]",
        "one_of": "NotRequired[list[str | float | bool]]",
        "targeted": "NotRequired[str]",
        "accepted": "NotRequired[str]",
        "delivered": "NotRequired[str]",
        "clicked": "NotRequired[str]",
        "failed": "NotRequired[str]",
        "saved": "NotRequired[str]",
        "frozen": "NotRequired[str]",
        "all_of": "NotRequired[list[Audience]]",
        "any_of": "NotRequired[list[Audience]]",
        "not": "NotRequired[Audience]",
        "sample": "NotRequired[Sample]",
        "one_per_user": "NotRequired[Audience]",
        "escalation_of": "NotRequired[str]",
    },
)
"""Who receives a message, or a part of that. A list of terminals, users or tokens is shown by
its length, or whole with `include=audience`.
"""


AudienceBody = TypedDict(
    "AudienceBody",
    {
        "all": "NotRequired[Literal[True] | None]",
        "terminals": "NotRequired[list[str] | None]",
        "users": "NotRequired[list[str] | None]",
        "tag": "NotRequired[str | None]",
        "language": "NotRequired[str | None]",
        "vendor": "NotRequired[Vendor | None]",
        "timezone": "NotRequired[str | None]",
        "registered": "NotRequired[DaysBody | None]",
        "seen": "NotRequired[DaysBody | None]",
        "app_version": "NotRequired[str | None]",
        "attribute": "NotRequired[str | None]",
        "equals": "NotRequired[str | float | bool | None]",
        "one_of": "NotRequired[list[str | float | bool] | None]",
        "targeted": "NotRequired[str | None]",
        "accepted": "NotRequired[str | None]",
        "delivered": "NotRequired[str | None]",
        "clicked": "NotRequired[str | None]",
        "failed": "NotRequired[str | None]",
        "saved": "NotRequired[str | None]",
        "all_of": "NotRequired[list[AudienceNode] | None]",
        "any_of": "NotRequired[list[AudienceNode] | None]",
        "not": "NotRequired[AudienceNode | None]",
        "sample": "NotRequired[SampleBody | None]",
        "one_per_user": "NotRequired[AudienceNode | None]",
        "tokens": "NotRequired[list[InlineTokenBody] | None]",
    },
)
"""Who receives the message: exactly one of these fields; `attribute` needs `equals` or `one_of`
beside it. For lists that may be long, only the first bad item is reported.
"""


class AudienceCount(TypedDict):
    """How many terminals an audience holds now."""

    total: int
    groups: list[GroupCount]
    timezones: NotRequired[list[TimezoneCount]]
    lines: NotRequired[list[int]]
    """the terminals that are left after each part of the outermost `all_of`; the last count is
    the total, and the only one where the audience is no `all_of`
    """
    warnings: list[FieldError]
    """terminals and users that are not registered, and limits of the figures"""


class AudienceCountBody(TypedDict):
    """An audience that is to be counted."""

    audience: AudienceBody
    by: NotRequired[list[CountBy]]
    """further counts beside those of the groups"""
    lines: NotRequired[bool]
    """also count how many terminals are left after each part of an `all_of`"""


AudienceNode = TypedDict(
    "AudienceNode",
    {
        "all": "NotRequired[Literal[True] | None]",
        "terminals": "NotRequired[list[str] | None]",
        "users": "NotRequired[list[str] | None]",
        "tag": "NotRequired[str | None]",
        "language": "NotRequired[str | None]",
        "vendor": "NotRequired[Vendor | None]",
        "timezone": "NotRequired[str | None]",
        "registered": "NotRequired[DaysBody | None]",
        "seen": "NotRequired[DaysBody | None]",
        "app_version": "NotRequired[str | None]",
        "attribute": "NotRequired[str | None]",
        "equals": "NotRequired[str | float | bool | None]",
        "one_of": "NotRequired[list[str | float | bool] | None]",
        "targeted": "NotRequired[str | None]",
        "accepted": "NotRequired[str | None]",
        "delivered": "NotRequired[str | None]",
        "clicked": "NotRequired[str | None]",
        "failed": "NotRequired[str | None]",
        "saved": "NotRequired[str | None]",
        "all_of": "NotRequired[list[AudienceNode] | None]",
        "any_of": "NotRequired[list[AudienceNode] | None]",
        "not": "NotRequired[AudienceNode | None]",
        "sample": "NotRequired[SampleBody | None]",
        "one_per_user": "NotRequired[AudienceNode | None]",
    },
)
"""A part of an audience: exactly one of these fields; `attribute` needs `equals` or `one_of`
beside it.
"""


class AuditEntry(TypedDict):
    """An action: who did what, when and from where."""

    id: str
    at: str
    """by the clock of Redis"""
    app: str | None
    """the app that the action concerns; null for no app"""
    action: str
    """such as `message.created`; the reference of the audit log has them all"""
    targets: list[str]
    """ids or names of the targets; users and terminals as keyed hashes, `user~<hash>` and
    `terminal~<hash>`
    """
    key_id: str | None
    """null where a command or Pushgate itself did it"""
    key_name: str
    """the name that the key had then, or the command"""
    address: str | None
    """the address of the request; null for a command"""
    details: dict[str, str | int | bool | None]


AuditFormat = Literal["json", "ndjson"]
"""The form of the log."""


class AuditPage(TypedDict):
    """Some entries of the audit log."""

    entries: list[AuditEntry]
    after: str
    """leads to the next page, and to entries that come later"""
    has_more: bool
    """whether there are more entries already"""
    trimmed_before: str | None
    """entries before this time were removed early, for `audit.max_entries`; null for none"""


class BadLine(TypedDict):
    """A line of an import that was not stored."""

    line: int
    errors: list[FieldError]


class BatchBody(TypedDict):
    """Up to 1,000 push requests."""

    messages: list[BatchItem]


class BatchItem(TypedDict):
    """One push request of a batch."""

    content: NotRequired[dict[str, ContentBody]]
    """by BCP 47 language"""
    template: NotRequired[TemplateReference]
    variants: NotRequired[list[VariantBody]]
    """in place of `content`: each terminal gets one of the variants, always the same one"""
    holdout: NotRequired[float]
    """with variants: per cent of terminals that get nothing, to compare with"""
    unit: NotRequired[Unit]
    """with variants: `user` gives all terminals of a user the same variant; unset = `terminal`"""
    winner: NotRequired[WinnerBody]
    """with variants: how the rest gets one of them"""
    default_language: NotRequired[str | None]
    """one of content's, for terminals whose language none of them fits; unset = the app's, or
    the only one
    """
    push_time: NotRequired[str | LocalPushTime | BestHourPushTime | None]
    """RFC 3339 with offset; unset, or past by at most 5 minutes = now; at most 366 days ahead;
    or a local time, at which each terminal is pushed to in its own time zone; or the best
    hour, in which each terminal clicks most
    """
    audience: AudienceBody
    options: NotRequired[OptionsBody]
    personal: NotRequired[bool]
    """content has placeholders such as `{{ name | default: "friend" }}`, into which each
    terminal's values are filled; else they are sent as they are. Of a template with
    placeholders they are always filled
    """
    on_missing: NotRequired[OnMissing | None]
    """what a terminal gets that lacks a value without a default: nothing (it is rejected with
    the code `missing_value`), or the fallback; unset = `leave_out`
    """
    fallback: NotRequired[dict[str, ContentBody] | None]
    """content without placeholders, in the same languages, for `on_missing`: `fallback`"""
    fallback_template: NotRequired[TemplateReference]
    """in place of `fallback`: a stored template without placeholders, in all languages of
    content
    """
    values: NotRequired[dict[str, str | float | bool]]
    """what `{{ values.<name> }}` shows, for all terminals"""
    user_values: NotRequired[dict[str, dict[str, str | float | bool]]]
    """values for the terminals of a user, by the user's name; they take precedence over `values`"""
    escalate: NotRequired[list[StepBody]]
    """what follows where the message does not reach a user in time, in the order of time: each
    step is a message of its own
    """
    idempotency_key: NotRequired[str | None]
    """as the header Idempotency-Key of a single request; unset = derived from the batch's key"""


class BatchResult(TypedDict):
    """The result of one item of a batch: a message, or a problem."""

    status: int
    message: NotRequired[MessageWithWarnings]
    problem: NotRequired[Problem]


class BatchResults(TypedDict):
    """One result for each item, in the order of the request."""

    results: list[BatchResult]


class BestHourPushTime(TypedDict):
    """Each terminal is pushed to in the one of the next full hours in which it clicks most."""

    best_hour_within: str
    """how many of the next full hours to choose from, from `2h` to `24h`"""
    fallback: NotRequired[str | None]
    """the local time for terminals without a known click, such as 10:00; unset = in the best
    hour of all terminals of the app
    """


class CallbackKeyEntry(TypedDict):
    """A key, without its secret."""

    id: str
    made_at: str | None
    """null where it is not known"""
    signs_from: str | None
    """when the key begins to sign, some seconds after it was made; null for a key that has
    always signed
    """
    until: str | None
    """until when the key's signatures are valid; null for no end"""


class CallbackKeyList(TypedDict):
    """All keys that verify, the newest first."""

    source: KeySource
    keys: list[CallbackKeyEntry]


class Canary(TypedDict):
    """A share of the terminals that gets the message first."""

    share: float
    wait: str
    """a duration such as `10m`"""
    hold_if: CanaryLimits
    slower_if: CanaryLimits


class CanaryBody(TypedDict):
    """A share of the terminals that gets the message first, and what happens then."""

    share: float
    """per cent, a random sample of every block"""
    wait: str
    """from the push time until the rest is sent, such as `10m`"""
    hold_if: NotRequired[CanaryLimitsBody]
    """if one of these limits is passed, the message is paused"""
    slower_if: NotRequired[CanaryLimitsBody]
    """if one of these limits is passed at the end of `wait`, `spread` takes twice the time"""


class CanaryFinding(TypedDict):
    """A limit that was passed: `count` of `answers` terminals."""

    measure: Measure
    vendor: Vendor | None
    """null for clicks, which count for all vendors together"""
    count: int
    answers: int
    limit: float
    reason: str


class CanaryLimits(TypedDict):
    """Limits in per cent; one that is not set is left out."""

    rejected: NotRequired[float]
    invalid: NotRequired[float]
    gone: NotRequired[float]
    muted: NotRequired[float]
    clicks_below: NotRequired[float]


class CanaryLimitsBody(TypedDict):
    """Limits on the results of a canary, in per cent of the terminals for which the vendor
    answered.
    """

    rejected: NotRequired[float]
    """passed where more of a vendor's terminals are rejected"""
    invalid: NotRequired[float]
    """passed where more of a vendor's terminals have a dead token"""
    gone: NotRequired[float]
    """passed where more of a vendor's terminals are reported as gone"""
    muted: NotRequired[float]
    """passed where more of a vendor's terminals show no notifications"""
    clicks_below: NotRequired[float]
    """passed where fewer of all accepted terminals clicked by the end of `wait`"""


class CanaryResult(TypedDict):
    """The state of a canary."""

    phase: Phase
    until: str | None
    """when the rest is due, while the canary runs"""
    finding: CanaryFinding | None
    """why it was held or slowed"""
    few_answers: list[FewAnswers]
    """of whom the guard had fewer than 100 answers when it decided, so that no limit on them was
    judged
    """


class CapSettings(TypedDict):
    """How much a terminal gets of one category."""

    per_day: int
    """messages in one day of the terminal's time zone"""


class Capsule(TypedDict):
    """The small form in the status bar."""

    type: Literal[1, 2, 3]
    """1 icon and text, 2 timer, 3 progress"""
    status: NotRequired[Literal[1, -1]]
    """1 shown, -1 not"""
    icon: str
    """file in the app's rawfile folder"""
    more: NotRequired[dict[str, Any] | None]


Category = Literal["message", "account", "order", "reminder", "news", "marketing"]
"""What a message is about. Each vendor has message classes of its own for it."""


class ChangeBody(TypedDict):
    """A change of a scheduled message. Fields that are left out stay."""

    push_time: NotRequired[str | LocalPushTime | BestHourPushTime | None]
    """RFC 3339 with offset; past by at most 5 minutes = now; at most 366 days ahead; for a
    message to a local time or to the best hour another of these
    """
    content: NotRequired[dict[str, ContentBody] | None]
    template: NotRequired[TemplateReference | None]
    """a stored template whose content takes the place of the message's"""
    variants: NotRequired[list[VariantBody] | None]
    """in place of `content`, for a message that has variants: all variants anew"""
    default_language: NotRequired[str | None]
    audience: NotRequired[AudienceBody | None]
    personal: NotRequired[bool | None]
    """whether placeholders are filled in; unset = as before. Of a template with placeholders
    they are always filled
    """
    on_missing: NotRequired[OnMissing | None]
    """of a personal message; with `leave_out` its fallback goes"""
    fallback: NotRequired[dict[str, ContentBody] | None]
    """in place of the fallback of a personal message, in the languages of content"""
    fallback_template: NotRequired[TemplateReference | None]
    """a stored template whose content takes the place of the fallback"""
    values: NotRequired[dict[str, str | float | bool] | None]
    """in place of all `values` of a personal message"""
    user_values: NotRequired[dict[str, dict[str, str | float | bool]] | None]
    """in place of all `user_values` of a personal message"""


ChangedAppSettings = dict[str, Any]
"""Some settings of an app, as in its PUT; null sets one back to its default."""


class ChangedUser(TypedDict):
    """A person after a change, with all attributes and opt-outs."""

    user: str
    attributes: dict[str, str | float | bool]
    opt_out: list[str]
    quiet_hours: ShownQuietHours | None


class ChosenLanguage(TypedDict):
    """The language of the terminal's group, the language of the content that it gets, and why it
    gets that one.
    """

    wanted: str
    content: NotRequired[str]
    match: NotRequired[LanguageMatch]


class ClickHour(TypedDict):
    """An hour of the day in which a terminal clicked, in one period of 28 days."""

    hour: int
    """UTC"""
    period_begins: str


class ClosedBreaker(TypedDict):
    """A circuit breaker that was closed, and why pushes failed. `scope` names the topic,
    channel, host and so on; it is empty for everything that the app sends to the vendor.
    """

    scope: str
    code: SystemProblemCode
    cause: str
    since: str
    until: str | None


class ClosedBreakers(TypedDict):
    """The circuit breakers that were closed."""

    app: str
    vendor: Vendor
    closed: list[ClosedBreaker]


class Colour(TypedDict):
    """A colour of light; each part is 0 to 1."""

    red: NotRequired[float]
    green: NotRequired[float]
    blue: NotRequired[float]
    alpha: NotRequired[float]


class ConfirmedRemoval(TypedDict):
    """A removal that was confirmed."""

    app: str
    vendor: Vendor
    removal: HeldRemovalProgress


class Content(TypedDict):
    """Content in one language, as stored."""

    title: str
    body: str
    image: str | None
    url: str | None
    data: dict[str, str]


class ContentBody(TypedDict):
    """What is shown, in one language."""

    title: str
    body: str
    image: NotRequired[str | None]
    """address of a picture"""
    url: NotRequired[str | None]
    """opened on a click: an https:// page or a deep link; an app that opens links itself finds
    the link in the data of the push
    """
    data: NotRequired[dict[str, str]]
    """passed to the client app unchanged; values are strings"""


CountBy = Literal["timezone"]
"""What terminals are counted by, beside their groups."""


class CountToCome(TypedDict):
    """About how many terminals are due at an instant."""

    at: str
    count: int


class CredentialView(TypedDict):
    """What is shown of a secret setting."""

    fingerprint: str
    """first 16 hexadecimal digits of its SHA-256"""
    expires_at: str | None
    """end of a certificate's validity"""


class CriticalSound(TypedDict):
    """A sound that is played even where sounds are off; the app needs Apple's entitlement."""

    critical: NotRequired[Literal[1]]
    name: NotRequired[str]
    volume: NotRequired[float]


class Days(TypedDict):
    """Days in UTC: before one, from one on, or both."""

    before: NotRequired[str]
    after: NotRequired[str]


class DaysBody(TypedDict):
    """Days in UTC, with one bound or both."""

    before: NotRequired[str | None]
    """days before this one"""
    after: NotRequired[str | None]
    """this day and later ones"""


class DecisionBody(TypedDict):
    """A variant for the rest of a message."""

    variant: str


Delivery = Literal["at_least_once", "at_most_once"]
"""What happens to a push that got no answer: it is sent again, or never again."""


class DeliveryAttempt(TypedDict):
    """One attempt to deliver events."""

    delivery: str
    """the header `webhook-id`, the same in each attempt"""
    shard: str
    attempt: int
    at: str
    duration_ms: int
    events: int
    status: int | None
    """of the response; null where there was none"""
    failure: AttemptFailure | None
    """why there was no response"""
    reason: str
    next_attempt_at: str | None
    """null if the delivery was confirmed, or the webhook was paused because of it"""


class DeliveryList(TypedDict):
    """The last 100 attempts, the newest first."""

    deliveries: list[DeliveryAttempt]


class Device(TypedDict):
    """A terminal as its own device sees it."""

    id: str
    vendor: Vendor
    token: str
    language: str
    user: str | None
    timezone: str | None
    app_version: str | None
    opt_out: list[str]
    warnings: list[FieldError]


class DeviceBody(TypedDict):
    """What an installation may set about itself."""

    vendor: Vendor
    token: str
    """the push token"""
    language: NotRequired[str | None]
    """BCP 47; unset = the app's default"""
    timezone: NotRequired[str | None]
    """IANA name, such as Asia/Shanghai"""
    app_version: NotRequired[str | None]
    opt_out: NotRequired[list[str] | None]
    """categories of which the terminal gets no messages; unset = as known"""
    device_secret: NotRequired[str | None]
    """the secret that the terminal has, where the device knows it"""


class DeviceChangeBody(TypedDict):
    """A change of a terminal by its device. Null clears a field, except vendor and push token;
    `user` can only be cleared.
    """

    vendor: NotRequired[str]
    token: NotRequired[str]
    language: NotRequired[str | None]
    """BCP 47; null = the app's default"""
    timezone: NotRequired[str | None]
    app_version: NotRequired[str | None]
    opt_out: NotRequired[list[str] | OptOutChange | None]
    """all opt-outs by category, or those to add and remove; null = none"""
    user: NotRequired[None]
    """null logs the user out"""


class DiagnosedTerminal(TypedDict):
    """The terminal as it is registered now, or as it was: `left_at` is when it left the
    registry. `changed_at` is when it was registered or changed last. `taken_over_by` is
    another terminal that has registered the same push token since. `other_terminals` are the
    user's other terminals; they are left out where the user has, or had, more than 64.
    """

    id: str
    registered: bool
    vendor: NotRequired[Vendor]
    language: NotRequired[str]
    user: NotRequired[str]
    registered_at: NotRequired[str]
    changed_at: NotRequired[str]
    last_seen: NotRequired[str]
    last_heard_at: NotRequired[str]
    left_at: NotRequired[str]
    taken_over_by: NotRequired[str]
    other_terminals: NotRequired[list[str]]


class Diagnosis(TypedDict):
    """The known facts about a terminal, its latest messages, and the conclusions from both."""

    terminal: DiagnosedTerminal
    findings: list[Finding]
    messages: list[HistoryEntry]
    vendor_check: NotRequired[VendorCheck]


class DismissedRemovals(TypedDict):
    """How many terminals were on the list, or found no room on it; all of them stay."""

    app: str
    vendor: Vendor
    dismissed: int


class Draft(TypedDict):
    """A draft, and what would be refused if its message were sent now."""

    id: str
    revision: int
    """counts the versions; send it in `If-Match` with a change"""
    created_at: str
    changed_at: str
    changed_by: str
    """the name of the API key that wrote it last"""
    title: str | None
    """the title of the first content, or the name of the template"""
    message: DraftBody
    problems: list[FieldError]


class DraftBody(TypedDict):
    """The body of a message, complete or not."""

    content: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    template: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    variants: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    holdout: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    unit: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    winner: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    default_language: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    push_time: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    audience: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    options: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    escalate: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    personal: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    on_missing: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    fallback: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    fallback_template: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    values: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""
    user_values: NotRequired[JsonValue]
    """as in `POST /v1/messages`; may be incomplete or wrong"""


class DraftHead(TypedDict):
    """A draft without its message."""

    id: str
    revision: int
    """counts the versions; send it in `If-Match` with a change"""
    created_at: str
    changed_at: str
    changed_by: str
    """the name of the API key that wrote it last"""
    title: str | None
    """the title of the first content, or the name of the template"""


class DraftPage(TypedDict):
    """Drafts, those changed last first."""

    drafts: list[DraftHead]
    next_cursor: str | None


Effect = Literal["refused", "cut"]
"""What a vendor's limits do to a content."""


class ErasedCounts(TypedDict):
    """What was erased."""

    terminals: int
    former_slots: int
    """slots that terminals had before, and that still had an id"""
    histories: int
    """lists of the latest messages of terminals"""
    attributes: int
    """and opt-outs of the user; those of terminals go with them"""
    saved_audiences: int
    """in which names were replaced"""
    drafts: int
    """in which names were replaced, or that were for the user alone"""
    registration_tokens: int
    """that were made for the user, or registered a terminal"""
    messages: int
    """in whose audiences names were replaced"""
    contents: int
    """of messages that were for the user alone"""
    push_tokens: int
    """that messages to many tokens brought"""
    answers: int
    """kept for requests that are repeated with an Idempotency-Key"""


class ErasedUser(TypedDict):
    """An erasure: what was erased so far, whether it is complete, and whether the log of Redis
    still holds the data.
    """

    erased: ErasedCounts
    complete: bool
    log: LogState
    log_rewritten: str | None
    remaining: str | None
    """what is still to be done, and by whom"""


Event = TypedDict(
    "Event",
    {
        "id": "str",
        "type": "EventType",
        "at": "str",
        "app": "str",
        "shard": "str",
        "message": "NotRequired[str]",
        "part": "NotRequired[int]",
        "vendor": "NotRequired[Vendor]",
        "language": "NotRequired[str]",
        "from": "NotRequired[str | None]",
        "to": "NotRequired[str | None]",
        "code": "NotRequired[str | None]",
        "reason": "NotRequired[str | None]",
        "count": "NotRequired[int]",
        "terminals": "NotRequired[list[str | None] | None]",
        "token_digests": "NotRequired[list[str | None]]",
        "unproven": "NotRequired[bool]",
        "step": "NotRequired[int]",
        "unless": "NotRequired[Unless]",
        "terminal": "NotRequired[str | None]",
        "user": "NotRequired[str | None]",
        "erased": "NotRequired[bool]",
        "token_digest": "NotRequired[str | None]",
        "data": "NotRequired[dict[str, str] | None]",
        "category": "NotRequired[str | None]",
        "collapse_key": "NotRequired[str | None]",
        "status": "NotRequired[str]",
        "variant": "NotRequired[str]",
        "ground": "NotRequired[WinnerGround]",
        "targeted": "NotRequired[int]",
        "states": "NotRequired[dict[str, int]]",
        "receipts": "NotRequired[dict[str, int]]",
        "groups": "NotRequired[list[EventGroup]]",
        "credential": "NotRequired[str]",
        "fingerprint": "NotRequired[str]",
        "expires_at": "NotRequired[str]",
        "days": "NotRequired[str]",
    },
)
"""What happened. Fields that an event of this type does not have are left out. `id` is the same
whenever the event is sent. Events of one `shard` are in order.
"""


class EventGroup(TypedDict):
    """The sums of one group."""

    targeted: int
    states: dict[str, int]
    receipts: dict[str, int]
    vendor: Vendor
    language: str


class EventPage(TypedDict):
    """The next events, and where to read on."""

    events: list[Event]
    after: str
    """the `after` of the next call"""
    has_more: bool
    """whether there are more events already"""


EventType = Literal[
    "terminal.pending",
    "terminal.accepted",
    "terminal.invalid",
    "terminal.rejected",
    "terminal.expired",
    "terminal.cancelled",
    "terminal.delivered",
    "terminal.clicked",
    "terminal.muted",
    "terminal.gone",
    "terminal.recalled",
    "terminal.not_reached",
    "terminal.registered",
    "terminal.removed",
    "message.planned",
    "message.scheduled",
    "message.sending",
    "message.paused",
    "message.held",
    "message.sent",
    "message.cancelled",
    "message.decided",
    "message.snapshot",
    "vendor.down",
    "vendor.up",
    "credential.expiring",
    "events.gap",
    "store.rolled_back",
]
"""What happened. The names are stable: readers match on them, and must pass over those that they
do not know.
"""


class Experiment(TypedDict):
    """A message's variants compared. `clear` is decided by the click race while clicks come in
    (`evidence` > `needed`), or by one z-test at the end: once the message has expired, or
    when the time for a winner is over. Each errs in at most 5 % of experiments without a
    difference. A decision is final; `decided_at` says when it was made.
    """

    unit: Unit
    holdout: float
    held_out: int
    """terminals of the audience that get nothing, to compare with"""
    variants: list[VariantResult]
    best: str | None
    clear: bool
    ground: Ground
    evidence: float
    needed: float
    decided_at: str | None
    winner: NotRequired[Winner]
    """of a message of which a rest waits"""


class ExplainBody(TypedDict):
    """A terminal, named by its push token."""

    vendor: Vendor
    token: str


class ExplainedGroup(TypedDict):
    """A vendor and a language."""

    vendor: Vendor
    language: str


class ExplainedMessage(TypedDict):
    """The message that is explained. It is sent between `push_time` and `expires_at`."""

    id: str
    status: Status
    created_at: str
    push_time: NotRequired[str]
    expires_at: NotRequired[str]
    dry_run: NotRequired[bool]
    content_dropped: NotRequired[Literal[True]]


class ExplainedPush(TypedDict):
    """The result of the push."""

    vendor: Vendor
    language: ChosenLanguage
    variant: NotRequired[str]
    """the variant that it gets, in a message with variants, where that is decided"""
    rest: NotRequired[bool]
    """whether it gets the winner of the variants"""
    moved_to: NotRequired[ExplainedGroup]
    state: State
    since: NotRequired[str]
    precision: NotRequired[Precision]
    attempts: NotRequired[int]
    unanswered: bool
    failure: NotRequired[PushFailure]
    due_at: NotRequired[str]
    expires_at: NotRequired[str]
    delivered: bool
    clicked: bool
    muted: bool
    gone: bool
    recalled: bool
    unproven: bool
    receipt_times: NotRequired[ReceiptTimes]


class ExplainedTerminal(TypedDict):
    """The terminal as it is registered now. `changed_at` is when it was registered or changed
    last.
    """

    id: NotRequired[str]
    registered: bool
    vendor: NotRequired[Vendor]
    language: NotRequired[str]
    changed_at: NotRequired[str]


class Explanation(TypedDict):
    """What a message meant for one terminal: its push, or why it is not for the terminal."""

    message: ExplainedMessage
    terminal: ExplainedTerminal
    targeted: NotRequired[bool]
    reason: NotRequired[NotTargetedReason]
    push: NotRequired[ExplainedPush]
    waiting: list[Waiting]


class Extend(TypedDict):
    """The part at the side of the live view, and what a click on it does."""

    type: Literal[0, 1, 2, 3, 4]
    text: NotRequired[str | None]
    image: NotRequired[str | None]
    """file in the app's rawfile folder"""
    action: NotRequired[str | None]
    """page opened on a click, by its action"""
    uri: NotRequired[str | None]
    """page opened on a click, by its uri"""
    tel: NotRequired[str | None]
    """number dialled on a click: digits, spaces, -, #, and + at the beginning"""
    clear_on_click: NotRequired[Literal[True] | None]
    """a click removes the live view"""


class FailureCount(TypedDict):
    """How many terminals ended in a state for one reason."""

    vendor: Vendor
    state: State
    code: str
    reason: str
    count: int


class FcmOptions(TypedDict):
    """`options.fcm`: fields for Android, and blocks for clients on other platforms."""

    channel_id: NotRequired[str | None]
    icon: NotRequired[str | None]
    color: NotRequired[str | None]
    sound: NotRequired[str | None]
    default_sound: NotRequired[bool | None]
    tag: NotRequired[str | None]
    click_action: NotRequired[str | None]
    ticker: NotRequired[str | None]
    sticky: NotRequired[bool | None]
    local_only: NotRequired[bool | None]
    event_time: NotRequired[str | None]
    notification_count: NotRequired[int | None]
    """FCM cannot clear the number: 0 counts up, as no number does"""
    visibility: NotRequired[Literal["PRIVATE", "PUBLIC", "SECRET"] | None]
    notification_priority: NotRequired[
        Literal["PRIORITY_MIN", "PRIORITY_LOW", "PRIORITY_DEFAULT", "PRIORITY_HIGH", "PRIORITY_MAX"] | None
    ]
    proxy: NotRequired[Literal["ALLOW", "DENY", "IF_PRIORITY_LOWERED"] | None]
    title_loc_key: NotRequired[str | None]
    title_loc_args: NotRequired[list[str] | None]
    body_loc_key: NotRequired[str | None]
    body_loc_args: NotRequired[list[str] | None]
    default_vibrate_timings: NotRequired[bool | None]
    vibrate_timings: NotRequired[list[str] | None]
    default_light_settings: NotRequired[bool | None]
    light_settings: NotRequired[LightSettings | None]
    restricted_package_name: NotRequired[str | None]
    direct_boot_ok: NotRequired[bool | None]
    bandwidth_constrained_ok: NotRequired[bool | None]
    restricted_satellite_ok: NotRequired[bool | None]
    analytics_label: NotRequired[str | None]
    apns: NotRequired[ApnsConfig | None]
    """for the app's clients on iOS"""
    webpush: NotRequired[WebpushConfig | None]
    """for the app's clients in browsers"""


class FewAnswers(TypedDict):
    """Too few answers to judge a limit."""

    vendor: Vendor | None
    """null for clicks, which count for all vendors together"""
    answers: int


class FieldError(TypedDict):
    """What is wrong with a field, or worth knowing about it, and how to put it right."""

    field: str
    message: str


class FindBody(TypedDict):
    """One terminal, named by its push token or by its id."""

    token: NotRequired[str | None]
    vendor: NotRequired[Vendor | None]
    id: NotRequired[str | None]


class Finding(TypedDict):
    """One thing that was found, in words, and what to do next."""

    code: str
    message: str
    remedy: str


class FormImage(TypedDict):
    """The picture of a card."""

    key_name: str
    """the picture's name in the card's data"""
    url: str
    """at most 512 KB"""
    require: NotRequired[Literal[0, 1] | None]
    """1 = no update without the picture"""


class FormUpdate(TypedDict):
    """An update of a card. A card is on one device, so the push goes to a single terminal."""

    form_id: int
    version: int
    """an older one than the card has changes nothing; 0 begins anew"""
    module_name: str
    form_name: str
    ability_name: str
    form_data: dict[str, Any]
    images: NotRequired[list[FormImage] | None]


FreezeStatus = Literal["freezing", "frozen"]
"""Whether an audience can be named already."""


class FrozenAudience(TypedDict):
    """How an audience was frozen, and the progress."""

    status: FreezeStatus
    """`freezing`: until it is `frozen`, the name stands for the audience that it had before, or
    for none
    """
    frozen_at: str
    """when its terminals were found"""
    of: Audience
    """the audience that was frozen, with its lists by their lengths"""
    terminals: int
    """terminals that the audience held then"""
    marked: int
    """terminals that are marked as part of it so far"""


class FrozenAudienceBody(TypedDict):
    """An audience whose terminals are found now."""

    audience: AudienceNode


class FunctionState(TypedDict):
    """A Gearman function, summed over the servers."""

    function: str
    queued: int
    running: int
    workers: int


class GearmanServers(TypedDict):
    """Which Gearman servers answer, and for each of these its jobs of all functions, running
    ones included.
    """

    up: list[str]
    down: list[str]
    queued: dict[str, int]


Ground = Literal["race", "end", "not_clear", "harm"]
"""Why an arm is called clear, or is not."""


class GroupCount(TypedDict):
    """Terminals of one vendor and language."""

    vendor: Vendor
    language: str
    count: int


class GroupCounts(TypedDict):
    """The counts of one vendor and language."""

    targeted: int
    pending: int
    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int
    recalled: int
    withdrawn: int
    """terminals from which the notification is removed, because the user clicked on another one:
    `options.clear_on_click`
    """
    unproven: int
    """clicks that only a vendor reported, in an app whose `clicked` counts only clicks that
    devices prove
    """
    received: int
    click_through_rate: float | None
    vendor: Vendor
    language: str
    received_from: ReceivedFrom


class HarmonyOptions(TypedDict):
    """`options.harmony`."""

    category: NotRequired[str | None]
    """class of the message; any but MARKETING must have been approved by Huawei"""
    push_type: NotRequired[Literal["alert", "form", "voice", "background", "live_view", "voip"]]
    form: NotRequired[FormUpdate | None]
    """goes with push_type form"""
    live_view: NotRequired[LiveView | None]
    """goes with push_type live_view"""
    voip: NotRequired[VoipCall | None]
    """goes with push_type voip"""
    style: NotRequired[Literal[0, 1, 3] | None]
    """1 long text, which Huawei is about to withdraw; 3 list of lines"""
    big_title: NotRequired[str | None]
    big_body: NotRequired[str | None]
    inbox_content: NotRequired[list[str] | None]
    profile_id: NotRequired[str | None]
    badge_add: NotRequired[int | None]
    badge_set: NotRequired[int | None]
    sound: NotRequired[str | None]
    sound_duration: NotRequired[int | None]
    """seconds"""
    foreground_show: NotRequired[bool | None]
    """false: while the app is in front, it is handed the push instead"""
    action: NotRequired[str | None]
    """page opened on a click, by its action"""
    uri: NotRequired[str | None]
    """page opened on a click, by its uri"""
    notify_id: NotRequired[int | None]
    receipt_id: NotRequired[str | None]
    background_mode: NotRequired[Literal[0, 1] | None]
    proxy_data: NotRequired[bool | None]
    """of background pushes: also stored for the app to read later"""
    test_message: NotRequired[bool | None]


class Health(TypedDict):
    """The process is alive."""

    status: Literal["ok"]


class Held(TypedDict):
    """Terminals for which the message waits until quiet hours end there."""

    count: int
    """in a message to at most 64 terminals or users these are pending; in any other they are not
    targeted yet
    """
    next_at: str
    """when the first of them are due"""


class HeldRemoval(TypedDict):
    """Tokens that a vendor called dead, kept because there were too many."""

    app: str
    vendor: Vendor
    tokens: int


class HeldRemovalPage(TypedDict):
    """Held removals in the order of terminals' ids."""

    listed: int
    """terminals on the list"""
    beyond: int
    """terminals that found no room on the list: they are held as well"""
    terminals: list[HeldTerminal]
    next_cursor: str | None
    removal: HeldRemovalProgress | None
    """the last removal that was confirmed"""


class HeldRemovalProgress(TypedDict):
    """How far a confirmed removal has come."""

    requested_at: str
    ended_at: str | None
    held: int
    """terminals that were listed when it was confirmed"""
    removed: int
    kept: int
    """terminals that have another push token by now, or were gone already"""


class HeldTerminal(TypedDict):
    """A terminal that stays although the vendor called its push token dead."""

    terminal: str
    code: str
    """the vendor's code; `gone` if a receipt reported it"""
    since: str
    """when the token was called dead first"""
    died_at: str | None
    """when the token died, by the vendor's word"""


class History(TypedDict):
    """Messages of a terminal, the latest first. If `older_small_messages` is true, there may
    have been more small messages: a terminal keeps only the latest 50.
    """

    messages: list[HistoryEntry]
    older_small_messages: bool
    next_cursor: str | None


class HistoryEntry(TypedDict):
    """A message that was pushed to the terminal. `push_time` and `dry_run` are left out if the
    message's content was dropped.
    """

    message: str
    push_time: NotRequired[str]
    size: MessageSize
    dry_run: NotRequired[bool]
    push: ExplainedPush


class HonorButton(TypedDict):
    """A button under the notification."""

    name: str
    action_type: Literal[0, 1, 2]
    intent_type: NotRequired[int | None]
    intent: NotRequired[str | None]
    data: NotRequired[str | None]


class HonorOptions(TypedDict):
    """`options.honor`."""

    importance: NotRequired[Literal["LOW", "NORMAL"] | None]
    """LOW for marketing, NORMAL for service messages, which need Honor's approval"""
    badge_add: NotRequired[int | None]
    badge_set: NotRequired[int | None]
    badge_class: NotRequired[str | None]
    url: NotRequired[str | None]
    """opened on a click"""
    intent: NotRequired[str | None]
    """page opened on a click"""
    action: NotRequired[str | None]
    """page opened on a click, by its action"""
    big_title: NotRequired[str | None]
    big_body: NotRequired[str | None]
    """text of the long style"""
    when: NotRequired[str | None]
    buttons: NotRequired[list[HonorButton] | None]
    group: NotRequired[str | None]
    target_user_type: NotRequired[Literal[0, 1] | None]
    """1 = a test message"""


class HuaweiButton(TypedDict):
    """A button under the notification. Huawei decides what each `action_type` needs."""

    name: str
    action_type: int
    intent_type: NotRequired[int | None]
    intent: NotRequired[str | None]
    data: NotRequired[str | None]


class HuaweiOptions(TypedDict):
    """`options.huawei`: the notification's own fields, its class, and what a click opens."""

    channel_id: NotRequired[str | None]
    icon: NotRequired[str | None]
    """`/raw/name`, of the app's own resources"""
    color: NotRequired[str | None]
    ticker: NotRequired[str | None]
    notify_summary: NotRequired[str | None]
    when: NotRequired[str | None]
    sound: NotRequired[str | None]
    """`/raw/name`; unset = the device's own"""
    default_sound: NotRequired[bool | None]
    """whether the device's own is heard"""
    notify_id: NotRequired[int | None]
    """equal ones replace each other"""
    use_default_vibrate: NotRequired[bool | None]
    vibrate_config: NotRequired[list[str] | None]
    use_default_light: NotRequired[bool | None]
    light_settings: NotRequired[LightSettings | None]
    style: NotRequired[Literal[0, 1, 3] | None]
    """1 long text, 3 list of lines"""
    big_title: NotRequired[str | None]
    big_body: NotRequired[str | None]
    inbox_content: NotRequired[list[str] | None]
    tag: NotRequired[str | None]
    group: NotRequired[str | None]
    title_loc_key: NotRequired[str | None]
    title_loc_args: NotRequired[list[str] | None]
    body_loc_key: NotRequired[str | None]
    body_loc_args: NotRequired[list[str] | None]
    buttons: NotRequired[list[HuaweiButton] | None]
    visibility: NotRequired[Literal["PRIVATE", "PUBLIC", "SECRET"] | None]
    foreground_show: NotRequired[bool | None]
    auto_clear: NotRequired[int | None]
    """milliseconds until it goes by itself"""
    auto_cancel: NotRequired[bool | None]
    profile_id: NotRequired[str | None]
    category: NotRequired[str | None]
    """class of the message; Huawei takes what it has approved for the app, and counts the rest
    as marketing
    """
    urgency: NotRequired[Literal["HIGH", "NORMAL"] | None]
    """of silent pushes; HIGH needs Huawei's permission"""
    importance: NotRequired[Literal["LOW", "NORMAL"] | None]
    badge_add: NotRequired[int | None]
    badge_set: NotRequired[int | None]
    badge_class: NotRequired[str | None]
    url: NotRequired[str | None]
    """opened on a click"""
    intent: NotRequired[str | None]
    """page opened on a click"""
    action: NotRequired[str | None]
    """page opened on a click, by its action"""
    receipt_id: NotRequired[str | None]
    fast_app_target: NotRequired[Literal[1, 2] | None]
    """1 development, 2 production"""
    target_user_type: NotRequired[Literal[0, 1] | None]
    """1 = a test message"""


class Import(TypedDict):
    """The results of an import's lines. The first `lines` lines are done."""

    lines: int
    created: int
    updated: int
    failed: int
    errors: list[BadLine]
    warnings: list[WarningCount]


class ImportRecord(TypedDict):
    """The progress of an import."""

    lines: int
    created: int
    updated: int
    failed: int
    errors: list[BadLine]
    warnings: list[WarningCount]
    name: str
    status: ImportStatus
    started_at: str
    updated_at: str
    finished_at: str | None


ImportStatus = Literal["running", "stopped", "finished"]
"""Whether an import goes on."""


InQuietHours = Literal["leave_out", "hold", "ignore"]
"""What happens to terminals that are in quiet hours."""


class InlineToken(TypedDict):
    """A terminal that the message named by its push token."""

    vendor: Vendor
    token: str
    language: str


class InlineTokenBody(TypedDict):
    """A terminal given by its push token."""

    vendor: Vendor
    token: str
    language: NotRequired[str | None]
    """BCP 47; unset = the app's default"""


JsonValue = Any


class Key(TypedDict):
    """An API key without its secret."""

    id: str
    app: str | None
    """null for an operator's key"""
    scopes: list[Scope]
    name: str
    created_at: str
    created_by: str | None
    """the id of the key that created it; null for a command"""
    expires_at: str | None
    networks: list[str]
    rate_limit: int | None
    """requests a second; null for any number"""
    last_used_at: str | None
    """to within about 10 s; null where it was never used"""
    previous_until: str | None
    """until when an earlier secret is valid; null if none is"""


class KeyBody(TypedDict):
    """An API key that is to be created."""

    scopes: list[Scope]
    """what it may do; `terminals` is `terminals:read` and `terminals:write`, `admin` all of its
    app, `operator` stands alone
    """
    name: NotRequired[str]
    """a note to recognize the key by; the audit log shows it"""
    app: NotRequired[str | None]
    """the app of the key. An operator names one, except for the scope `operator`; an app's own
    key need not
    """
    expires_at: NotRequired[str | None]
    """when the key expires; unset = never"""
    networks: NotRequired[list[str]]
    """addresses and networks that its requests may come from; none = any"""
    rate_limit: NotRequired[int | None]
    """requests a second; a batch counts as many as it has items; unset = any number"""


class KeyPage(TypedDict):
    """Some API keys, oldest first."""

    keys: list[Key]
    next_cursor: str | None


KeySource = Literal["configuration", "store"]
"""Where the key that signs is kept."""


LanguageMatch = Literal["exact", "nearest", "default"]
"""Why a terminal gets the content of a language."""


class LastRefusal(TypedDict):
    """The vendor's last refusal of the app's credential."""

    at: str
    code: str
    reason: str


class LastRemoval(TypedDict):
    """The app's last removal of silent terminals, null where there was none."""

    removal: SilentRemoval | None


class LightSettings(TypedDict):
    """How the light of the device blinks."""

    color: Colour
    light_on_duration: str
    light_off_duration: str


class LimitedContent(TypedDict):
    """A content that the vendor refuses or that is cut for it, and how many terminals get it."""

    content_language: str
    topics: bool
    """whether it is for topics, which have limits of their own"""
    count: int
    effect: Effect
    code: str
    field: str
    message: str


LineFormat = Literal["ndjson", "csv"]
"""How terminals are written."""


ListFormat = Literal["json", "ndjson", "csv"]
"""The form of a list."""


class LiveActivity(TypedDict):
    """What a push does to a Live Activity."""

    event: Literal["start", "update", "end"]
    content_state: dict[str, Any]
    stale_date: NotRequired[int | None]
    """seconds since the epoch"""
    dismissal_date: NotRequired[int | None]
    """seconds since the epoch"""
    attributes_type: NotRequired[str | None]
    """needed by event start"""
    attributes: NotRequired[dict[str, Any] | None]
    """needed by event start"""
    input_push_token: NotRequired[Literal[1] | None]
    """for event start on iOS 18: the app is woken to make a token for updates"""
    input_push_channel: NotRequired[str | None]
    """for event start on iOS 18: the id of the channel it listens to, instead of
    input_push_token
    """


class LiveText(TypedDict):
    """A part of the text with its own colour."""

    text: str
    """`{{status}}` stands for the status"""
    foreground_color: NotRequired[str | None]
    """#AARRGGBB"""


class LiveView(TypedDict):
    """A live view. The content's title and body are for devices without live views."""

    activity_id: int
    """chosen by you; one id is one live view"""
    operation: Literal["create", "update", "end"]
    event: Literal[
        "FLIGHT",
        "TAXI",
        "TRAIN",
        "DELIVERY",
        "QUEUE",
        "RENT",
        "PICK_UP",
        "SCORE",
        "TIMER",
        "WORKOUT",
        "NAVIGATION",
        "EXPRESS",
        "CHECK_IN",
        "TRADE",
        "SUBSCRIBE_TIMER",
    ]
    """each needs Huawei's permission"""
    sub_event: NotRequired[str | None]
    status: NotRequired[str | None]
    """needed on create, and on updates of what a push created"""
    version: NotRequired[int | None]
    """greater than the last"""
    mute: NotRequired[bool | None]
    """default true"""
    share_url: NotRequired[str | None]
    type: Literal[3, 4, 5, 7]
    """3 progress, 4 emphasised text, 5 texts left and right, 7 game"""
    content_title: NotRequired[str | None]
    """needed on create"""
    content_text: NotRequired[list[LiveText] | None]
    """needed on create"""
    action: NotRequired[str | None]
    """page opened on a click, by its action"""
    uri: NotRequired[str | None]
    """page opened on a click, by its uri"""
    flight_no: NotRequired[str | None]
    """on create"""
    train_no: NotRequired[str | None]
    """on create"""
    keep_time: NotRequired[int | None]
    """seconds it stays in the list after its end; unset = not at all"""
    rich_progress: NotRequired[dict[str, Any] | None]
    """of type 3"""
    single_text_block: NotRequired[dict[str, Any] | None]
    """of type 4"""
    first_text_block: NotRequired[dict[str, Any] | None]
    """of type 5"""
    last_text_block: NotRequired[dict[str, Any] | None]
    """of type 5"""
    game: NotRequired[dict[str, Any] | None]
    """of type 7"""
    extend: NotRequired[Extend | None]
    capsule: NotRequired[Capsule | None]
    external: NotRequired[dict[str, Any] | None]
    """for small outer screens"""


class LocalPushTime(TypedDict):
    """One local time for all terminals: each is pushed to when clocks in its own time zone show
    it. A terminal without a time zone has the app's `timezone`.
    """

    local: str
    """date and time without an offset, such as 2031-01-01T20:00"""
    passed: NotRequired[Passed]
    """terminals in whose zones the time is already past: send to them at once if the time to
    live is not over, skip them, or send at this time tomorrow
    """


LogState = Literal["rewritten", "pending", "refused"]
"""What became of the server's log, which holds all that was written before."""


class MarkBody(TypedDict):
    """The name of a terminal for tests."""

    name: str
    """such as `Anna's phone`"""


class MarkedTerminal(TypedDict):
    """A terminal for tests, registered or not: its mark stays until it is taken off."""

    id: str
    name: str
    marked_at: str
    registered: bool
    vendor: Vendor | None
    """null for a terminal that is not registered"""
    language: str | None


class MarkedTerminals(TypedDict):
    """The terminals for tests, in the order of their names."""

    terminals: list[MarkedTerminal]


Measure = Literal["rejected", "invalid", "gone", "muted", "clicks"]
"""What is counted among the canary's terminals."""


class MeizuOptions(TypedDict):
    """Options of a message for Meizu."""

    private: NotRequired[bool | None]
    """a private message, not a public one"""
    url: NotRequired[str | None]
    """opened on a click: a page on the web or of the app"""
    activity: NotRequired[str | None]
    """opened on a click"""
    sound: NotRequired[bool | None]
    vibrate: NotRequired[bool | None]
    lights: NotRequired[bool | None]
    expanded: NotRequired[str | None]
    """text when it is unfolded"""
    suspend: NotRequired[bool | None]
    """shown floating"""
    clear_notice_bar: NotRequired[bool | None]
    """may be cleared by the user"""


class MessageBody(TypedDict):
    """One push request. It has `content` or `variants`, or names a `template`."""

    content: NotRequired[dict[str, ContentBody]]
    """by BCP 47 language"""
    template: NotRequired[TemplateReference]
    variants: NotRequired[list[VariantBody]]
    """in place of `content`: each terminal gets one of the variants, always the same one"""
    holdout: NotRequired[float]
    """with variants: per cent of terminals that get nothing, to compare with"""
    unit: NotRequired[Unit]
    """with variants: `user` gives all terminals of a user the same variant; unset = `terminal`"""
    winner: NotRequired[WinnerBody]
    """with variants: how the rest gets one of them"""
    default_language: NotRequired[str | None]
    """one of content's, for terminals whose language none of them fits; unset = the app's, or
    the only one
    """
    push_time: NotRequired[str | LocalPushTime | BestHourPushTime | None]
    """RFC 3339 with offset; unset, or past by at most 5 minutes = now; at most 366 days ahead;
    or a local time, at which each terminal is pushed to in its own time zone; or the best
    hour, in which each terminal clicks most
    """
    audience: AudienceBody
    options: NotRequired[OptionsBody]
    personal: NotRequired[bool]
    """content has placeholders such as `{{ name | default: "friend" }}`, into which each
    terminal's values are filled; else they are sent as they are. Of a template with
    placeholders they are always filled
    """
    on_missing: NotRequired[OnMissing | None]
    """what a terminal gets that lacks a value without a default: nothing (it is rejected with
    the code `missing_value`), or the fallback; unset = `leave_out`
    """
    fallback: NotRequired[dict[str, ContentBody] | None]
    """content without placeholders, in the same languages, for `on_missing`: `fallback`"""
    fallback_template: NotRequired[TemplateReference]
    """in place of `fallback`: a stored template without placeholders, in all languages of
    content
    """
    values: NotRequired[dict[str, str | float | bool]]
    """what `{{ values.<name> }}` shows, for all terminals"""
    user_values: NotRequired[dict[str, dict[str, str | float | bool]]]
    """values for the terminals of a user, by the user's name; they take precedence over `values`"""
    escalate: NotRequired[list[StepBody]]
    """what follows where the message does not reach a user in time, in the order of time: each
    step is a message of its own
    """


class MessageDecision(TypedDict):
    """The variant that the rest of a message gets."""

    id: str
    variant: str
    ground: WinnerGround
    decided_at: str


class MessageDepth(TypedDict):
    """Messages by status; for an operator also the jobs that wait for another try."""

    scheduled: int
    dispatching: int
    sending: int
    paused: int
    retries: NotRequired[int]


class MessagePage(TypedDict):
    """Some messages, newest first."""

    messages: list[TrackedMessage]
    next_cursor: str | None


class MessagePlan(TypedDict):
    """The predicted results of a message. Nothing is stored."""

    push_time: str
    local_push_time: NotRequired[ShownLocalTime]
    best_hour_push_time: NotRequired[ShownBestHour]
    local_times: NotRequired[list[PlannedInstant]]
    """for a message to a local time or to the best hour: how many terminals are due when"""
    expires_at: str
    total: int
    groups: list[PlannedGroup]
    timezones: NotRequired[list[TimezoneCount]]
    vendors: list[PlannedVendor]
    not_configured: int
    """terminals of vendors that the app is not set up for"""
    refused: int
    cut: int
    expiring: int | None
    """null where the rate of a vendor is not known"""
    last_push_at: str | None
    """when the last terminal is reached; null where the rate of a vendor is not known"""
    recent_outcomes: RecentOutcomes | None
    """null for push tokens"""
    overlaps: Overlaps | None
    """null for push tokens"""
    personal: NotRequired[PersonalPlan]
    """of a personal message"""
    warnings: list[FieldError]
    """the warnings that the message would get, and limits of the figures"""


MessageSize = Literal["small", "large"]
"""How a message is sent: in bundles with others, to at most 64 terminals; or by itself."""


class MessageTerminal(TypedDict):
    """A terminal of a message: named by its id, or by the push token that the message brought.
    `user` is that of the terminal now. `code` and `reason` are those of a failure. `time` is
    when the terminal came to its state.
    """

    terminal: str | None
    token: str | None
    user: str | None
    vendor: Vendor
    language: str
    state: State
    code: str | None
    reason: str | None
    time: str | None
    delivered: bool
    delivered_at: str | None
    clicked: bool
    clicked_at: str | None
    muted: bool
    gone: bool
    recalled: bool
    unproven: bool


class MessageTerminalPage(TypedDict):
    """Some of the terminals of a message."""

    terminals: list[MessageTerminal]
    next_cursor: str | None


class MessageWithWarnings(TypedDict):
    """A message, and warnings about fields that were accepted but have less effect than the
    caller may expect.
    """

    id: str
    status: Status
    push_time: str
    local_push_time: NotRequired[ShownLocalTime]
    best_hour_push_time: NotRequired[ShownBestHour]
    created_at: str
    expires_at: str
    retries: int
    content: dict[str, Content]
    template: TemplateVersion | None
    """null where the content came with the message"""
    default_language: str
    audience: Audience
    options: Options
    personal: bool
    """whether each terminal's values are filled into the content"""
    on_missing: NotRequired[OnMissing]
    fallback: NotRequired[dict[str, Content]]
    values: NotRequired[dict[str, str | float | bool]]
    user_values: NotRequired[dict[str, dict[str, str | float | bool]]]
    variants: NotRequired[list[Variant]]
    """`content` is that of the first"""
    holdout: NotRequired[float]
    """per cent"""
    unit: NotRequired[Unit]
    winner: NotRequired[ShownWinner]
    """for a message with a rest that waits for a winner"""
    withdraws: NotRequired[str]
    """the message whose notification this one removes, because the user clicked on another
    terminal; lists leave such messages out
    """
    escalate: NotRequired[list[ShownStep]]
    """the steps for users whom it does not reach in time"""
    escalates: NotRequired[ShownEscalates]
    """of which message it is a step"""
    warnings: list[FieldError]


Missed = Literal["latest", "skip", "all"]
"""What becomes of instants that no scheduler saw in time."""


class Moment(TypedDict):
    """Arrivals in a state, or receipts, within one minute."""

    at: str
    pending: NotRequired[int]
    accepted: NotRequired[int]
    invalid: NotRequired[int]
    rejected: NotRequired[int]
    expired: NotRequired[int]
    cancelled: NotRequired[int]
    delivered: NotRequired[int]
    clicked: NotRequired[int]
    muted: NotRequired[int]
    gone: NotRequired[int]
    recalled: NotRequired[int]
    unproven: NotRequired[int]


class NamedBy(TypedDict):
    """The things that list the user, or the user's terminals or push tokens."""

    saved_audiences: list[str]
    drafts: list[str]
    schedules: list[str]
    """names of recurring messages"""
    scheduled_messages: list[str]


class NewKey(TypedDict):
    """An API key with its text, which is shown this once."""

    id: str
    app: str | None
    """null for an operator's key"""
    scopes: list[Scope]
    name: str
    created_at: str
    created_by: str | None
    """the id of the key that created it; null for a command"""
    expires_at: str | None
    networks: list[str]
    rate_limit: int | None
    """requests a second; null for any number"""
    last_used_at: str | None
    """to within about 10 s; null where it was never used"""
    previous_until: str | None
    """until when an earlier secret is valid; null if none is"""
    key: str
    """the text to send as `Authorization: Bearer <key>`"""


NoPart = Literal["missed", "paused", "overlap", "expired", "restored", "too_many_waiting", "audience_deleted"]
"""Why an instant of a series has no message."""


NotTargeted = Literal[
    "unknown_terminal",
    "unknown_token",
    "vendor_not_configured",
    "not_planned",
    "cancelled",
    "expired",
    "nobody",
    "not_listed",
    "not_in_audience",
    "held_out",
    "registered_later",
    "content_dropped",
    "tokens_dropped",
]
"""Why a message is not for a terminal. A code never changes its text."""


class NotTargetedReason(TypedDict):
    """Why the message is not for the terminal."""

    code: NotTargeted
    message: str


class NotificationAction(TypedDict):
    """A button of the notification."""

    action: str
    """what the service worker is told of a click on it"""
    title: str
    icon: NotRequired[str | None]


OnMissing = Literal["leave_out", "fallback"]
"""What a terminal gets if it lacks a value that the content needs."""


class OppoOptions(TypedDict):
    """Options of a message for OPPO."""

    subtitle: NotRequired[str | None]
    channel_id: NotRequired[str | None]
    category: NotRequired[str | None]
    """class of the message"""
    notify_level: NotRequired[Literal[1, 2, 16] | None]
    """1 bar, 2 also lock screen, 16 all alerts; needs a category, 2 and 16 one of communication
    and service
    """
    badge_add: NotRequired[int | None]
    badge_set: NotRequired[int | None]
    """0 clears it"""
    small_picture_id: NotRequired[str | None]
    """of OPPO's upload"""
    big_picture_id: NotRequired[str | None]
    """of OPPO's upload; the content is saved first, and then pushed"""
    url: NotRequired[str | None]
    """opened on a click"""
    activity: NotRequired[str | None]
    """opened on a click, by its action"""
    activity_class: NotRequired[str | None]
    """opened on a click, by its class"""
    intent: NotRequired[str | None]
    """opened on a click, by an intent URL"""
    wifi_only: NotRequired[bool | None]
    show_ttl: NotRequired[int | None]
    """seconds it may be shown"""
    show_from: NotRequired[int | None]
    """ms since the epoch"""
    show_until: NotRequired[int | None]
    """ms since the epoch"""
    private_msg_template_id: NotRequired[str | None]
    """of a template that OPPO approved, as private classes need"""
    private_title_parameters: NotRequired[dict[str, str] | None]
    private_content_parameters: NotRequired[dict[str, str] | None]


class OptOutChange(TypedDict):
    """Categories that are opted out of, and those that are taken back; the others stay."""

    add: NotRequired[list[str]]
    remove: NotRequired[list[str]]


class Options(TypedDict):
    """How a message is pushed: the options of all vendors, and under its name those of each
    vendor.
    """

    ttl: int
    priority: Priority
    delivery: Delivery
    collapse_key: str | None
    on_too_long: TooLong
    dry_run: bool
    silent: bool
    badge: int | None
    category: str | None
    quiet_hours: InQuietHours
    require_audience: bool
    clear_on_click: bool
    spread: str | None
    """a duration such as `10m`"""
    canary: Canary | None
    apns: NotRequired[ApnsOptions]
    fcm: NotRequired[FcmOptions]
    harmony: NotRequired[HarmonyOptions]
    honor: NotRequired[HonorOptions]
    huawei: NotRequired[HuaweiOptions]
    meizu: NotRequired[MeizuOptions]
    oppo: NotRequired[OppoOptions]
    vivo: NotRequired[VivoOptions]
    webpush: NotRequired[WebPushOptions]
    xiaomi: NotRequired[XiaomiOptions]


class OptionsBody(TypedDict):
    """How the message is pushed. Every further key is a vendor's name, with that vendor's own
    options.
    """

    ttl: NotRequired[int]
    """seconds after the push time at which pending pushes expire"""
    priority: NotRequired[Priority]
    delivery: NotRequired[Delivery]
    """whether a push that got no answer is sent again"""
    on_too_long: NotRequired[TooLong]
    """what to do with content that is longer than a vendor takes: reject the vendor's terminals,
    refuse the message, or truncate the content
    """
    silent: NotRequired[bool]
    """pass the data to the app and show nothing, if the vendor has such pushes"""
    badge: NotRequired[int | None]
    """the number at the app's icon, where the vendor sets it"""
    category: NotRequired[str | None]
    """what the message is about: message, account, order, reminder, news, marketing, or a name
    of the app's own. Terminals and people that opted out of it are left out. It also decides
    each vendor's class, unless the vendor's own option names one
    """
    quiet_hours: NotRequired[InQuietHours | None]
    """what terminals in quiet hours get: nothing (leave_out), or the message when their quiet
    hours end, within `ttl` (hold); ignore is for messages that cannot wait, such as codes and
    alarms; null is the app's setting quiet_hours
    """
    require_audience: NotRequired[bool]
    """refuse the message if its audience names unknown terminals or users, or is empty; if
    false, only `warnings` say so
    """
    dry_run: NotRequired[bool]
    """check everything and deliver nothing; FCM and Huawei check it themselves"""
    spread: NotRequired[str | None]
    """send evenly over this time, such as `10m`, instead of as fast as vendors take it; shorter
    than the time to live
    """
    canary: NotRequired[CanaryBody]
    clear_on_click: NotRequired[bool]
    """a click on one terminal removes the notification from the user's other terminals, where
    the vendor or the client app can do that
    """
    collapse_key: NotRequired[str | None]
    """a later message with the same key replaces this one on the device"""
    apns: NotRequired[ApnsOptions]
    fcm: NotRequired[FcmOptions]
    harmony: NotRequired[HarmonyOptions]
    honor: NotRequired[HonorOptions]
    huawei: NotRequired[HuaweiOptions]
    meizu: NotRequired[MeizuOptions]
    oppo: NotRequired[OppoOptions]
    vivo: NotRequired[VivoOptions]
    webpush: NotRequired[WebPushOptions]
    xiaomi: NotRequired[XiaomiOptions]


Order = Literal["oldest", "newest"]
"""Which entries come first."""


Overlap = Literal["send", "skip"]
"""What becomes of an instant while the message of the last one is still being sent."""


class OverlappingMessage(TypedDict):
    """A message at about the same time that is for some of the same terminals."""

    id: str
    status: Status
    push_time: str
    count: int
    """terminals that get both messages"""


class Overlaps(TypedDict):
    """Messages whose push times are at most 30 minutes away: large ones, and small ones that
    wait.
    """

    messages: list[OverlappingMessage]
    compared: int
    """how many messages were looked at"""
    complete: bool
    """false where there were too many to look at, or to list"""


class Pace(TypedDict):
    """How fast pushes go to a vendor, and the source of that figure."""

    per_second: float
    source: RateSource
    """`settings` is the rate_limit of the app's section or the vendor's own quota; `measured` is
    the busiest minute of the last hour
    """


class PartResults(TypedDict):
    """The results of a part of a message: the terminals whose local time came at one instant."""

    targeted: int
    pending: int
    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int
    recalled: int
    withdrawn: int
    """terminals from which the notification is removed, because the user clicked on another one:
    `options.clear_on_click`
    """
    unproven: int
    """clicks that only a vendor reported, in an app whose `clicked` counts only clicks that
    devices prove
    """
    received: int
    click_through_rate: float | None
    number: int
    push_time: str
    expires_at: str
    status: Status
    missed: bool
    """whether these terminals were left out, because the time to live was over in their zone"""


class PartsToCome(TypedDict):
    """The parts of a message that are not made yet."""

    instants: int
    """at how many instants terminals are still due"""
    next_at: str | None
    terminals: int
    """about how many terminals are still to come, as of `counted_at`"""
    counts: list[CountToCome]
    """instants at which nobody is due are left out"""
    counted_at: str
    """when it was counted; a count is used for half a minute"""


Passed = Literal["send", "skip", "tomorrow"]
"""What happens to terminals in whose zones the local time has already passed when the message is
made.
"""


class Pause(TypedDict):
    """Since when something is paused, and by which API key."""

    since: str
    key_id: str
    key_name: str


PauseReason = Literal["requested", "gone", "undeliverable"]
"""Why events are not delivered."""


class PausedApp(TypedDict):
    """Whether an app is paused; null: it is not."""

    app: str
    paused: Pause | None


class PausedVendor(TypedDict):
    """Whether an app's vendor is paused; null: it is not."""

    app: str
    vendor: Vendor
    paused: Pause | None


class PersonalPlan(TypedDict):
    """The values that a personal message names."""

    looked_at: int
    """of how many terminals values were read: at most 1,024, spread over the audience"""
    values: list[PlannedValue]


class PersonalQuietHours(TypedDict):
    """Quiet hours of a person. They go over midnight if they end before they begin."""

    begin: str
    """a quarter of an hour, such as 22:00"""
    end: str
    """a quarter of an hour, such as 07:30"""


Phase = Literal["running", "held", "slowed", "passed", "ended"]
"""How far a canary is."""


class PlannedGroup(TypedDict):
    """Terminals of one vendor and language, and the language of the content that they get."""

    vendor: Vendor
    language: str
    count: int
    content_language: str


class PlannedInstant(TypedDict):
    """Terminals that are due at one instant."""

    at: str
    count: int


class PlannedValue(TypedDict):
    """A value that a personal message names."""

    name: str
    """as the placeholder has it, such as `user.city`"""
    has_default: bool
    """whether the content is sent without the value, too"""
    missing: int
    """terminals that do not have the value, of those looked at"""
    longest: int
    """characters of the longest value, of those looked at"""


class PlannedVendor(TypedDict):
    """The predicted results for the terminals of one vendor."""

    vendor: Vendor
    configured: bool
    """whether the app is set up for the vendor: pushes to others wait, and expire"""
    paused: Pause | None
    """whether the app or the vendor is paused: pushes wait"""
    count: int
    refused: int
    """terminals that the vendor's limits on their content reject"""
    cut: int
    """terminals for which the content is shortened"""
    sent: int
    """terminals to which something is sent"""
    contents: list[LimitedContent]
    rate: Pace | None
    """null where none is set and too few pushes were measured"""
    seconds: float | None
    """from the push time to the last push; null without a rate"""
    expiring: int | None
    """terminals that are not reached before the message expires; null without a rate"""


Precision = Literal["second", "minute"]
"""How exact the time of a state is."""


class PreviousSection(TypedDict):
    """The section before the last change, kept in reserve: it is used if the vendor refuses the
    new one.
    """

    fingerprints: dict[str, str]
    until: str


Priority = Literal["high", "normal", "low"]
"""How urgent a message is. Decides the order of jobs, and is passed on to the vendor."""


class Problem(TypedDict):
    """A problem document (RFC 9457)."""

    type: str
    """URI of the problem's type"""
    title: str
    status: int
    code: ProblemCode
    detail: str
    errors: NotRequired[list[FieldError]]
    progress: NotRequired[Import]


ProblemCode = Literal[
    "malformed_http",
    "unreadable_body",
    "idempotency_key_not_taken",
    "unauthorized",
    "device_unauthorized",
    "forbidden",
    "not_genuine",
    "not_found",
    "method_not_allowed",
    "too_slow",
    "conflict",
    "idempotency_key_reused",
    "no_master_key",
    "app_in_file",
    "outdated_revision",
    "too_large",
    "unsupported_media_type",
    "invalid_request",
    "headers_too_large",
    "too_many_waiting",
    "rate_limited",
    "too_many_registrations",
    "internal_error",
    "engine_unavailable",
    "outcome_unknown",
    "overloaded",
    "too_many_connections",
    "not_configured_here",
    "sealed_elsewhere",
]
"""What went wrong, for programs: codes are stable, texts are not."""


class Process(TypedDict):
    """A process that lives, or died within the last hour."""

    id: str
    kind: Literal["api", "scheduler", "worker", "webhooks"]
    host: str
    pid: int
    version: str
    configuration: str
    """a digest of the settings that all processes must have in common"""
    started_at: str
    seen_at: str
    alive: bool
    metrics: str | None
    vendors: list[Vendor]
    unreadable_sections: list[UnreadableSection]
    """sealed with master keys that the process lacks; at most 100"""


PushClass = Literal["marketing", "service"]
"""The two classes of pushes that vendors in China tell apart; each vendor has names of its own
for them.
"""


class PushFailure(TypedDict):
    """Why the push failed, or is still pending. `meaning` and `remedy` are those of known codes."""

    code: str
    reason: NotRequired[str]
    meaning: NotRequired[str]
    remedy: NotRequired[str]


class QuietHours(TypedDict):
    """Hours in which terminals get no messages, in their own time zone."""

    begin: str
    """when they begin, such as 22:00"""
    end: str
    """when they end, on the next day where that is earlier"""
    then: NotRequired[Literal["leave_out", "hold"]]
    """what becomes of pushes: leave_out, or hold, which sends them when the hours end; a message
    may say otherwise
    """


class QuotaReport(TypedDict):
    """Vendors' daily quotas of an app, today."""

    day: str
    """the day in Asia/Shanghai"""
    ends_at: str
    """when the next day begins, and quotas are renewed"""
    quotas: list[VendorQuota]


class Rate(TypedDict):
    """A share of terminals, from 0 to 1, and the interval that holds the true one in 95 of 100
    experiments (Wilson).
    """

    rate: float
    low: float
    high: float


RateSource = Literal["settings", "measured"]
"""Where a rate is from."""


class Readiness(TypedDict):
    """Whether a POST would be stored; each engine is `ok`, or what is wrong with it in words."""

    status: Literal["ready", "not ready"]
    redis: str
    gearman: str


class Recall(TypedDict):
    """The result of a recall."""

    id: str
    status: Status
    recalled: int
    left: int
    vendors: list[VendorRecall]


class ReceiptBody(TypedDict):
    """A client app's report: `token` is the callback token that came with the push."""

    token: str
    terminal: str
    """the terminal's id, or its push token if the message named it by the token"""


class ReceiptTimes(TypedDict):
    """When each receipt came."""

    delivered: NotRequired[str]
    clicked: NotRequired[str]
    muted: NotRequired[str]
    gone: NotRequired[str]
    recalled: NotRequired[str]
    unproven: NotRequired[str]


ReceivedFrom = Literal["delivered", "accepted"]
"""What `received` counts beside clicks."""


class RecentOutcomes(TypedDict):
    """Terminals of the audience by the results of the last large messages."""

    messages: int
    """how many messages were read"""
    muted: int
    """terminals that show no notifications"""
    dead: int
    """registered terminals whose push token was called dead"""


class RegisteredDevice(TypedDict):
    """A terminal that registered itself. The secret cannot be read again later."""

    id: str
    vendor: Vendor
    token: str
    language: str
    user: str | None
    timezone: str | None
    app_version: str | None
    opt_out: list[str]
    warnings: list[FieldError]
    device_secret: str


class RegistrationKey(TypedDict):
    """A key with which the app's backend signs registration tokens, without the key itself."""

    id: str
    kid: str
    """the `kid` in the header of a token"""
    audience: str
    """the `aud` of a token"""
    algorithm: Algorithm
    fingerprint: str
    name: str
    created_at: str


class RegistrationKeyBody(TypedDict):
    """A key with which the app's backend signs registration tokens: `public_key` for ES256,
    `secret` for HS256.
    """

    algorithm: Algorithm
    public_key: NotRequired[str]
    """P-256, in PEM"""
    secret: NotRequired[str]
    """32 to 256 random bytes, in base64"""
    name: NotRequired[str]


class RegistrationKeys(TypedDict):
    """The keys of an app, oldest first."""

    keys: list[RegistrationKey]


class RegistrationToken(TypedDict):
    """A registration token. It cannot be read again later."""

    token: str
    expires_at: str


class RegistrationTokenBody(TypedDict):
    """What a registration token grants."""

    user: NotRequired[str | None]
    tags: NotRequired[list[str] | None]
    """unset = a known terminal keeps its tags"""
    terminal: NotRequired[str | None]
    """the id to register; unset = any one"""
    ttl: NotRequired[int]
    """seconds until the token expires"""


RemovalState = Literal["running", "finished", "stopped", "held"]
"""How far a removal has come."""


class RenderedBody(TypedDict):
    """The body that one vendor receives with the content of one language."""

    vendor: Vendor
    language: str
    body: str | None
    """as the vendor gets it, to the push token `TOKEN`; callback tokens and receipt URLs are
    hidden, and of web push it is what is encrypted. null where the vendor cannot carry it
    """
    problems: list[FieldError]
    """why the vendor cannot carry it, and what to do"""
    warnings: list[FieldError]


class Replay(TypedDict):
    """From which places events are delivered once more, by shard."""

    shards: dict[str, str]


ReplayBody = TypedDict(
    "ReplayBody",
    {
        "from": "str",
    },
)
"""From where events are delivered once more."""


class Results(TypedDict):
    """The results of a message."""

    targeted: int
    pending: int
    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int
    recalled: int
    withdrawn: int
    """terminals from which the notification is removed, because the user clicked on another one:
    `options.clear_on_click`
    """
    unproven: int
    """clicks that only a vendor reported, in an app whose `clicked` counts only clicks that
    devices prove
    """
    received: int
    click_through_rate: float | None
    id: str
    status: Status
    dry_run: bool | None
    groups: list[GroupCounts]
    failures: list[FailureCount]
    timeline: list[Moment]
    unknown_reports: UnknownReports
    waiting: list[Waiting]
    held: NotRequired[Held]
    """while terminals are in quiet hours"""
    parts: NotRequired[list[PartResults]]
    """of a message to a local time or to the best hour"""
    to_come: NotRequired[PartsToCome]
    """of a message to a local time or to the best hour"""
    experiment: NotRequired[Experiment]
    """of a message with variants"""
    canary: NotRequired[CanaryResult]
    """of a message with a canary that has begun"""
    steps: NotRequired[list[StepResult]]
    """of a message that is escalated"""


class Retry(TypedDict):
    """A message that is sent again, and to how many terminals."""

    id: str
    status: Status
    push_time: str
    local_push_time: NotRequired[ShownLocalTime]
    best_hour_push_time: NotRequired[ShownBestHour]
    created_at: str
    expires_at: str
    retries: int
    content: dict[str, Content]
    template: TemplateVersion | None
    """null where the content came with the message"""
    default_language: str
    audience: Audience
    options: Options
    personal: bool
    """whether each terminal's values are filled into the content"""
    on_missing: NotRequired[OnMissing]
    fallback: NotRequired[dict[str, Content]]
    values: NotRequired[dict[str, str | float | bool]]
    user_values: NotRequired[dict[str, dict[str, str | float | bool]]]
    variants: NotRequired[list[Variant]]
    """`content` is that of the first"""
    holdout: NotRequired[float]
    """per cent"""
    unit: NotRequired[Unit]
    winner: NotRequired[ShownWinner]
    """for a message with a rest that waits for a winner"""
    withdraws: NotRequired[str]
    """the message whose notification this one removes, because the user clicked on another
    terminal; lists leave such messages out
    """
    escalate: NotRequired[list[ShownStep]]
    """the steps for users whom it does not reach in time"""
    escalates: NotRequired[ShownEscalates]
    """of which message it is a step"""
    terminals: int


class RetryBody(TypedDict):
    """Which failures of a message are to be sent again, and for how long."""

    states: NotRequired[list[Literal["invalid", "rejected", "expired"]]]
    """`invalid` helps if tokens were called dead because the app's credentials were wrong"""
    ttl: NotRequired[int | None]
    """seconds from now at which pending pushes expire; unset = the message's own ttl"""


class RotateBody(TypedDict):
    """How an API key gets a new secret."""

    overlap: NotRequired[str]
    """how long earlier secrets stay valid, such as `15m`, `1h` or `2d`; `0s` ends them at once.
    At most `30d`; unset = `1h`
    """


class RotateCallbackKeyBody(TypedDict):
    """How long the keys before the new one stay valid."""

    overlap: NotRequired[str]
    """how long callback tokens and receipt URLs of earlier keys stay valid, such as `12h` or
    `30d`; `0s` ends them within seconds. Unset = `30d`, as long as a push may be on its way
    """


class RotationBody(TypedDict):
    """How long the old secret signs beside the new one."""

    overlap: NotRequired[str]
    """such as 24h, from 0s to 30d"""


class Run(TypedDict):
    """The result of one instant of a schedule."""

    at: str
    message_id: str | None
    """null where there is no message"""
    reason: NoPart | None
    """why there is no message"""


class RunPage(TypedDict):
    """Runs, newest first."""

    runs: list[Run]
    next_cursor: str | None


class Sample(TypedDict):
    """A stable share of an audience."""

    share: float
    seed: NotRequired[str]
    of: Audience


class SampleBody(TypedDict):
    """A stable share of an audience: the same terminals every time."""

    share: float
    """0.1 is a tenth of the terminals"""
    seed: NotRequired[str | None]
    """another seed chooses other terminals; unset = the id of the message"""
    of: AudienceNode


class SavedAudience(TypedDict):
    """A whole saved audience, and the saved audiences that it names and that name it."""

    name: str
    created_at: str
    changed_at: str
    audience: Audience
    names: list[str]
    named_by: list[str]
    """at most 20 of them"""
    frozen: FrozenAudience | None
    """null for a rule"""


class SavedAudienceBody(TypedDict):
    """An audience that is to be saved: a rule, which is resolved anew for each message."""

    audience: AudienceNode


class SavedAudiencePage(TypedDict):
    """Some saved audiences, in the order of their names."""

    audiences: list[SavedAudienceRow]
    next_cursor: str | None


class SavedAudienceRow(TypedDict):
    """A saved audience in a list. A list of terminals or users is shown by its length."""

    name: str
    created_at: str
    changed_at: str
    audience: Audience


class SavedAudienceWithWarnings(TypedDict):
    """An audience as it is saved from now on, and the terminals and users of it that are not
    registered.
    """

    name: str
    created_at: str
    changed_at: str
    audience: Audience
    names: list[str]
    named_by: list[str]
    """at most 20 of them"""
    frozen: FrozenAudience | None
    """null for a rule"""
    warnings: list[FieldError]


class Schedule(TypedDict):
    """A schedule, its message, and its next runs; none where it is paused forever or has ended."""

    upcoming: list[str]
    id: str
    status: SeriesStatus
    cron: str
    timezone: str
    start: str | None
    end: str | None
    missed: Missed
    overlap: Overlap
    message: dict[str, JsonValue]
    created_at: str
    changed_at: str
    changed_by: str
    """the name of the API key that wrote it last"""


class ScheduleBody(TypedDict):
    """A schedule, and the message of each run."""

    cron: str
    """minute, hour, day of month, month, day of week; such as `30 9 * * 1-5`"""
    timezone: NotRequired[str]
    """of the IANA database; a time that does not exist is the first instant after the gap"""
    start: NotRequired[str | None]
    """the first instant that counts; now by default"""
    end: NotRequired[str | None]
    """the last instant that counts; none by default"""
    missed: NotRequired[Missed]
    """what no scheduler made in time: make up for the `latest` (at most an hour, and half an
    interval, late), `skip` all, or make up for `all` (at most 100)
    """
    overlap: NotRequired[Overlap]
    """while the last run's message is being sent: `send` beside it, or `skip` the run"""
    message: dict[str, JsonValue]
    """as in `POST /v1/messages`, without `push_time`"""


class ScheduleChange(TypedDict):
    """A change of a schedule. A `start` or `end` of null removes the bound."""

    cron: NotRequired[str]
    """minute, hour, day of month, month, day of week; such as `30 9 * * 1-5`"""
    timezone: NotRequired[str]
    """of the IANA database; a time that does not exist is the first instant after the gap"""
    start: NotRequired[str | None]
    """the first instant that counts; now by default"""
    end: NotRequired[str | None]
    """the last instant that counts; none by default"""
    missed: NotRequired[Missed]
    """what no scheduler made in time: make up for the `latest` (at most an hour, and half an
    interval, late), `skip` all, or make up for `all` (at most 100)
    """
    overlap: NotRequired[Overlap]
    """while the last run's message is being sent: `send` beside it, or `skip` the run"""
    message: NotRequired[dict[str, JsonValue]]
    """as in `POST /v1/messages`, without `push_time`"""


class SchedulePage(TypedDict):
    """Schedules, in the order of their ids."""

    schedules: list[Schedule]
    next_cursor: str | None


class ScheduleTimes(TypedDict):
    """When a schedule has runs."""

    cron: str
    """minute, hour, day of month, month, day of week; such as `30 9 * * 1-5`"""
    timezone: NotRequired[str]
    """of the IANA database; a time that does not exist is the first instant after the gap"""
    start: NotRequired[str | None]
    """the first instant that counts; now by default"""
    end: NotRequired[str | None]
    """the last instant that counts; none by default"""


class ScheduleWithWarnings(TypedDict):
    """A schedule as it is from now on, and the warnings that its message would get now."""

    upcoming: list[str]
    id: str
    status: SeriesStatus
    cron: str
    timezone: str
    start: str | None
    end: str | None
    missed: Missed
    overlap: Overlap
    message: dict[str, JsonValue]
    created_at: str
    changed_at: str
    changed_by: str
    """the name of the API key that wrote it last"""
    warnings: list[FieldError]


Scope = Literal["push", "read", "terminals:read", "terminals:write", "terminals", "admin", "operator"]
"""What an API key may do."""


SeriesStatus = Literal["active", "paused", "ended"]
"""Where a series stands."""


class ShownBestHour(TypedDict):
    """Each terminal is pushed to in its best hour. `push_time` of the message is the first hour."""

    within: str
    """full hours, such as `24h`"""
    fallback: str | None
    """local time for terminals without a known click"""
    timezone: str
    """IANA name; that of terminals without a time zone"""
    app_hour: int | None
    """the best hour (UTC) of all terminals of the app, for those of which no click is known;
    null where a fallback is given, and where no click is known at all
    """
    first_at: str
    """the first hour in which terminals are due"""
    last_at: str
    """the last hour in which terminals are due"""


class ShownEscalates(TypedDict):
    """Which step of which message a message is."""

    message: str
    step: int
    unless: Unless
    to: str


class ShownLocalTime(TypedDict):
    """The local time at which each terminal is pushed to. `push_time` of the message is the
    instant of the first ones.
    """

    local: str
    """date and time, without an offset"""
    passed: Passed
    timezone: str
    """IANA name; that of terminals without a time zone"""
    first_at: str
    """when the first terminals are due"""
    last_at: str
    """when the last terminals are due"""


class ShownQuietHours(TypedDict):
    """Quiet hours of a person."""

    begin: str
    end: str


class ShownStep(TypedDict):
    """A step of a message."""

    after: str
    unless: Unless
    to: str


class ShownWinner(TypedDict):
    """How the rest of a message gets one of its variants."""

    after: str
    by: WinnerMeasure


class SilentBody(TypedDict):
    """Which terminals are silent, and whether they are to be removed."""

    days: int
    """terminals without a registration or receipt for this number of days (UTC) are silent"""
    at_most: NotRequired[int | None]
    """remove them, unless there are more than this number; unset = only count them"""
    even_most: NotRequired[bool]
    """remove them even if half or more of the terminals are silent"""


class SilentRemoval(TypedDict):
    """A removal of terminals that were last seen before a day."""

    before: str
    state: RemovalState
    automatic: bool
    """whether the app's setting `silent_after` began it"""
    silent: int
    """silent terminals when it began"""
    forgotten: int
    """terminals removed so far"""
    requested_at: str
    ended_at: str | None


class SilentTerminals(TypedDict):
    """How many terminals are silent, and the removal that was begun."""

    before: str
    """terminals that were last seen before this day (UTC) are silent"""
    silent: int
    terminals: int
    """all terminals of the app"""
    removal: SilentRemoval | None


State = Literal["pending", "accepted", "invalid", "rejected", "expired", "cancelled"]
"""The state of one terminal in one message. A terminal is in exactly one state at every moment."""


class StateCounts(TypedDict):
    """Terminals by state and by receipt."""

    targeted: int
    pending: int
    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int


Status = Literal["scheduled", "dispatching", "sending", "paused", "sent", "cancelled"]
"""The status of a message, from its schedule to its end."""


class StepBody(TypedDict):
    """A step: users whom the message did not reach get it on another terminal."""

    after: str
    """how long after the push time, such as `10m`; within the time to live"""
    unless: NotRequired[Unless]
    """if one of a user's terminals reported this, the user gets no step"""
    to: str
    """`next_terminal`: the terminal last seen among the user's terminals that got nothing yet;
    `vendor:<name>`: the user's terminals of this vendor that got nothing yet; `webhook`:
    nobody, but readers of events get `terminal.not_reached`
    """


class StepResult(TypedDict):
    """The result of a step. The counts are those of the step's message. For a step whose state
    is `told`, `targeted` is the number of terminals that the message did not reach.
    """

    after: str
    unless: Unless
    to: str
    step: int
    due_at: str
    state: StepState
    message: str | None
    """null where it has none (yet)"""
    status: Status | None
    targeted: int
    accepted: int
    delivered: int
    clicked: int


StepState = Literal["to_come", "made", "nobody_left", "expired", "told", "cancelled"]
"""Where a step stands."""


class StoredVersion(TypedDict):
    """A version of a template without its content."""

    version: int
    created_at: str
    created_by: str
    """the name of the API key that stored it"""


class SystemProblem(TypedDict):
    """One fault of the installation, and what to do about it."""

    code: SystemProblemCode
    app: str | None
    vendor: Vendor | None
    since: str | None
    until: str | None
    params: dict[str, str | int]
    message: str
    remedy: str


SystemProblemCode = Literal[
    "store_unreachable",
    "store_lost",
    "store_empty",
    "store_rolled_back",
    "restore_held",
    "replicas_missing",
    "gearman_unreachable",
    "no_scheduler",
    "no_worker",
    "no_webhook_sender",
    "no_worker_for_vendor",
    "configuration_differs",
    "section_unreadable",
    "dispatch_late",
    "vendor_refuses",
    "credential_expiring",
    "vendor_unavailable",
    "vendor_unanswered",
    "vendor_throttles",
    "vendor_quota",
    "vendor_not_configured",
    "vendor_not_served",
    "rate_limited",
    "app_paused",
    "vendor_paused",
    "removal_held",
    "silent_removal_held",
    "terms_mended",
    "webhook_paused",
    "message_held",
    "variants_pending",
]
"""The faults of an installation. The codes are stable: alerts and clients match on them."""


class SystemStatus(TypedDict):
    """Problems and queues. Without a key an answer has the first four fields; the last two are
    for an operator alone.
    """

    status: Literal["ok", "problems"]
    version: str
    time: str
    problems: list[SystemProblem]
    messages: NotRequired[MessageDepth]
    oldest_due: NotRequired[str | None]
    lateness: NotRequired[float]
    alive: NotRequired[dict[str, int]]
    gearman: NotRequired[list[FunctionState]]
    backlog: NotRequired[dict[str, int]]
    apps: NotRequired[dict[str, AppVendors]]
    terminals: NotRequired[list[TerminalTotal]]
    removal_held: NotRequired[list[HeldRemoval]]
    unknown_reports: NotRequired[list[UnknownReportTotal]]
    languages: NotRequired[list[AppLanguages]]
    processes: NotRequired[list[Process]]
    gearman_servers: NotRequired[GearmanServers]


class TagChange(TypedDict):
    """Tags that a terminal gets and loses; the others stay."""

    add: NotRequired[list[str]]
    remove: NotRequired[list[str]]


class Template(TypedDict):
    """A version of a template, and which versions there are."""

    version: int
    created_at: str
    created_by: str
    """the name of the API key that stored it"""
    name: str
    content: dict[str, Content]
    default_language: str
    versions: list[StoredVersion]
    """that are kept, the latest first"""


class TemplateBody(TypedDict):
    """The content of a version of a template."""

    content: dict[str, ContentBody]
    """by BCP 47 language"""
    default_language: NotRequired[str | None]
    """one of content's, for terminals whose language none of them fits; unset = the app's, or
    the only one
    """


class TemplatePage(TypedDict):
    """Some templates, in the order of their names."""

    templates: list[TemplateRow]
    next_cursor: str | None


class TemplatePreview(TypedDict):
    """What each vendor would receive."""

    version: int | None
    """null where the content came with the request"""
    content: dict[str, Content]
    """with the values in place"""
    problems: list[FieldError]
    """contents that nobody gets, because they lack a value"""
    vendors: list[RenderedBody]


class TemplatePreviewBody(TypedDict):
    """What to preview: a stored version, or content that is not stored yet."""

    version: NotRequired[int | None]
    """unset = the latest"""
    content: NotRequired[dict[str, ContentBody] | None]
    """shown in place of a stored version; the template need not exist yet"""
    language: NotRequired[str | None]
    """show only the content of this language"""
    values: NotRequired[dict[str, str | float | bool]]
    """what `{{ values.<name> }}` shows, as a message brings it"""
    attributes: NotRequired[dict[str, str | float | bool]]
    """attributes of the terminal"""
    user_attributes: NotRequired[dict[str, str | float | bool]]
    """attributes of its user"""
    options: NotRequired[OptionsBody]
    """the options of the message that will name the template"""


class TemplateReference(TypedDict):
    """A stored template; the message gets a copy of its content."""

    name: str
    version: NotRequired[int | None]
    """unset = the latest when the message is created"""


class TemplateRow(TypedDict):
    """A template in a list."""

    name: str
    latest_version: int
    created_at: str
    changed_at: str
    changed_by: str
    """the name of the API key that stored the latest version"""
    title: str
    """of the latest version, in its default language"""
    languages: list[str]


class TemplateVersion(TypedDict):
    """The version of a stored template whose content a message has."""

    name: str
    version: int


class TemplateWithWarnings(TypedDict):
    """The latest version, and warnings about vendors that cannot carry it."""

    version: int
    created_at: str
    created_by: str
    """the name of the API key that stored it"""
    name: str
    content: dict[str, Content]
    default_language: str
    versions: list[StoredVersion]
    """that are kept, the latest first"""
    warnings: list[FieldError]


class Terminal(TypedDict):
    """A terminal as it is registered."""

    id: str
    vendor: Vendor
    token: str
    language: str
    user: str | None
    tags: list[str]
    timezone: str | None
    app_version: str | None
    attributes: dict[str, str | float | bool]
    opt_out: list[str]
    registered_at: str
    last_seen: str


class TerminalBatchBody(TypedDict):
    """Up to 1,000 registrations."""

    terminals: list[TerminalBatchItem]


class TerminalBatchItem(TypedDict):
    """One registration of a batch, with its id."""

    vendor: Vendor
    token: str
    language: NotRequired[str | None]
    """BCP 47; unset = the app's default"""
    user: NotRequired[str | None]
    tags: NotRequired[list[str]]
    timezone: NotRequired[str | None]
    """IANA name, such as Asia/Shanghai"""
    app_version: NotRequired[str | None]
    attributes: NotRequired[dict[str, str | float | bool]]
    opt_out: NotRequired[list[str] | None]
    """categories of which the terminal gets no messages; unset = as known"""
    last_seen: NotRequired[str | None]
    """when the app was last in use; unset = now"""
    id: str


class TerminalBatchResult(TypedDict):
    """The result of one registration of a batch: a terminal, or a problem."""

    status: int
    terminal: NotRequired[TerminalWithWarnings]
    problem: NotRequired[Problem]


class TerminalBatchResults(TypedDict):
    """One result for each registration, in the order of the request."""

    results: list[TerminalBatchResult]


class TerminalBody(TypedDict):
    """A terminal's registration."""

    vendor: Vendor
    token: str
    language: NotRequired[str | None]
    """BCP 47; unset = the app's default"""
    user: NotRequired[str | None]
    tags: NotRequired[list[str]]
    timezone: NotRequired[str | None]
    """IANA name, such as Asia/Shanghai"""
    app_version: NotRequired[str | None]
    attributes: NotRequired[dict[str, str | float | bool]]
    opt_out: NotRequired[list[str] | None]
    """categories of which the terminal gets no messages; unset = as known"""
    last_seen: NotRequired[str | None]
    """when the app was last in use; unset = now"""


class TerminalChangeBody(TypedDict):
    """A change of a terminal. Null clears a field; vendor, token and the instant of the last
    sign of life cannot be cleared.
    """

    vendor: NotRequired[str]
    token: NotRequired[str]
    language: NotRequired[str | None]
    """BCP 47; null = the app's default"""
    user: NotRequired[str | None]
    tags: NotRequired[list[str] | TagChange | None]
    """all tags, or those to add and remove"""
    timezone: NotRequired[str | None]
    app_version: NotRequired[str | None]
    attributes: NotRequired[dict[str, str | float | bool | None] | None]
    opt_out: NotRequired[list[str] | OptOutChange | None]
    """all opt-outs by category, or those to add and remove; null = none"""
    last_seen: NotRequired[str]
    """when the app was last in use"""


TerminalFilter = Literal[
    "targeted",
    "pending",
    "accepted",
    "invalid",
    "rejected",
    "expired",
    "cancelled",
    "failed",
    "delivered",
    "clicked",
    "not_delivered",
    "not_clicked",
    "muted",
    "gone",
    "recalled",
    "unproven",
]
"""Terminals in at least one of the sets `included`, and in none of the sets `excluded`. A set is
`targeted`, a state, or a receipt.
"""


class TerminalLine(TypedDict):
    """One line of an import: a registration with its id."""

    vendor: Vendor
    token: str
    language: NotRequired[str | None]
    """BCP 47; unset = the app's default"""
    user: NotRequired[str | None]
    tags: NotRequired[list[str]]
    timezone: NotRequired[str | None]
    """IANA name, such as Asia/Shanghai"""
    app_version: NotRequired[str | None]
    attributes: NotRequired[dict[str, str | float | bool]]
    opt_out: NotRequired[list[str] | None]
    """categories of which the terminal gets no messages; unset = as known"""
    last_seen: NotRequired[str | None]
    """when the app was last in use; unset = now"""
    id: str
    registered_at: NotRequired[str | None]
    """when the terminal was first registered; unset = as known, else now"""


class TerminalOfUser(TypedDict):
    """A terminal of a person, the latest messages that it was sent, and when it clicked."""

    id: str
    vendor: Vendor
    token: str
    language: str
    user: str | None
    tags: list[str]
    timezone: str | None
    app_version: str | None
    attributes: dict[str, str | float | bool]
    opt_out: list[str]
    registered_at: str
    last_seen: str
    history: History
    click_hours: list[ClickHour]
    """of the last four periods, the newest first"""


class TerminalPage(TypedDict):
    """Some of the terminals that were searched for."""

    terminals: list[Terminal]
    next_cursor: str | None


class TerminalTotal(TypedDict):
    """Terminals by the state they came to, since the store was made."""

    app: str
    vendor: Vendor
    state: State
    count: int


class TerminalWithWarnings(TypedDict):
    """A terminal as it is registered from now on, and warnings about fields that have less
    effect than the caller may expect.
    """

    id: str
    vendor: Vendor
    token: str
    language: str
    user: str | None
    tags: list[str]
    timezone: str | None
    app_version: str | None
    attributes: dict[str, str | float | bool]
    opt_out: list[str]
    registered_at: str
    last_seen: str
    warnings: list[FieldError]


class TimezoneCount(TypedDict):
    """Terminals in one time zone."""

    timezone: str | None
    """as the terminals registered it; null for none"""
    count: int


TooLong = Literal["reject", "refuse", "truncate"]
"""What happens to content that is longer than a vendor takes."""


class TrackedMessage(TypedDict):
    """A message with its status. If its content was dropped before its results,
    `content_dropped` is true and the lost fields are null.
    """

    id: str
    status: Status
    push_time: str | None
    local_push_time: NotRequired[ShownLocalTime]
    best_hour_push_time: NotRequired[ShownBestHour]
    created_at: str
    expires_at: str | None
    retries: int
    content: dict[str, Content] | None
    template: TemplateVersion | None
    default_language: str | None
    audience: Audience | None
    options: Options | None
    personal: bool | None
    on_missing: NotRequired[OnMissing]
    fallback: NotRequired[dict[str, Content]]
    values: NotRequired[dict[str, str | float | bool]]
    user_values: NotRequired[dict[str, dict[str, str | float | bool]]]
    variants: NotRequired[list[Variant]]
    """`content` is that of the first"""
    holdout: NotRequired[float]
    """per cent"""
    unit: NotRequired[Unit]
    winner: NotRequired[ShownWinner]
    """for a message with a rest that waits for a winner"""
    withdraws: NotRequired[str]
    """the message whose notification this one removes, because the user clicked on another
    terminal; lists leave such messages out
    """
    escalate: NotRequired[list[ShownStep]]
    """the steps for users whom it does not reach in time"""
    escalates: NotRequired[ShownEscalates]
    """of which message it is a step"""
    content_dropped: NotRequired[Literal[True]]


Unit = Literal["terminal", "user"]
"""What gets one variant: each terminal for itself, or all terminals of a user."""


class UnknownReportTotal(TypedDict):
    """Receipts or clicks that name a message or a terminal that is not known. `source` is a
    vendor, or `client`.
    """

    app: str
    source: Vendor | Literal["client"]
    receipt: Literal["delivered", "clicked", "muted", "gone"]
    unknown: Literal["message", "terminal"]
    count: int


class UnknownReports(TypedDict):
    """Reports on terminals that the message was not for. They count for no terminal."""

    delivered: int
    clicked: int
    muted: int
    gone: int


Unless = Literal["delivered", "clicked"]
"""What must be reported of a user's terminal so that the user gets no step."""


class UnreadableSection(TypedDict):
    """A vendor's section that a process cannot open."""

    app: str
    vendor: str
    master_key: str
    """the id of the master key that sealed the section"""


class UpcomingRuns(TypedDict):
    """The next instants."""

    upcoming: list[str]


class Uplift(TypedDict):
    """The click rate less that of the first variant, and the interval that holds the true
    difference in 95 of 100 experiments (Newcombe).
    """

    difference: float
    low: float
    high: float


class UserChangeBody(TypedDict):
    """A change of a person. Fields that are left out stay."""

    attributes: NotRequired[dict[str, str | float | bool | None] | None]
    opt_out: NotRequired[list[str] | OptOutChange | None]
    """all opt-outs by category, or those to add and remove; null = none"""
    quiet_hours: NotRequired[PersonalQuietHours | None]
    """hours of the terminals' own time in which they get no messages, besides those of the app;
    null = none
    """


class UserPage(TypedDict):
    """A page of the data kept about a person. The first page has attributes, opt-outs, saved
    audiences, drafts and schedules.
    """

    user: str
    attributes: dict[str, str | float | bool]
    opt_out: list[str]
    """categories of which the user gets no messages"""
    quiet_hours: ShownQuietHours | None
    terminals: list[TerminalOfUser]
    named_by: NamedBy
    next_cursor: str | None


class Variant(TypedDict):
    """One of several contents that are compared."""

    name: str
    share: float
    content: dict[str, Content]


class VariantBody(TypedDict):
    """One of several contents that are compared."""

    name: str
    share: float
    """per cent of the terminals that are not held out; the shares add up to 100, or to less with
    `winner`
    """
    content: dict[str, ContentBody]
    """by BCP 47 language, the same languages in all variants"""


class VariantResult(TypedDict):
    """The results of one variant. Rates are shares of all targeted terminals."""

    targeted: int
    pending: int
    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int
    name: str
    share: float
    click_rate: Rate
    uplift: Uplift | None
    muted_rate: Rate
    gone_rate: Rate


Vendor = Literal["apns", "fcm", "harmony", "honor", "huawei", "meizu", "oppo", "vivo", "webpush", "xiaomi"]
"""A push system."""


class VendorActivity(TypedDict):
    """What happened through one vendor."""

    accepted: int
    invalid: int
    rejected: int
    expired: int
    cancelled: int
    delivered: int
    clicked: int
    muted: int
    gone: int
    vendor: Vendor


class VendorCheck(TypedDict):
    """The dry run with which the vendor was asked. Left out where the vendor has no such check."""

    message: str


class VendorQuota(TypedDict):
    """One quota of a vendor, today."""

    vendor: Vendor
    push_class: PushClass
    """the class that the quota is for"""
    limit: int
    """pushes a day, from the app's settings"""
    used: int
    """pushes that the vendor accepted, or did not answer"""
    sending: int
    """pushes that workers are sending now"""
    waiting: int
    """about how many pushes are due and not sent yet"""
    left: int
    """pushes that may still be sent today"""
    refused_at: str | None
    """when the vendor said that the quota is used up; then nothing more is sent that day"""


class VendorRate(TypedDict):
    """How fast the app may push through a vendor."""

    vendor: Vendor
    rate_limit: float | None
    """pushes a second; null for no limit"""


class VendorRecall(TypedDict):
    """The result of a recall at one vendor."""

    vendor: Vendor
    can_recall: bool
    recalled: int
    failed: int
    left: int
    reason: str | None


VendorSectionBody = dict[str, Any]
"""A vendor's section: its settings as in the configuration, files by their contents (`key`
instead of `key_file`). In a PATCH only those that change; null takes one away.
"""


class VivoOptions(TypedDict):
    """Options of a message for vivo."""

    category: NotRequired[
        Literal[
            "IM",
            "ACCOUNT",
            "TODO",
            "DEVICE_REMINDER",
            "ORDER",
            "SUBSCRIPTION",
            "NEWS",
            "CONTENT",
            "MARKETING",
            "SOCIAL",
        ]
        | None
    ]
    notify_type: NotRequired[int | None]
    """1 none, 2 sound, 3 vibration, 4 both"""
    url: NotRequired[str | None]
    """opened on a click"""
    page: NotRequired[str | None]
    custom: NotRequired[str | None]
    wifi_only: NotRequired[bool | None]
    foreground_show: NotRequired[bool | None]
    add_badge: NotRequired[bool | None]
    """adds 1 to the number at the icon; needs vivo's permission"""


class VoipCall(TypedDict):
    """An incoming call. The push wakes the app, and the app shows the call."""

    scene: Literal["voice", "video"]


class Waiting(TypedDict):
    """Why terminals are still pending: those of one vendor, or of all vendors if `vendor` is
    null.
    """

    reason: SystemProblemCode
    vendor: Vendor | None
    since: str | None
    until: str | None
    params: dict[str, str | int]
    message: str
    remedy: str


class WarningCount(TypedDict):
    """A field that has less effect than the caller may expect, and for how many terminals."""

    field: str
    message: str
    count: int


class WebPushOptions(TypedDict):
    """`options.webpush`: headers for the push service, and fields of the notification."""

    urgency: NotRequired[Literal["very-low", "low", "normal", "high"] | None]
    topic: NotRequired[str | None]
    icon: NotRequired[str | None]
    badge: NotRequired[str | None]
    """address of a small picture"""
    tag: NotRequired[str | None]
    renotify: NotRequired[bool | None]
    require_interaction: NotRequired[bool | None]
    silent: NotRequired[bool | None]
    actions: NotRequired[list[NotificationAction] | None]
    remove_on_click: NotRequired[bool | None]
    """`true` for `options.clear_on_click` to clear browsers, too; a browser may end a
    subscription whose pushes show nothing
    """


class Webhook(TypedDict):
    """A webhook. Its secret is shown once, where it is made."""

    id: str
    url: str
    types: list[str]
    expand: bool
    """whether events name each terminal with its user and the message's data; else they are by
    block
    """
    description: str
    state: WebhookState
    paused_at: str | None
    pause_reason: PauseReason | None
    """`requested`; `gone`: the receiver answered 410; `undeliverable`: a delivery failed for
    `webhooks.give_up_after`
    """
    created_at: str
    created_by: str
    """the id of the API key that created it"""
    previous_secret_until: str | None
    """until when the secret before a rotation also signs"""


class WebhookBody(TypedDict):
    """A webhook that is to be created."""

    url: str
    """an https:// address with a public host"""
    types: list[str]
    """types of events, ["*"] for all. `events.gap` and `store.rolled_back` always come"""
    expand: NotRequired[bool]
    """whether events name each terminal with its user and the message's data; else they are by
    block
    """
    description: NotRequired[str]


class WebhookChange(TypedDict):
    """A change of a webhook. Fields that are left out stay."""

    url: NotRequired[str]
    types: NotRequired[list[str]]
    expand: NotRequired[bool]
    """whether events name each terminal with its user and the message's data; else they are by
    block
    """
    description: NotRequired[str]


class WebhookList(TypedDict):
    """The webhooks of an app, the oldest first."""

    webhooks: list[Webhook]


WebhookState = Literal["active", "paused"]
"""Whether events are delivered."""


class WebhookTest(TypedDict):
    """The receiver's answer to a test event."""

    delivered: bool
    """whether the receiver answered with a status of 200 to 299"""
    status: int | None
    failure: AttemptFailure | None
    reason: str
    duration_ms: int


class WebhookWithSecret(TypedDict):
    """A webhook whose secret is new: keep it, it is not shown again."""

    id: str
    url: str
    types: list[str]
    expand: bool
    """whether events name each terminal with its user and the message's data; else they are by
    block
    """
    description: str
    state: WebhookState
    paused_at: str | None
    pause_reason: PauseReason | None
    """`requested`; `gone`: the receiver answered 410; `undeliverable`: a delivery failed for
    `webhooks.give_up_after`
    """
    created_at: str
    created_by: str
    """the id of the API key that created it"""
    previous_secret_until: str | None
    """until when the secret before a rotation also signs"""
    secret: str
    """whsec_ and base64, as the Standard Webhooks libraries take it"""


class WebpushConfig(TypedDict):
    """`options.fcm.webpush`: what FCM passes on to browsers."""

    headers: NotRequired[WebpushHeaders | None]
    data: NotRequired[dict[str, str] | None]
    """beside the message's own data, for browsers alone"""
    notification: NotRequired[dict[str, Any] | None]
    """fields of the browser's Notification"""
    link: NotRequired[str | None]
    """opened on a click"""


class WebpushHeaders(TypedDict):
    """`options.fcm.webpush.headers`: headers of Web Push (RFC 8030, section 5)."""

    ttl: NotRequired[int | None]
    """seconds"""
    urgency: NotRequired[Literal["very-low", "low", "normal", "high"] | None]
    topic: NotRequired[str | None]


class Winner(TypedDict):
    """Which variant the rest gets. `variant`, `ground` and `decided_at` are null before the
    decision. The decision is made at `ends_at`, which moves on while more than 5 % of the
    variants' pushes are pending, or earlier, as soon as one variant is clearly the best.
    """

    after: str
    by: WinnerMeasure
    ends_at: str
    variant: str | None
    ground: WinnerGround | None
    decided_at: str | None
    rest: StateCounts
    """counts of the terminals that wait for the winner, or got it"""


class WinnerBody(TypedDict):
    """How the rest gets a variant: the variants' shares add up to less than 100, and the rest
    waits for the best variant.
    """

    after: str
    """how long variants are compared once they are sent, such as `2h`; shorter than the time to
    live. The rest gets its variant then, or as soon as one is clearly the best
    """
    by: NotRequired[WinnerMeasure]
    """the best variant has the highest rate of terminals that clicked"""


WinnerGround = Literal["race", "end", "better", "by_hand"]
"""Why the rest of a message gets a variant."""


WinnerMeasure = Literal["clicks"]
"""What makes one variant better than another."""


class XiaomiOptions(TypedDict):
    """Options of a message for Xiaomi."""

    channel_id: NotRequired[str | None]
    channel_name: NotRequired[str | None]
    channel_description: NotRequired[str | None]
    notify_type: NotRequired[int | None]
    notify_foreground: NotRequired[bool | None]
    sound_uri: NotRequired[str | None]
    ticker: NotRequired[str | None]
    url: NotRequired[str | None]
    """opened on a click"""
    intent_uri: NotRequired[str | None]
    """page opened on a click"""
    flow_control: NotRequired[int | None]
    """messages a second"""
    locale: NotRequired[str | None]
    """only devices of these, as a comma list"""
    locale_not_in: NotRequired[str | None]
    model: NotRequired[str | None]
    model_not_in: NotRequired[str | None]
    app_version: NotRequired[str | None]
    app_version_not_in: NotRequired[str | None]
    connpt: NotRequired[Literal["wifi"] | None]
    """only devices that are online so"""
    extra: NotRequired[dict[str, Any] | None]
    """`extra.<key>` of the app's own"""
