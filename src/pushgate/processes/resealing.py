"""`pushgate secrets reseal`: go over everything that is sealed in the store, and seal it with the
first master key.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from redis.asyncio import Redis

from pushgate.apps.stored_sections import stored_sections
from pushgate.audit.pseudonyms import stored_audit_key
from pushgate.devices.signing_keys import stored_signing_keys
from pushgate.domain.errors import ConfigurationError, NoMasterKey, SealedElsewhere
from pushgate.processes.parts import open_redis
from pushgate.processes.sealing import open_callback_keys, open_sealer
from pushgate.receipts.callback_key_store import stored_callback_keys
from pushgate.redis.key_space import open_store
from pushgate.sealing.sealer import Sealer
from pushgate.sealing.stored_secret import StoredSecret
from pushgate.settings.model import Settings
from pushgate.webhooks.stored_secrets import stored_webhook_secrets
from pushgate.worker.shared_credentials import stored_credentials

Place = Callable[[Redis], AsyncIterator[StoredSecret]]
PLACES: Mapping[str, Place] = {
    "callback keys": stored_callback_keys,
    "vendors' sections": stored_sections,
    "vendors' access tokens": stored_credentials,
    "registration keys": stored_signing_keys,
    "secrets of webhooks": stored_webhook_secrets,
    "key of pseudonyms": stored_audit_key,
}
"""All places of the store that have sealed values, by the kind of value."""
_PASSES = 5


@dataclass(slots=True)
class Resealed:
    """The result for the values of one place.

    `unreadable` counts values that no master key opens, by the fault. `missed` counts values that
    others changed each time they were looked at.
    """

    sealed: int = 0
    current: int = 0
    missed: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


async def reseal(settings: Settings, report: Callable[[str, Resealed], None]) -> bool:
    """Seal all values with the first master key, and report each place once it is done.

    Returns whether all are sealed with it now. A repetition changes only what is not sealed with
    that key. Raises NoMasterKey, ConfigurationError, EngineUnavailable.
    """
    sealer = open_sealer(settings)
    if not sealer.can_seal:
        raise NoMasterKey
    complete = True
    async with open_redis(settings, wait=False) as redis:
        await open_store(redis)
        with suppress(ConfigurationError):  # keys that do not open are reported with their place
            await open_callback_keys(settings, redis, sealer).load()
        for name, place in PLACES.items():
            resealed = await reseal_place(redis, sealer, place)
            report(name, resealed)
            complete = complete and not (resealed.unreadable or resealed.missed)
    return complete


async def find_unreadable(redis: Redis, sealer: Sealer) -> Counter[str]:
    """How many stored values no master key opens, by the fault. Changes nothing.

    Raises EngineUnavailable.
    """
    found: Counter[str] = Counter()
    for place in PLACES.values():
        async for secret in place(redis):
            try:
                sealer.open_or_clear(secret.value, secret.context)
            except SealedElsewhere as error:
                found[str(error)] += 1
    return found


async def reseal_place(redis: Redis, sealer: Sealer, place: Place) -> Resealed:
    """Seal the values of one place; those that somebody changed meanwhile are looked at again."""
    total = Resealed()
    for _ in range(_PASSES):
        found = Resealed(sealed=total.sealed)
        async for secret in place(redis):
            await _reseal(sealer, secret, found)
        total = found
        if not found.missed:
            break
    return total


async def _reseal(sealer: Sealer, secret: StoredSecret, found: Resealed) -> None:
    if sealer.is_current(secret.value):
        found.current += 1
        return
    try:
        plain = sealer.open_or_clear(secret.value, secret.context)
    except SealedElsewhere as error:
        found.unreadable[str(error)] += 1
        return
    replaced = await secret.replace(sealer.seal(plain, secret.context))
    found.sealed += replaced
    found.missed += not replaced
