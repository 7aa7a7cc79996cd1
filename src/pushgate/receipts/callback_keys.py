"""The keys behind callback tokens and receipt URLs, and their rotation. Pure.

A new key signs some seconds after it was made, when every process knows it. From then on the keys
before it only verify, until their overlap ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from pushgate.domain.errors import Conflict
from pushgate.sealing.master_keys import KEY_BYTES, key_id

SIGNS_AFTER = timedelta(seconds=5)
"""Longer than a process may take to learn of a new key."""
MAX_KEYS = 8
DEFAULT_OVERLAP = timedelta(days=30)
"""As long as a push may be on its way."""
MAX_OVERLAP = timedelta(days=3660)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackKey:
    """A key: it signs from `signs_from`, and verifies until `until`, None for no end.

    For some keys the time of creation is unknown: they sign at once.
    """

    key: bytes = field(repr=False)
    made_at: datetime | None = None
    signs_from: datetime | None = None
    until: datetime | None = None

    @property
    def id(self) -> str:
        """A name of the key that does not reveal it."""
        return key_id(self.key).hex()

    def signs(self, now: datetime) -> bool:
        """Whether the key may sign now, unless a newer one does."""
        return self.verifies(now) and (self.signs_from is None or self.signs_from <= now)

    def verifies(self, now: datetime) -> bool:
        """Whether the key's signatures are valid now."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class CallbackRing:
    """All keys, the newest first."""

    keys: tuple[CallbackKey, ...] = ()

    @classmethod
    def of(cls, keys: Sequence[bytes]) -> "CallbackRing":
        """Keys without an end; the first signs."""
        return cls(tuple(CallbackKey(key=key) for key in keys))

    @property
    def is_open(self) -> bool:
        """Whether there is a key without an end, which signs now or soon."""
        return any(key.until is None for key in self.keys)

    def ordered(self, now: datetime) -> list[bytes]:
        """The keys that verify now, with the one that signs in front."""
        valid = [found for found in self.keys if found.verifies(now)]
        signing = next((found for found in valid if found.signs(now)), None)
        return [found.key for found in sorted(valid, key=lambda found: found is not signing)]

    def rotated(self, key: bytes, now: datetime, overlap: timedelta) -> "CallbackRing":
        """The ring with a new key; those before it end with the overlap.

        Raises Conflict where there are as many keys as are allowed.
        """
        kept = self.ending(now, overlap).without_ended(now).keys
        if len(kept) >= MAX_KEYS:
            raise Conflict(f"there are {MAX_KEYS} keys, none of which has ended; rotate again when one has")
        signs_from = now + SIGNS_AFTER if kept else now
        return CallbackRing((CallbackKey(key=key, made_at=now, signs_from=signs_from), *kept))

    def ending(self, now: datetime, overlap: timedelta) -> "CallbackRing":
        """The ring with keys that end after the overlap at the latest. By then another key must
        sign.
        """
        end = now + max(overlap, 2 * SIGNS_AFTER)
        return CallbackRing(tuple(replace(found, until=min(found.until or end, end)) for found in self.keys))

    def without_ended(self, now: datetime) -> "CallbackRing":
        """The ring without the keys that no longer verify."""
        return CallbackRing(tuple(found for found in self.keys if found.verifies(now)))


class _StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    key: bytes
    made_at: datetime | None = None
    signs_from: datetime | None = None
    until: datetime | None = None


class _StoredRing(msgspec.Struct, frozen=True):
    keys: list[_StoredKey]


def encode(ring: CallbackRing) -> bytes:
    """The ring as JSON."""
    return msgspec.json.encode(
        {
            "keys": [
                _StoredKey(
                    key=found.key, made_at=found.made_at, signs_from=found.signs_from, until=found.until
                )
                for found in ring.keys
            ]
        }
    )


def decode(stored: bytes) -> CallbackRing:
    """The ring of its JSON, or of a single key as it is. Raises msgspec.DecodeError."""
    if len(stored) == KEY_BYTES:  # shorter than any JSON of a ring with keys
        return CallbackRing.of([stored])
    found = msgspec.json.decode(stored, type=_StoredRing).keys
    return CallbackRing(
        tuple(
            CallbackKey(key=each.key, made_at=each.made_at, signs_from=each.signs_from, until=each.until)
            for each in found
        )
    )
