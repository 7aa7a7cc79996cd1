"""Hash tags of keys.

Keys that one script touches share a hash tag, so that the script stays atomic on one node of a cluster: `{q}` for the
queue, `{app:shard}` for a shard of an app's registry and all that messages keep about the shard.
"""

import zlib

from pushgate.domain.app import App

QUEUE = "{q}"


def tag(app: App, shard: int) -> str:
    """The hash tag of one shard of an app: the head of all its keys."""
    return f"{{{app.name}:{shard}}}"


def shard_of(app: App, text: str) -> int:
    """Which shard of the app a terminal id or a push token's digest belongs to."""
    return zlib.crc32(text.encode()) % app.shards if app.shards > 1 else 0
