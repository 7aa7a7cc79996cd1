"""The scheduler trims the audit log."""

from redis.asyncio import Redis
from tests.support.scheduler import SchedulerParts

from pushgate.audit.entry import AuditEntry, Author
from pushgate.scheduler.audit import AuditRounds
from pushgate.settings.audit import AuditSettings


async def test_a_log_beyond_its_limit_loses_its_oldest_rows(parts: SchedulerParts, redis: Redis) -> None:
    entry = AuditEntry("key.created", Author("", "pushgate", ""))
    for _ in range(1300):
        await parts.stores.audit.record("shop", entry)
    await AuditRounds(parts.context, AuditSettings(max_entries=1000)).run_once()
    assert 1000 <= await redis.xlen("{q}:audit:shop") <= 1100
