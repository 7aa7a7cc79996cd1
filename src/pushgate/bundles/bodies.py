"""Small messages to the bytes of their segment, and back. Pure.

Defaults are left out, names are one letter, and the bodies of a segment are compressed together
where that pays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple, cast

import msgspec
import zstandard

from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary, ByTerminal, ByToken, ByUser
from pushgate.domain.clock import from_ms
from pushgate.domain.message import (
    DEFAULT_TTL,
    NOW_OR_NEVER,
    Category,
    Content,
    Delivery,
    Message,
    Options,
    Priority,
    TooLong,
)
from pushgate.domain.terminal import InlineToken

MAX_SMALL_AUDIENCE = 64
"""Terminals, users or tokens that a small message lists at most."""
_PLAIN, _COMPRESSED = b"\0", b"\1"
_COMPRESS_FROM = 1000
"""Bytes from which on compression is tried; it is kept where it saves a quarter."""
_MAX_BYTES = 64 * 1024 * 1024
_LEVEL = 3
_NOW_OR_NEVER_MS = NOW_OR_NEVER // timedelta(milliseconds=1)


class _Content(msgspec.Struct, array_like=True, omit_defaults=True):
    title: str
    body: str
    image: str | None = None
    url: str | None = None
    data: dict[str, str] = {}


class _Options(
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
        "vendors": "v",
    },
):
    ttl: int = DEFAULT_TTL // timedelta(milliseconds=1)
    priority: Priority = Priority.NORMAL
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    collapse_key: str | None = None
    on_too_long: TooLong = TooLong.REJECT
    dry_run: bool = False
    silent: bool = False
    badge: int | None = None
    category: Category | None = None
    vendors: dict[str, dict[str, object]] = {}


class _Body(
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
    },
):
    content: dict[str, _Content]
    language: str
    terminals: list[str] = []
    users: list[str] = []
    tokens: list[tuple[str, str, str]] = []
    vendors: list[str] = []
    topics: list[str] = []
    options: _Options = msgspec.field(default_factory=_Options)


class _Segment(msgspec.Struct, array_like=True):
    created_ms: int
    push_at_ms: int
    bodies: list[_Body]
    replaced_id: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Segment)
_compress = zstandard.ZstdCompressor(level=_LEVEL).compress
_decompress = partial(zstandard.ZstdDecompressor().decompress, max_output_size=_MAX_BYTES)


class Target(NamedTuple):
    """Whom a message is for, and what its place in a bundle depends on.

    `tokens` are vendor, push token and language of each.
    """

    terminals: Sequence[str]
    users: Sequence[str]
    tokens: Sequence[tuple[str, str, str]]
    priority: Priority
    expires_ms: int
    """From this instant on (ms since the epoch) the message expires."""


@dataclass(frozen=True, slots=True)
class SmallMessage:
    """A message with its whole audience."""

    message: Message
    audience: Audience


@dataclass(frozen=True, slots=True)
class Bodies:
    """The decoded bodies of a segment, from which single messages are made when they are asked
    for.
    """

    segment: _Segment

    @property
    def created_ms(self) -> int:
        """When the messages were created, in ms since the epoch."""
        return self.segment.created_ms

    @property
    def replaced_id(self) -> str:
        """The id of the only message, where it takes the place of an earlier version; else
        empty.
        """
        return self.segment.replaced_id

    @property
    def push_at_ms(self) -> int:
        """When the messages are due, in ms since the epoch."""
        return self.segment.push_at_ms

    def __len__(self) -> int:
        return len(self.segment.bodies)

    def target(self, index: int) -> Target:
        """Whom the message at this index is for. Raises IndexError."""
        body = self.segment.bodies[index]
        options = body.options
        expires_ms = self.segment.push_at_ms + (options.ttl or _NOW_OR_NEVER_MS)
        return Target(body.terminals, body.users, body.tokens, options.priority, expires_ms)

    def languages(self, index: int) -> tuple[str, ...]:
        """The languages of the message at this index, its default language last.

        Raises IndexError.
        """
        body = self.segment.bodies[index]
        return (*body.content, body.language)

    def content(self, index: int, language: str) -> Content:
        """The content of the message at this index in one of its languages."""
        return _to_content(self.segment.bodies[index].content[language])

    def options(self, index: int) -> Options:
        """The options of the message at this index. Messages without options share them."""
        return _to_options(self.segment.bodies[index].options)

    def has_topics(self, index: int, vendor: str) -> bool:
        """Whether the message at this index brings topics of the vendor."""
        return vendor in self.segment.bodies[index].topics

    def message(self, index: int, message_id: str, app: str) -> SmallMessage:
        """The message at this index. Raises IndexError."""
        segment, body = self.segment, self.segment.bodies[index]
        audience, summary = _audience(body)
        message = Message(
            id=message_id,
            app=app,
            content={language: _to_content(content) for language, content in body.content.items()},
            default_language=body.language,
            push_at=from_ms(segment.push_at_ms),
            created_at=from_ms(segment.created_ms),
            audience=summary,
            options=_to_options(body.options),
        )
        return SmallMessage(message, audience)


def encode(
    messages: Sequence[SmallMessage], created_ms: int, push_at_ms: int, *, replaced_id: str = ""
) -> bytes:
    """The bodies of a segment. Ids and apps are left out: the position says them."""
    bodies = [_from_message(item.message, item.audience) for item in messages]
    raw = _encoder.encode(_Segment(created_ms, push_at_ms, bodies, replaced_id))
    if len(raw) >= _COMPRESS_FROM:
        compressed = _compress(raw)
        if len(compressed) <= len(raw) * 3 // 4:
            return _COMPRESSED + compressed
    return _PLAIN + raw


def decode(raw: bytes) -> Bodies:
    """Read the bytes of `encode` back. Raises ValueError if they are not a segment."""
    try:
        packed = _decompress(raw[1:]) if raw[:1] == _COMPRESSED else raw[1:]
        return Bodies(_decoder.decode(packed))
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise ValueError(f"not a segment: {type(error).__name__}") from error


def is_small(audience: Audience) -> bool:
    """Whether a message to this audience is a small one."""
    match audience:
        case ByTerminal(terminals):
            return len(terminals) <= MAX_SMALL_AUDIENCE
        case ByUser(users):
            return len(users) <= MAX_SMALL_AUDIENCE
        case ByToken(tokens):
            return len(tokens) <= MAX_SMALL_AUDIENCE
    return False


def _from_message(message: Message, audience: Audience) -> _Body:
    body = _Body(
        content={language: _from_content(content) for language, content in message.content.items()},
        language=message.default_language,
        options=_from_options(message.options),
    )
    match audience:
        case ByTerminal(terminals):
            body.terminals = list(dict.fromkeys(terminals))
        case ByUser(users):
            body.users = list(dict.fromkeys(users))
        case ByToken(tokens):
            first: dict[tuple[str, str], InlineToken] = {}
            for token in tokens:
                first.setdefault((token.vendor, token.token), token)
            body.tokens = [(token.vendor, token.token, token.language) for token in first.values()]
            body.vendors, body.topics = list(message.audience.vendors), list(message.audience.topics)
    return body


def _audience(body: _Body) -> tuple[Audience, AudienceSummary]:
    if body.users:
        return ByUser(tuple(body.users)), AudienceSummary(AudienceKind.USERS, len(body.users))
    if body.tokens:
        tokens = tuple(InlineToken(vendor, token, language) for vendor, token, language in body.tokens)
        named = tuple(body.vendors), tuple(body.topics)
        return ByToken(tokens), AudienceSummary(AudienceKind.TOKENS, len(tokens), *named)
    return ByTerminal(tuple(body.terminals)), AudienceSummary(AudienceKind.TERMINALS, len(body.terminals))


def _from_content(content: Content) -> _Content:
    return _Content(content.title, content.body, content.image, content.url, dict(content.data))


def _to_content(content: _Content) -> Content:
    return Content(
        title=content.title, body=content.body, image=content.image, data=content.data, url=content.url
    )


_DEFAULT_OPTIONS = Options()
_NO_OPTIONS = _Options()


def _from_options(options: Options) -> _Options:
    if options == _DEFAULT_OPTIONS:
        return _NO_OPTIONS
    return _Options(
        ttl=options.ttl // timedelta(milliseconds=1),
        priority=options.priority,
        delivery=options.delivery,
        collapse_key=options.collapse_key,
        on_too_long=options.on_too_long,
        dry_run=options.dry_run,
        silent=options.silent,
        badge=options.badge,
        category=options.category,
        vendors={vendor: dict(own) for vendor, own in options.vendors.items()},
    )


def _to_options(options: _Options) -> Options:
    if options == _NO_OPTIONS:
        return _DEFAULT_OPTIONS
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
        vendors=cast("Mapping[str, Mapping[str, object]]", options.vendors),
    )
