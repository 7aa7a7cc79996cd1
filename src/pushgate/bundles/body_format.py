"""The form in which segments hold small messages: defaults are left out, names are one letter.
Pure.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

import msgspec

from pushgate.audiences import json_form
from pushgate.domain.audience import (
    Audience,
    AudienceKind,
    AudienceSummary,
    ByTerminal,
    ByToken,
    ByUser,
    Everyone,
    without_repeats,
)
from pushgate.domain.message import (
    DEFAULT_OPTIONS,
    DEFAULT_TTL,
    Category,
    Content,
    Delivery,
    InQuietHours,
    Message,
    OnMissing,
    Options,
    Personal,
    Priority,
    TemplateVersion,
    TooLong,
)
from pushgate.domain.terminal import AttributeValue, InlineToken


class ContentForm(msgspec.Struct, array_like=True, omit_defaults=True):
    """The content in one language."""

    title: str
    body: str
    image: str | None = None
    url: str | None = None
    data: dict[str, str] = {}


class OptionsForm(
    msgspec.Struct,
    omit_defaults=True,
    rename={
        "ttl": "l",
        "priority": "p",
        "delivery": "d",
        "collapse_key": "k",
        "on_too_long": "o",
        "dry_run": "y",
        "silent": "s",
        "badge": "b",
        "category": "c",
        "own_category": "n",
        "quiet_hours": "q",
        "waits_in_quiet_hours": "h",
        "require_audience": "r",
        "clear_on_click": "e",
        "withdraws": "w",
        "vendors": "v",
    },
):
    """The options that are not the default ones; `ttl` is in ms.

    A process of a version without such waiting leaves terminals in quiet hours out.
    """

    ttl: int = DEFAULT_TTL // timedelta(milliseconds=1)
    priority: Priority = Priority.NORMAL
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    collapse_key: str | None = None
    on_too_long: TooLong = TooLong.REJECT
    dry_run: bool = False
    silent: bool = False
    badge: int | None = None
    category: Category | None = None
    own_category: str = ""
    quiet_hours: InQuietHours = InQuietHours.LEAVE_OUT
    waits_in_quiet_hours: bool = False
    require_audience: bool = False
    clear_on_click: bool = False
    withdraws: str = ""
    vendors: dict[str, dict[str, object]] = {}


class PersonalForm(msgspec.Struct, array_like=True, omit_defaults=True):
    """The content with its placeholders, and the values that fill them."""

    content: dict[str, ContentForm]
    on_missing: OnMissing = OnMissing.LEAVE_OUT
    fallback: dict[str, ContentForm] = {}
    values: dict[str, AttributeValue] = {}
    user_values: dict[str, dict[str, AttributeValue]] = {}


class BodyForm(
    msgspec.Struct,
    omit_defaults=True,
    rename={
        "content": "c",
        "language": "l",
        "terminals": "t",
        "users": "u",
        "tokens": "k",
        "vendors": "v",
        "topics": "p",
        "options": "o",
        "expression": "e",
        "trace": "x",
        "personal": "n",
        "template": "a",
    },
):
    """A message. One of `terminals`, `users` and `tokens` is set; a token has vendor, token and
    language. Or a later change gave the message another audience: then `expression` is its JSON,
    and the message is sent as a large message.

    A personal message has its content in `personal`. So a process that does not fill placeholders
    finds no content, and never sends the raw placeholders.
    """

    content: dict[str, ContentForm]
    language: str
    terminals: list[str] = []
    users: list[str] = []
    tokens: list[tuple[str, str, str]] = []
    vendors: list[str] = []
    topics: list[str] = []
    options: OptionsForm = msgspec.field(default_factory=OptionsForm)
    expression: bytes = b""
    trace: str = ""
    template: tuple[str, int] | None = None
    personal: PersonalForm | None = None

    @property
    def contents(self) -> dict[str, ContentForm]:
        """The content by language, personal or not."""
        return self.personal.content if self.personal else self.content


class SegmentForm(msgspec.Struct, array_like=True):
    """The messages of a segment. `replaced_id` is the id of the only message, where it replaced an
    earlier version.
    """

    created_ms: int
    push_at_ms: int
    bodies: list[BodyForm]
    replaced_id: str = ""


def from_message(message: Message, audience: Audience) -> BodyForm:
    """The form of a message to this audience."""
    content = _from_contents(message.content)
    body = BodyForm(
        content={} if message.personal else content,
        language=message.default_language,
        options=_from_options(message.options),
        trace=message.trace,
        personal=_from_personal(message.personal, content) if message.personal else None,
        template=(message.template.name, message.template.version) if message.template else None,
    )
    put_audience(body, without_repeats(audience))
    if body.tokens:
        body.vendors, body.topics = list(message.audience.vendors), list(message.audience.topics)
    return body


def put_audience(body: BodyForm, audience: Audience) -> None:
    """Put an audience into a body that has none, or has one of the same kind."""
    match audience:
        case ByTerminal(terminals):
            body.terminals = list(terminals)
        case ByUser(users):
            body.users = list(users)
        case ByToken(tokens):
            body.tokens = [(token.vendor, token.token, token.language) for token in tokens]
        case expression:
            body.expression = json_form.encode(expression)


def to_audience(body: BodyForm) -> tuple[Audience, AudienceSummary]:
    """The whole audience, and its summary."""
    if body.expression:
        return _to_expression(body.expression)
    if body.users:
        return ByUser(tuple(body.users)), AudienceSummary(AudienceKind.USERS, len(body.users))
    if body.tokens:
        tokens = tuple(InlineToken(vendor, token, language) for vendor, token, language in body.tokens)
        named = tuple(body.vendors), tuple(body.topics)
        return ByToken(tokens), AudienceSummary(AudienceKind.TOKENS, len(tokens), *named)
    return ByTerminal(tuple(body.terminals)), AudienceSummary(AudienceKind.TERMINALS, len(body.terminals))


def _to_expression(raw: bytes) -> tuple[Audience, AudienceSummary]:
    expression = json_form.decode(raw)
    if isinstance(expression, Everyone):
        return expression, AudienceSummary()
    return expression, AudienceSummary(AudienceKind.EXPRESSION, expression=json_form.shorten(expression))


def _from_content(content: Content) -> ContentForm:
    return ContentForm(content.title, content.body, content.image, content.url, dict(content.data))


def _from_contents(contents: Mapping[str, Content]) -> dict[str, ContentForm]:
    return {language: _from_content(content) for language, content in contents.items()}


def _from_personal(personal: Personal, content: dict[str, ContentForm]) -> PersonalForm:
    return PersonalForm(
        content=content,
        on_missing=personal.on_missing,
        fallback=_from_contents(personal.fallback),
        values=dict(personal.values),
        user_values={user: dict(values) for user, values in personal.user_values.items()},
    )


def to_personal(personal: PersonalForm) -> Personal:
    """What fills the placeholders of a form."""
    return Personal(
        on_missing=personal.on_missing,
        fallback={language: to_content(content) for language, content in personal.fallback.items()},
        values=personal.values,
        user_values=personal.user_values,
    )


def to_content(content: ContentForm) -> Content:
    """The content of a form."""
    return Content(
        title=content.title, body=content.body, image=content.image, data=content.data, url=content.url
    )


def to_template(body: BodyForm) -> TemplateVersion | None:
    """The template of a body, None where its content came with the message."""
    return TemplateVersion(*body.template) if body.template else None


_NO_OPTIONS = OptionsForm()


def _from_options(options: Options) -> OptionsForm:
    if options is DEFAULT_OPTIONS or options == DEFAULT_OPTIONS:
        return _NO_OPTIONS
    waits = options.quiet_hours is InQuietHours.HOLD
    return OptionsForm(
        ttl=options.ttl // timedelta(milliseconds=1),
        priority=options.priority,
        delivery=options.delivery,
        collapse_key=options.collapse_key,
        on_too_long=options.on_too_long,
        dry_run=options.dry_run,
        silent=options.silent,
        badge=options.badge,
        category=options.category,
        own_category=options.own_category,
        quiet_hours=InQuietHours.LEAVE_OUT if waits else options.quiet_hours,
        waits_in_quiet_hours=waits,
        require_audience=options.require_audience,
        clear_on_click=options.clear_on_click,
        withdraws=options.withdraws,
        vendors={vendor: dict(own) for vendor, own in options.vendors.items()},
    )


def to_options(options: OptionsForm) -> Options:
    """The options of a form."""
    if options == _NO_OPTIONS:
        return DEFAULT_OPTIONS
    return Options(
        ttl=timedelta(milliseconds=options.ttl),
        priority=options.priority,
        delivery=options.delivery,
        collapse_key=options.collapse_key,
        on_too_long=options.on_too_long,
        dry_run=options.dry_run,
        silent=options.silent,
        badge=options.badge,
        category=options.category,
        own_category=options.own_category,
        quiet_hours=InQuietHours.HOLD if options.waits_in_quiet_hours else options.quiet_hours,
        require_audience=options.require_audience,
        clear_on_click=options.clear_on_click,
        withdraws=options.withdraws,
        vendors=cast("Mapping[str, Mapping[str, object]]", options.vendors),
    )
