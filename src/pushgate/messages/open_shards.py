"""In which shards of an app a message may still be open, so that no job has to ask all of them.

A hint, which may name too many shards: the counters of the shards decide.
"""

from collections.abc import Collection

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.messages.stored import run


class OpenShards:
    """The shards in which messages may be open. All calls raise EngineUnavailable.

    For an app with one shard nothing is stored, because its only counter says everything.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def open(self, app: App, message_id: str) -> None:
        """Note that the message may be open in every shard from now on. Call before a plan is
        written, or failures become pending.
        """
        if app.shards > 1:
            bits = ((1 << app.shards) - 1).to_bytes(-(-app.shards // 8), "little")
            await run(self._redis, "open_shards", message_id, bits)

    async def close(self, app: App, message_id: str, shards: Collection[int]) -> bool:
        """Note that nothing is open in these shards. Returns whether no other shard is known to be
        open, so that the message may have ended.
        """
        if app.shards == 1:
            return True
        return await run(self._redis, "close_shards", message_id, *shards) == 1
