"""Hash tags of keys. Keys that one script uses share a hash tag, so that they are on one node of a
cluster.

`{q}` is the tag of the queue, `{app:shard}` of a shard of an app: its part of the registry and of
each message.
"""

import zlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from pushgate.domain.app import App

QUEUE = "{q}"
Item = TypeVar("Item")


def tag(app: App, shard: int) -> str:
    """The hash tag of one shard of an app: the head of all its keys."""
    return f"{{{app.name}:{shard}}}"


def shard_of(app: App, text: str) -> int:
    """The shard of the app to which a terminal id, a message id or a token's digest belongs."""
    return zlib.crc32(text.encode()) % app.shards if app.shards > 1 else 0


def by_shard(app: App, items: Iterable[Item], name_of: Callable[[Item], str]) -> dict[int, list[Item]]:
    """The items by the shard of the app to which their names belong."""
    found: dict[int, list[Item]] = {}
    for item in items:
        found.setdefault(shard_of(app, name_of(item)), []).append(item)
    return found
