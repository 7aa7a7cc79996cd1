"""Hash tags of keys. Keys that one script uses share a hash tag, so that they are on one node of a
cluster.

`{q}` is the tag of the queue, `{app:shard}` of a shard of an app: its part of the registry and of
each message.
"""

import zlib

from pushgate.domain.app import App

QUEUE = "{q}"


def tag(app: App, shard: int) -> str:
    """The hash tag of one shard of an app: the head of all its keys."""
    return f"{{{app.name}:{shard}}}"


def shard_of(app: App, text: str) -> int:
    """The shard of the app to which a terminal id, a message id or a token's digest belongs."""
    return zlib.crc32(text.encode()) % app.shards if app.shards > 1 else 0
