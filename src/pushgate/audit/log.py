"""The audit log in Redis: append-only streams, whose ids give the time and the order of entries.

- `{q}:audit:<app>`: stream, 'e' -> an entry (`audit.entry`). The app of operators' matters is ''.
- `{app:shard}:audit`: stream, 'm' and 'v' -> who created small messages (`audit.creations`).
- `{q}:audit-apps`: set of the apps that have a stream of the first kind.
- `{q}:audit-key`: string, the key of pseudonyms, sealed where there is a master key
  (`audit.pseudonyms`).
- `{q}:audit-trimmed`: hash, what was removed early (`audit.trimming`).
"""

from redis.asyncio import Redis

from pushgate.audit.entry import AuditEntry, encode
from pushgate.audit.streams import main_stream
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

APPS = f"{QUEUE}:audit-apps"


class AuditLog:
    """The audit logs of all apps. Calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def record(self, app: str, entry: AuditEntry) -> None:
        """Append an entry to the log of an app; '' is for what concerns no app. It is durable once
        this returns.
        """
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
            pipe.sadd(APPS, app)
            pipe.xadd(main_stream(app).key, {b"e": encode(entry)})
            await pipe.execute()
