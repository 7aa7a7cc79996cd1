"""The interface through which webhooks read the streams of events. Shards and places are texts
here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pushgate.domain.app import App


@dataclass(frozen=True, slots=True)
class StreamPage:
    """Events of a shard as JSON, the place after them, and whether the stream ends there.

    `digest` is a digest of the texts of the events. It distinguishes them from other events, and
    from the same events with another text, for example after a person was erased.
    """

    events: Sequence[bytes]
    digest: str
    place: str
    is_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which events a webhook wants, and in which form. A gap has the time `now`."""

    types: tuple[str, ...]
    expand: bool
    now: datetime


class Streams(Protocol):
    """The streams of all apps. All calls raise EngineUnavailable."""

    async def begin(self, app: App, reader: str) -> Mapping[str, str]:
        """Have events written for a new reader. Returns its places by shard: snapshots of messages
        under way come first.
        """
        ...

    async def keep(self, app: App, reader: str) -> None:
        """Have events written for a reader for some more days."""
        ...

    async def leave(self, app: App, reader: str) -> None:
        """Have no more events written for a reader."""
        ...

    async def find(self, app: App, text: str) -> Mapping[str, str]:
        """The places that an event's id or a cursor names, by shard. Raises InvalidRequest."""
        ...

    async def find_time(self, app: App, at: datetime) -> Mapping[str, str]:
        """The places before the events of this time, or as far back as events are kept."""
        ...

    async def read(
        self, app: App, shard: str, after: str, choice: Choice, until: str | None = None
    ) -> StreamPage:
        """The events after a place, as many as one request may tell; at most up to `until`."""
        ...

    async def wait(self, app: App, places: Mapping[str, str], limit: timedelta) -> Collection[str]:
        """Wait until shards have entries after their places, at most as long as `limit`.

        Returns those shards.
        """
        ...
