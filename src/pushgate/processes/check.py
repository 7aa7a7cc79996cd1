"""`pushgate check`: try Redis, Gearman and every vendor's credentials.

Changes nothing and sends nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from redis.asyncio import Redis

from pushgate.adapters.contract import Adapter
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.opening import open_valid_apps
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError, EngineUnavailable, VendorError
from pushgate.processes.configuration import CHECK_ONLY_TOKENS
from pushgate.processes.parts import open_redis
from pushgate.processes.resealing import find_unreadable
from pushgate.processes.sealing import open_callback_keys, open_sealer
from pushgate.processes.silent_adapters import sends_nothing
from pushgate.processes.stored_apps import stored_apps
from pushgate.redis.key_space import check_store
from pushgate.settings.model import Settings
from pushgate.settings.redis import RedisSettings

_MAX_SHOWN = 5
"""How many unreadable values the result lists."""
_NO_MASTER_KEY = (
    "there is no master key: access tokens of vendors and callback keys are in Redis in clear, and neither "
    "credentials nor webhooks can be stored by API. Make one with `pushgate secrets new-key FILE`, and name "
    "the file in secrets.key_file"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result for one subject: a problem or None; whether the subject could be tried at all; and
    warnings.
    """

    subject: str
    problem: str | None
    tried: bool = True
    warning: str | None = None


async def check(settings: Settings) -> list[Finding]:
    """Try everything that the settings name, and the vendors of apps that the API made."""
    context = sends_nothing(SystemClock(), CHECK_ONLY_TOKENS)
    stored: Mapping[str, ConfiguredApp] = {}
    async with open_redis(settings, wait=False) as redis:
        store = Finding(f"redis {_servers(settings.redis)}", await _problem(check_store(redis)))
        secrets = await _try_keys(settings, redis)
        if store.problem is None:
            with suppress(ConfigurationError, EngineUnavailable):  # the finding about secrets says so
                stored = await stored_apps(settings, redis, context)
    admin = GearmanAdmin(settings.gearman.servers, settings.gearman.timeout)
    servers = Finding(f"gearman {', '.join(settings.gearman.servers)}", await _problem(admin.ping()))
    apps, faults = open_valid_apps(settings, context)
    return [
        store,
        secrets,
        servers,
        *(Finding(fault.field, fault.message) for fault in faults),
        *[finding async for finding in _try_vendors({**apps, **stored})],
    ]


async def _try_keys(settings: Settings, redis: Redis) -> Finding:
    """Read the keys of the settings, and open what is sealed with them."""
    subject = "secrets"
    try:
        sealer = open_sealer(settings)
        with suppress(EngineUnavailable):  # the finding about Redis says so
            await open_callback_keys(settings, redis, sealer).look()
            if unreadable := await find_unreadable(redis, sealer):
                return Finding(subject, "; ".join(sorted(unreadable)[:_MAX_SHOWN]))
    except ConfigurationError as error:
        return Finding(subject, "; ".join(f"{fault.field}: {fault.message}" for fault in error.errors))
    warning = None if sealer.can_seal else _NO_MASTER_KEY
    return Finding(subject, None, warning=warning)


async def _try_vendors(apps: Mapping[str, ConfiguredApp]) -> AsyncIterator[Finding]:
    for app, configured in apps.items():
        for name, vendor in configured.vendors.items():
            yield await _try_credentials(f"apps.{app}.{name}", vendor.adapter)
            await vendor.adapter.close()


async def _try_credentials(subject: str, adapter: Adapter) -> Finding:
    try:
        return Finding(subject, None, await adapter.check())
    except (EngineUnavailable, VendorError) as error:
        return Finding(subject, str(error))


async def _problem(attempt: Awaitable[None]) -> str | None:
    try:
        await attempt
    except EngineUnavailable as error:
        return str(error)
    except ConfigurationError as error:
        return "; ".join(fault.message for fault in error.errors)
    return None


def _servers(redis: RedisSettings) -> str:
    """Where Redis is, without the password."""
    if redis.sentinels:
        return f"{redis.sentinel_master} at {', '.join(redis.sentinels)}"
    if redis.cluster:
        return ", ".join(redis.cluster)
    scheme, _, rest = redis.url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
