"""The audit log in Redis: append-only streams, whose ids give the time and the order of entries.

{q}:audit:<app>   stream: 'e' -> an entry (`audit.entry`); of operators' matters the app is ''
{q}:audit-apps    set: apps that have a stream
{q}:audit-key     string: the key of pseudonyms (`audit.pseudonyms`)
"""

from redis.asyncio import Redis

from pushgate.audit.entry import AuditEntry, encode
from pushgate.audit.pseudonyms import Pseudonyms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_APPS = f"{QUEUE}:audit-apps"
OPERATORS = ""
"""The app of what concerns no single app."""


def stream_of(app: str) -> str:
    """The Redis key of an app's entries."""
    return f"{QUEUE}:audit:{app}"


class AuditLog:
    """The audit logs of all apps. Calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.pseudonyms = Pseudonyms(redis)

    async def record(self, app: str, entry: AuditEntry) -> None:
        """Append an entry. It is durable once this returns."""
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
            pipe.sadd(_APPS, app)
            pipe.xadd(stream_of(app), {b"e": encode(entry)})
            await pipe.execute()
