"""API keys as a process has them, whose time a test sets."""

import asyncio

from redis.asyncio import Redis
from tests.support.clock import Elapsed, SetClock

from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.key_rates import KeyRates
from pushgate.apps.key_store import KeyStore
from pushgate.apps.key_table import MAX_KEYS, KeyTable
from pushgate.apps.key_uses import KeyUses


async def _no_pause() -> None:
    await asyncio.sleep(0)


def open_api_keys(redis: Redis, elapsed: Elapsed, max_keys: int = MAX_KEYS) -> ApiKeys:
    """The keys of one more process."""
    store = KeyStore(redis)
    table = KeyTable(store, max_keys=max_keys, monotonic=elapsed, pause=_no_pause)
    clock = SetClock()
    rates = KeyRates(redis, monotonic=elapsed)
    return ApiKeys(store, table, clock, uses=KeyUses(redis, clock), rates=rates)
