"""Encodes messages, envelopes and audiences as the bytes stored in Redis, and decodes them. Pure.

A listed audience is stored in pieces. Each piece is a JSON array of items in the form of the API.
An expression is one piece: its JSON in the form of the API.

A personal message has its content under another name. A process that does not fill placeholders
cannot read such a message, so it never sends raw placeholders.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from pushgate.audiences import json_form
from pushgate.domain.audience import (
    Audience,
    AudienceKind,
    ByTerminal,
    ByToken,
    ByUser,
    Everyone,
    without_repeats,
)
from pushgate.domain.message import Envelope, Message, Options
from pushgate.domain.terminal import InlineToken

_Record = TypeVar("_Record", Message, Envelope, Options)

ITEMS_PER_PIECE = 500
"""Ids or tokens of an audience that are stored, read and planned together."""


def _decode_options(kind: type, value: object) -> object:
    if kind is object:  # a vendor's own options: any JSON value, checked by the vendor's adapter
        return value
    raise NotImplementedError(kind)


_encoder = msgspec.json.Encoder()
_comparable = msgspec.json.Encoder(order="deterministic")
_messages = msgspec.json.Decoder(Message, dec_hook=_decode_options)
_envelopes = msgspec.json.Decoder(Envelope)
_ids = msgspec.json.Decoder(tuple[str, ...])
_tokens = msgspec.json.Decoder(tuple[InlineToken, ...])
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_CONTENT, _PERSONAL_CONTENT, _OPTIONS = "content", "personal_content", "options"
_PERSONAL = f'"{_PERSONAL_CONTENT}":'.encode()


def encode(message: Message | Envelope, before: bytes | None = None) -> bytes:
    """The message, or its envelope, as JSON bytes.

    `before` are the bytes that it replaces. Their unknown fields are kept: fields of the message,
    fields of its options, and everything within a field that did not change.

    Older versions must not process messages that they would send wrongly, so these are wrapped in a
    list, which such versions cannot read and pass over. A message with variants is wrapped, because
    some terminals would get the wrong content; a family, because it would be sent to everyone at
    once. A message with a canary or a winner, or one that waits in quiet hours, is wrapped twice:
    otherwise it would be sent to all terminals at once, the rest would get the last variant, or
    terminals would be left out.
    """
    raw = _encoder.encode(message) if before is None else _encode_change(message, before)
    if isinstance(message, Message) and message.personal:
        raw = _renamed(raw, _CONTENT, _PERSONAL_CONTENT)
    options = message.options if isinstance(message, Message) else message
    waits = options.canary or options.waits_in_quiet_hours
    if waits or (message.split and message.split.winner):
        return b"[[%b]]" % raw
    return b"[%b]" % raw if message.split or message.family else raw


def _encode_change(message: Message | Envelope, before: bytes) -> bytes:
    stored = _unwrapped(before)
    if isinstance(message, Envelope):
        return _merged(message, _envelopes.decode(stored), _fields.decode(stored))
    known, fields = decode(before), _fields.decode(stored)
    if _PERSONAL_CONTENT in fields:
        fields[_CONTENT] = fields.pop(_PERSONAL_CONTENT)
    options = _fields.decode(fields.get(_OPTIONS, msgspec.Raw(b"{}")))
    merged = _fields.decode(_merged(message, known, fields))
    merged[_OPTIONS] = msgspec.Raw(_merged(message.options, known.options, options))
    return _encoder.encode(merged)


def _merged(after: _Record, before: _Record, stored: Mapping[str, msgspec.Raw]) -> bytes:
    """Return the fields of `after`. Fields that equal those of `before` keep their stored bytes,
    and so do fields that this version does not know.
    """
    fields = _fields.decode(_encoder.encode(after))
    for name, raw in stored.items():
        if name not in fields or _is_same(getattr(after, name), getattr(before, name)):
            fields[name] = raw
    return _encoder.encode(fields)


def _is_same(value: object, other: object) -> bool:
    """Whether both are stored alike: to Python 1, True and 1.0 are equal."""
    return _comparable.encode(value) == _comparable.encode(other)


def decode(raw: bytes) -> Message:
    """Read a message's bytes back. Raises ValueError if they are not a message."""
    raw = _unwrapped(raw)
    return _messages.decode(_renamed(raw, _PERSONAL_CONTENT, _CONTENT) if _PERSONAL in raw else raw)


def decode_envelope(raw: bytes) -> Envelope:
    """Read an envelope's bytes back. Raises ValueError if they are not an envelope."""
    return _envelopes.decode(_unwrapped(raw))


def _unwrapped(raw: bytes) -> bytes:
    while raw[:1] == b"[":
        raw = raw[1:-1]
    return raw


def split(audience: Audience) -> tuple[AudienceKind, Iterator[bytes]]:
    """The kind of an audience, and its pieces. An item that is listed twice is stored once."""
    match without_repeats(audience):
        case ByTerminal(terminals):
            return AudienceKind.TERMINALS, _pieces(terminals)
        case ByUser(users):
            return AudienceKind.USERS, _pieces(users)
        case ByToken(tokens):
            return AudienceKind.TOKENS, _pieces(tokens)
        case Everyone():
            return AudienceKind.ALL, iter(())
    return AudienceKind.EXPRESSION, iter((json_form.encode(audience),))


def piece(kind: AudienceKind, raw: bytes) -> Audience:
    """One piece of a listed audience, as an audience of its own, or the whole expression. Raises
    ValueError for other bytes.
    """
    match kind:
        case AudienceKind.TERMINALS:
            return ByTerminal(_ids.decode(raw))
        case AudienceKind.USERS:
            return ByUser(_ids.decode(raw))
        case AudienceKind.TOKENS:
            return ByToken(_tokens.decode(raw))
        case AudienceKind.EXPRESSION:
            return json_form.decode(raw)
        case AudienceKind.ALL:
            raise ValueError("an audience of everyone has no pieces")
        case AudienceKind.PART:
            raise ValueError("the audience of a part is that of its family")
        case AudienceKind.STEP:
            raise ValueError("the audience of a step follows from the message that it escalates")


def _renamed(raw: bytes, name: str, new_name: str) -> bytes:
    """A message's JSON with another name of one of its fields, if it has that field."""
    fields = _fields.decode(raw)
    if name in fields:
        fields[new_name] = fields.pop(name)
    return _encoder.encode(fields)


def _pieces(items: Sequence[str] | Sequence[InlineToken]) -> Iterator[bytes]:
    for start in range(0, len(items), ITEMS_PER_PIECE):
        yield _encoder.encode(items[start : start + ITEMS_PER_PIECE])
