"""The keys of streams of events; `entries.lua` lists them. Pure."""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.eventlog.entries import QUEUE_SHARD, Shard
from pushgate.redis.hash_tags import QUEUE, tag


def head_and_suffix(app: App, shard: Shard) -> tuple[str, str]:
    """How the keys of a stream begin, and how they end."""
    return (QUEUE, f":{app.name}") if shard == QUEUE_SHARD else (tag(app, shard), "")


def stream_key(app: App, shard: Shard) -> str:
    """The key of the stream."""
    head, suffix = head_and_suffix(app, shard)
    return f"{head}:events{suffix}"


def readers_key(app: App, shard: Shard) -> str:
    """The key of the places of the stream's readers."""
    head, suffix = head_and_suffix(app, shard)
    return f"{head}:readers{suffix}"


def all_shards(app: App) -> Sequence[Shard]:
    """The app's shards, and that of its own events."""
    return (*range(app.shards), QUEUE_SHARD)
