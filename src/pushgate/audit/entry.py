"""Entries of the audit log, and how they are stored. Pure.

Entries have no ids of people and terminals: keyed hashes take their places (`audit.pseudonyms`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

MAX_TEXT = 256
"""Characters of a target, a name or a detail that are kept."""
MAX_DETAILS = 16

Detail = str | int | bool | None


class Author(NamedTuple):
    """Who carried out an action: an API key, and the address of its request.

    Commands and Pushgate itself have no key: then `key_id` is '', and the name says who acted.
    """

    key_id: str
    key_name: str
    address: str

    @classmethod
    def command(cls, name: str) -> "Author":
        """A command of Pushgate, such as `keys create`."""
        return cls("", f"pushgate {name}", "")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An action that is to be recorded.

    `action` is `<kind>.<past participle>`, such as `key.created`. `targets` are the names or ids of
    the things that the action concerned.
    """

    action: str
    author: Author
    targets: tuple[str, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    action: str
    author: Author
    targets: list[str]
    details: dict[str, Detail]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Stored)


def encode(entry: AuditEntry) -> bytes:
    """The entry as it is stored. Long texts are cut."""
    details = {name: _cut(value) for name, value in list(entry.details.items())[:MAX_DETAILS]}
    targets = [target[:MAX_TEXT] for target in entry.targets]
    return _encoder.encode(_Stored(entry.action, entry.author, targets, details))


def decode(raw: bytes) -> AuditEntry:
    """An entry as it was stored. Raises msgspec.DecodeError."""
    found = _decoder.decode(raw)
    return AuditEntry(found.action, found.author, tuple(found.targets), found.details)


def _cut(value: Detail) -> Detail:
    return value[:MAX_TEXT] if isinstance(value, str) else value
