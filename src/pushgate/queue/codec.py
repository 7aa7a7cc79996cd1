"""Message <-> the bytes kept in Redis. Pure. The audience keeps the form it has in the API: its one key tells its kind."""

from collections.abc import Mapping

import msgspec

from pushgate.model import Audience, ByTerminal, ByToken, ByUser, Everyone, Message

_AUDIENCES: Mapping[str, type[Audience]] = {
    "all": Everyone,
    "terminals": ByTerminal,
    "users": ByUser,
    "tokens": ByToken,
}


def _audience(kind: type, value: object) -> object:
    if kind is Audience and isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if name not in _AUDIENCES:
            raise ValueError(f"no audience {name!r} is known")
        return msgspec.convert(value, _AUDIENCES[name])
    if kind is object:  # a vendor's extras: any JSON value, checked by the vendor's adapter
        return value
    raise NotImplementedError(kind)


_encoder = msgspec.json.Encoder()
_messages = msgspec.json.Decoder(Message, dec_hook=_audience)


def encode(message: Message) -> bytes:
    """The message as JSON bytes."""
    return _encoder.encode(message)


def decode(raw: bytes) -> Message:
    """Read `encode`'s bytes back. Raises ValueError if they are not a message."""
    return _messages.decode(raw)
