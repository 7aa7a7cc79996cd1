"""Keeps fields that a newer version wrote into small messages when this version changes them.
Pure.
"""

from collections.abc import Mapping

import msgspec

from pushgate.bundles.body_format import BodyForm, OptionsForm

_encoder = msgspec.msgpack.Encoder()
_comparable = msgspec.msgpack.Encoder(order="deterministic")
_bodies = msgspec.msgpack.Decoder(BodyForm)
_fields = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])
_OPTIONS = "o"
_NOTHING = msgspec.Raw(b"\x80")
"""A MessagePack map without fields."""


def encode_change(after: BodyForm, stored: msgspec.Raw) -> msgspec.Raw:
    """The bytes of a body that takes the place of a stored one. Unknown fields of the stored body
    are kept: fields of the message, fields of its options, and everything within a field that did
    not change.
    """
    before, fields = _bodies.decode(stored), _fields.decode(stored)
    merged = _merged(after, before, fields)
    options = _merged(after.options, before.options, _fields.decode(fields.get(_OPTIONS, _NOTHING)))
    merged[_OPTIONS] = msgspec.Raw(_encoder.encode(options))
    return msgspec.Raw(_encoder.encode(merged))


def _merged(
    after: BodyForm | OptionsForm, before: BodyForm | OptionsForm, stored: Mapping[str, msgspec.Raw]
) -> dict[str, msgspec.Raw]:
    known = {field.encode_name: field.name for field in msgspec.structs.fields(after)}
    merged = _fields.decode(_encoder.encode(after))
    for name, raw in stored.items():
        if name not in known or _is_same(getattr(after, known[name]), getattr(before, known[name])):
            merged[name] = raw
    return merged


def _is_same(value: object, other: object) -> bool:
    """Whether both are stored alike: to Python 1, True and 1.0 are equal."""
    return _comparable.encode(value) == _comparable.encode(other)
