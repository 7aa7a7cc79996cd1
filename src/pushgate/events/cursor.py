"""The place of a reader in the streams of an app, and its text form. Pure."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import msgspec

from pushgate.domain.app import App
from pushgate.eventlog.entries import EntryId, Shard
from pushgate.eventlog.keys import all_shards

MAX_TEXT = 20_000
"""Characters of a cursor: at most about 16 a shard."""
_MAX_BYTES = 64_000
_MAX_NUMBER = 1 << 48
_OLDEST = EntryId(0, 0)


class Place(NamedTuple):
    """Where a reader is in one stream: after an entry. In the entry that follows, the reader is
    before the event with the number `event` of the part with the number `part`.
    """

    entry: EntryId
    part: int = 0
    event: int = 0

    def __str__(self) -> str:
        return f"{self.entry}.{self.part}.{self.event}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text back. Raises ValueError."""
        entry, part, event = text.split(".")
        return cls(EntryId.parse(entry), int(part), int(event))

    @property
    def is_start(self) -> bool:
        """Whether this is before the oldest entry that is kept."""
        return self.entry == _OLDEST


START = Place(_OLDEST)
"""Before the oldest entry that is kept."""


class _Form(msgspec.Struct, array_like=True):
    """A cursor as it is packed: epochs are relative to the least one, and few places are within an
    entry.
    """

    app: int
    turn: int
    first_epoch: int
    epochs: list[int]
    entries: list[int]
    inside: dict[int, tuple[int, int]]

    def numbers(self) -> list[int]:
        """Every number of the form."""
        inside = [number for key, pair in self.inside.items() for number in (key, *pair)]
        return [self.turn, self.first_epoch, *self.epochs, *self.entries, *inside]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The places of a reader in all streams of an app.

    `turn` is the number of the stream that is read first, so that each of many gets its turn.
    """

    places: Mapping[Shard, Place]
    turn: int = 0

    def text(self, app: App) -> str:
        """Text form for callers: URL-safe base64."""
        places = [self.places[shard] for shard in all_shards(app)]
        first = min(place.entry.epoch for place in places)
        form = _Form(
            app=_check_sum(app),
            turn=self.turn,
            first_epoch=first,
            epochs=[place.entry.epoch - first for place in places],
            entries=[place.entry.n for place in places],
            inside={
                number: (place.part, place.event)
                for number, place in enumerate(places)
                if (place.part, place.event) != (0, 0)
            },
        )
        raw = zlib.compress(msgspec.msgpack.encode(form))
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str, app: App) -> Self:
        """Read the text form back. Raises ValueError for a text that is no cursor of the app."""
        form, shards = _decode(text), all_shards(app)
        sizes = {len(shards), len(form.epochs), len(form.entries)}
        in_range = all(0 <= number < _MAX_NUMBER for number in form.numbers())
        if form.app != _check_sum(app) or len(sizes) > 1 or not in_range:
            raise ValueError("not a cursor of this app")
        places = {
            shard: Place(EntryId(form.first_epoch + epoch, n), *form.inside.get(number, (0, 0)))
            for number, (shard, epoch, n) in enumerate(zip(shards, form.epochs, form.entries, strict=True))
        }
        return cls(places, form.turn % len(shards))

    @classmethod
    def start(cls, app: App) -> Self:
        """Before the oldest entries that are kept."""
        return cls(dict.fromkeys(all_shards(app), START))


def _decode(text: str) -> _Form:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        packed = zlib.decompressobj().decompress(raw, _MAX_BYTES)
        return msgspec.msgpack.decode(packed, type=_Form)
    except (ValueError, binascii.Error, zlib.error, msgspec.DecodeError) as error:
        raise ValueError("not a cursor") from error


def _check_sum(app: App) -> int:
    return zlib.crc32(app.name.encode())
