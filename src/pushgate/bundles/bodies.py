"""Small messages to the bytes of their segment, and back. Pure.

Defaults are left out, names are one letter, and the bodies of a segment are compressed together
where that pays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import msgspec
import zstandard

from pushgate.bundles.body_format import (
    SegmentForm,
    from_message,
    to_audience,
    to_content,
    to_options,
    to_personal,
    to_template,
)
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser
from pushgate.domain.clock import from_ms
from pushgate.domain.message import (
    NOW_OR_NEVER,
    Content,
    InQuietHours,
    Message,
    Options,
    Personal,
    Priority,
)

MAX_SMALL_AUDIENCE = 64
"""Terminals, users or tokens that a small message lists at most."""
_PLAIN, _COMPRESSED = b"\0", b"\1"
_COMPRESS_FROM = 1000
"""Bytes from which on compression is tried; it is kept where it saves a quarter."""
_MAX_BYTES = 64 * 1024 * 1024
_LEVEL = 3
_NOW_OR_NEVER_MS = NOW_OR_NEVER // timedelta(milliseconds=1)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SegmentForm)
_compress = zstandard.ZstdCompressor(level=_LEVEL).compress
_decompress = partial(zstandard.ZstdDecompressor().decompress, max_output_size=_MAX_BYTES)


class Target(NamedTuple):
    """Whom a message is for, and what its place in a bundle depends on.

    `tokens` are vendor, push token and language of each. All three are empty where the message got
    an audience of more than a few since it was stored: then it is sent as a broadcast.
    """

    terminals: Sequence[str]
    users: Sequence[str]
    tokens: Sequence[tuple[str, str, str]]
    priority: Priority
    expires_ms: int
    """From this instant on (ms since the epoch) the message expires."""
    is_broadcast: bool = False
    category: str = ""
    """What the message is about, empty for nothing."""
    dry_run: bool = False
    heeds_quiet_hours: bool = True
    clear_on_click: bool = False
    waits_in_quiet_hours: bool = False


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

    segment: SegmentForm

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
        if body.expression or len(body.terminals or body.users or body.tokens) > MAX_SMALL_AUDIENCE:
            return Target((), (), (), options.priority, expires_ms, is_broadcast=True)
        return Target(
            body.terminals,
            body.users,
            body.tokens,
            options.priority,
            expires_ms,
            category=options.own_category or (options.category or ""),
            dry_run=options.dry_run,
            heeds_quiet_hours=options.quiet_hours is InQuietHours.LEAVE_OUT and not options.silent,
            clear_on_click=options.clear_on_click,
            waits_in_quiet_hours=options.waits_in_quiet_hours and not options.silent,
        )

    def languages(self, index: int) -> tuple[str, ...]:
        """The languages of the message at this index, its default language last.

        Raises IndexError.
        """
        body = self.segment.bodies[index]
        return (*body.contents, body.language)

    def has_content(self, index: int) -> bool:
        """Whether there is a message at this index, and its content can be read.

        A process of a version before personal messages writes one back without its content.
        """
        return index < len(self) and bool(self.segment.bodies[index].contents)

    def content(self, index: int, language: str) -> Content:
        """The content of the message at this index in one of its languages."""
        return to_content(self.segment.bodies[index].contents[language])

    def is_removal(self, index: int) -> bool:
        """Whether the message at this index removes the notification of another one."""
        return bool(self.segment.bodies[index].options.withdraws)

    def is_personal(self, index: int) -> bool:
        """Whether the message at this index has placeholders."""
        return self.segment.bodies[index].personal is not None

    def personal(self, index: int) -> Personal | None:
        """What fills the placeholders of the message at this index, None where it has none."""
        form = self.segment.bodies[index].personal
        return to_personal(form) if form else None

    def options(self, index: int) -> Options:
        """The options of the message at this index. Messages without options share them."""
        return to_options(self.segment.bodies[index].options)

    def trace(self, index: int) -> str:
        """The trace of the message at this index, "" for none."""
        return self.segment.bodies[index].trace

    def has_topics(self, index: int, vendor: str) -> bool:
        """Whether the message at this index brings topics of the vendor."""
        return vendor in self.segment.bodies[index].topics

    def message(self, index: int, message_id: str, app: str) -> SmallMessage:
        """The message at this index. Raises IndexError."""
        segment, body = self.segment, self.segment.bodies[index]
        audience, summary = to_audience(body)
        message = Message(
            id=message_id,
            app=app,
            content={language: to_content(content) for language, content in body.contents.items()},
            default_language=body.language,
            push_at=from_ms(segment.push_at_ms),
            created_at=from_ms(segment.created_ms),
            audience=summary,
            options=to_options(body.options),
            trace=body.trace,
            personal=self.personal(index),
            template=to_template(body),
        )
        return SmallMessage(message, audience)


def encode(
    messages: Sequence[SmallMessage], created_ms: int, push_at_ms: int, *, replaced_id: str = ""
) -> bytes:
    """The bodies of a segment. Ids and apps are left out: the position says them."""
    bodies = [from_message(item.message, item.audience) for item in messages]
    return encode_segment(SegmentForm(created_ms, push_at_ms, bodies, replaced_id))


def encode_segment(segment: SegmentForm) -> bytes:
    """The bytes of a segment."""
    raw = _encoder.encode(segment)
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
