"""API keys: create, list, rotate, revoke and recognise them."""

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.asyncio import Redis

from pushgate.apps.api_key import MAX_NAME, MAX_PREVIOUS, ApiKey, KeyText, digest
from pushgate.apps.key_rates import KeyRates
from pushgate.apps.key_store import Alter, KeyStore
from pushgate.apps.key_table import KeyTable
from pushgate.apps.key_uses import KeyUses
from pushgate.audit.entry import AuditEntry, Author, Detail
from pushgate.domain.app import Scope
from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict, EngineUnavailable, NotFound, Unauthorized

MAX_KEYS = 1000
"""Keys of an app."""
_NOBODY = Author("", "pushgate", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLimits:
    """The limits on the use of a key, as in `ApiKey`."""

    expires_at: datetime | None = None
    networks: tuple[str, ...] = ()
    rate_limit: int | None = None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key and when it was last used, None for never."""

    key: ApiKey
    last_used_at: datetime | None


class ApiKeys:
    """All API keys, as one process knows them."""

    def __init__(
        self, store: KeyStore, table: KeyTable, clock: Clock, *, uses: KeyUses, rates: KeyRates
    ) -> None:
        self._store = store
        self._table = table
        self._clock = clock
        self._uses = uses
        self.rates = rates

    @classmethod
    def open(cls, redis: Redis, clock: Clock) -> "ApiKeys":
        """The keys of a store. Opening them sends nothing to Redis."""
        store = KeyStore(redis)
        return cls(store, KeyTable(store), clock, uses=KeyUses(redis, clock), rates=KeyRates(redis))

    async def close(self) -> None:
        """Stop what asks Redis in the background."""
        await self._table.close()
        await self.rates.close()
        await self._uses.close()

    async def create(
        self,
        app: str,
        scopes: Collection[Scope],
        name: str = "",
        limits: KeyLimits = KeyLimits(),
        author: Author = _NOBODY,
    ) -> str:
        """Create a key. Returns its text, which cannot be read again later.

        Raises ValueError unless `operator` is the only scope of a key, and only where `app` is '';
        Conflict where the app has too many keys; EngineUnavailable.
        """
        if (Scope.OPERATOR in scopes) != (not app) or (Scope.OPERATOR in scopes and len(set(scopes)) > 1):
            raise ValueError("the scope operator stands alone, and its keys belong to no app")
        if app and len(await self.list(app)) >= MAX_KEYS:
            raise Conflict(f"the app has {MAX_KEYS} keys; revoke those that nobody uses")
        text = KeyText.new()
        key = ApiKey(
            id=text.key_id,
            app=app,
            scopes=tuple(sorted(scopes)),
            name=name[:MAX_NAME],
            created_at=self._clock.now(),
            digest=digest(text.secret),
            expires_at=limits.expires_at,
            networks=limits.networks,
            rate_limit=limits.rate_limit,
            created_by=author.key_id,
        )
        details = {"name": key.name, "scopes": ",".join(key.scopes)}
        await self._store.create(key, AuditEntry("key.created", author, (key.id,), details))
        return str(text)

    async def list(self, app: str | None = None) -> list[ApiKey]:
        """All keys, or those of one app, oldest first. Raises EngineUnavailable."""
        keys = await self._store.read_all()
        found = (key for key in keys if app in (None, key.app))
        return sorted(found, key=lambda key: (key.created_at, key.id))

    async def with_uses(self, keys: Sequence[ApiKey]) -> Sequence[KnownKey]:
        """The keys with their last uses. Raises EngineUnavailable."""
        used = await self._uses.read([key.id for key in keys])
        return [KnownKey(key, used.get(key.id)) for key in keys]

    async def count(self) -> int:
        """How many keys there are. Raises EngineUnavailable."""
        return await self._store.count()

    async def find(self, key_id: str, app: str | None = None) -> ApiKey:
        """The key; with `app`, it must be the app's. Raises NotFound, EngineUnavailable."""
        (key,) = await self._store.read([key_id])
        if key is None or app not in (None, key.app):
            raise _not_found(key_id)
        return key

    async def revoke(self, key_id: str, app: str | None = None, author: Author = _NOBODY) -> None:
        """Delete the key: this process refuses it from now on, every other within a second.

        With `app`, the key must be the app's. Raises NotFound, EngineUnavailable.
        """

        def delete(key: ApiKey) -> tuple[None, AuditEntry]:
            return None, AuditEntry("key.revoked", author, (key.id,), {"name": key.name})

        await self._change(key_id, app, delete)

    async def revoke_all(self, app: str, author: Author = _NOBODY) -> int:
        """Delete all keys of an app; returns how many there were. Raises EngineUnavailable."""
        keys = await self.list(app)
        for key in keys:
            with contextlib.suppress(NotFound):  # somebody else revoked it
                await self.revoke(key.id, app, author)
        return len(keys)

    async def rotate(
        self, key_id: str, overlap: timedelta, app: str | None = None, author: Author = _NOBODY
    ) -> str:
        """Give the key a new secret. Returns its text; earlier secrets stay valid for `overlap`.

        Raises NotFound, EngineUnavailable, and Conflict where too many secrets would be valid.
        """
        secret, now = KeyText.new().secret, self._clock.now()

        def rotate(key: ApiKey) -> tuple[ApiKey, AuditEntry]:
            try:
                rotated = key.rotated(secret, overlap, now)
            except ValueError as error:
                raise Conflict(
                    f"{error} after {MAX_PREVIOUS} rotations: wait until `previous_until` has passed, "
                    "or rotate with an overlap of 0 seconds, which ends them all"
                ) from error
            details: dict[str, Detail] = {"name": key.name, "overlap_seconds": int(overlap.total_seconds())}
            return rotated, AuditEntry("key.rotated", author, (key.id,), details)

        await self._change(key_id, app, rotate)
        return str(KeyText(key_id, secret))

    async def load(self) -> None:
        """Read all keys, so that the first request need not wait. Raises EngineUnavailable."""
        await self._table.refresh()

    async def find_current(self, key_id: str) -> ApiKey | None:
        """The key as a request may use it: at most a second old. None where there is none.

        Raises EngineUnavailable.
        """
        key = await self._table.find(key_id)
        if key is not None:
            self._uses.note(key.id)
        return key

    async def authenticate(self, text: str) -> ApiKey:
        """The key with this text. Raises Unauthorized, and EngineUnavailable where the table of
        this process is not current and Redis does not answer.
        """
        written = KeyText.parse(text)
        key = await self._table.find(written.key_id) if written else None
        if written is None or key is None:
            raise Unauthorized("the API key is not valid")
        if not self._has_secret(key, written.secret):
            # Another process may have given it another secret.
            key = await self._table.find_anew(key.id)
            if key is None or not self._has_secret(key, written.secret):
                raise Unauthorized("the API key is not valid")
        if key.expires_at is not None and key.has_expired(self._clock.now()):
            raise Unauthorized(f"the API key expired at {key.expires_at:%Y-%m-%dT%H:%M:%SZ}; create another")
        self._uses.note(key.id)
        return key

    def _has_secret(self, key: ApiKey, secret: str) -> bool:
        # Called for every request. Reading the clock is costly, and the time matters only for
        # earlier secrets.
        return key.has_secret(secret, self._clock.now() if key.previous else key.created_at)

    async def _change(self, key_id: str, app: str | None, alter: Alter) -> None:
        """Change a key here at once. Raises as `alter` does, NotFound, EngineUnavailable."""

        def of_app(key: ApiKey) -> tuple[ApiKey | None, AuditEntry]:
            if app not in (None, key.app):
                raise _not_found(key_id)
            return alter(key)

        if await self._store.change(key_id, of_app) is None:
            raise _not_found(key_id)
        if self._table.is_loaded:
            with contextlib.suppress(EngineUnavailable):  # then the table is soon too old to be trusted
                await self._table.refresh()


def _not_found(key_id: str) -> NotFound:
    return NotFound(f"there is no key {key_id[:32]}")
