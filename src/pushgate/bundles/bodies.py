"""Encodes small messages as the bytes of their segment, and decodes them. Pure.

Defaults are left out, names are one letter, and the bodies of a segment are compressed together
where that pays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import msgspec
import zstandard

from pushgate.bundles import unknown_fields
from pushgate.bundles.body_format import (
    SegmentForm,
    from_message,
    to_audience,
    to_content,
    to_options,
    to_personal,
    to_template,
)
from pushgate.bundles.segment_bytes import pack, unpack
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
_NOW_OR_NEVER_MS = NOW_OR_NEVER // timedelta(milliseconds=1)


class _StoredSegment(msgspec.Struct, array_like=True):
    """A segment whose bodies are bytes; see `SegmentForm`."""

    created_ms: int
    push_at_ms: int
    bodies: list[msgspec.Raw]
    replaced_id: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SegmentForm)
_stored = msgspec.msgpack.Decoder(_StoredSegment)


class Target(NamedTuple):
    """Whom a message is for, and what its place in a bundle depends on.

    `tokens` are vendor, push token and language of each. All three are empty where a later change
    gave the message a larger audience: then it is sent as a large message.
    """

    terminals: Sequence[str]
    users: Sequence[str]
    tokens: Sequence[tuple[str, str, str]]
    priority: Priority
    expires_ms: int
    """From this instant on (ms since the epoch) the message expires."""
    is_broadcast: bool = False
    category: str = ""
    """The name of the message's category, empty for none."""
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
    raw: bytes = field(compare=False, repr=False)
    """The segment as it is stored."""

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

        A process of a version before personal messages may have written one back without its
        content.
        """
        bodies = self.segment.bodies
        return index < len(bodies) and bool(bodies[index].contents)

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
        """The values that fill the placeholders of the message at this index, None where it has no
        placeholders.
        """
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
    return pack(_encoder.encode(SegmentForm(created_ms, push_at_ms, bodies, replaced_id)))


def encode_change(changed: SmallMessage, push_at_ms: int, before: Bodies, index: int, *, of: str) -> bytes:
    """The bytes of a segment with only the changed message, which was at this index. `of` is the
    message's id. Fields that a newer version wrote into the message are kept.
    """
    stored = _stored_bodies(before)[index]
    body = unknown_fields.encode_change(from_message(changed.message, changed.audience), stored)
    return pack(_encoder.encode(_StoredSegment(before.created_ms, push_at_ms, [body], of)))


def encode_erased(bodies: Bodies) -> bytes:
    """The bytes of a segment in which some bodies were changed in place. The others stay as stored,
    with any fields of a newer version.
    """
    unchanged = zip(decode(bodies.raw).segment.bodies, _stored_bodies(bodies), strict=True)
    kept = [
        stored if body == before else msgspec.Raw(_encoder.encode(body))
        for body, (before, stored) in zip(bodies.segment.bodies, unchanged, strict=True)
    ]
    times = bodies.created_ms, bodies.push_at_ms
    return pack(_encoder.encode(_StoredSegment(*times, kept, bodies.replaced_id)))


def _stored_bodies(bodies: Bodies) -> list[msgspec.Raw]:
    return _stored.decode(unpack(bodies.raw)).bodies


def decode(raw: bytes) -> Bodies:
    """Read the bytes of `encode` back. Raises ValueError if they are not a segment."""
    try:
        return Bodies(_decoder.decode(unpack(raw)), raw)
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
