"""API keys: create, list, revoke and recognise them."""

import contextlib
from collections.abc import Collection

from redis.asyncio import Redis

from pushgate.apps.api_key import ApiKey, KeyText, digest
from pushgate.apps.key_store import KeyStore
from pushgate.apps.key_table import KeyTable
from pushgate.domain.app import Scope
from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable, NotFound, Unauthorized


class ApiKeys:
    """All API keys, as one process knows them."""

    def __init__(self, store: KeyStore, table: KeyTable, clock: Clock) -> None:
        self._store = store
        self._table = table
        self._clock = clock

    @classmethod
    def open(cls, redis: Redis, clock: Clock) -> "ApiKeys":
        """The keys of a store. Opening them sends nothing to Redis."""
        store = KeyStore(redis)
        return cls(store, KeyTable(store), clock)

    async def close(self) -> None:
        """Stop what asks Redis in the background."""
        await self._table.close()

    async def create(self, app: str, scopes: Collection[Scope], name: str = "") -> str:
        """Create a key. Returns its text, which cannot be read again later.

        Raises ValueError unless `operator` is the only scope of a key, and only where `app` is '';
        EngineUnavailable.
        """
        if (Scope.OPERATOR in scopes) != (not app) or (Scope.OPERATOR in scopes and len(set(scopes)) > 1):
            raise ValueError("the scope operator stands alone, and its keys belong to no app")
        text = KeyText.new()
        await self._store.write(
            ApiKey(
                id=text.key_id,
                app=app,
                scopes=tuple(sorted(scopes)),
                name=name[:200],
                created_at=self._clock.now(),
                digest=digest(text.secret),
            )
        )
        return str(text)

    async def list(self, app: str | None = None) -> list[ApiKey]:
        """All keys, or those of one app, oldest first. Raises EngineUnavailable."""
        keys = await self._store.read_all()
        return sorted((key for key in keys if app in (None, key.app)), key=lambda key: key.created_at)

    async def count(self) -> int:
        """How many keys there are. Raises EngineUnavailable."""
        return await self._store.count()

    async def revoke(self, key_id: str) -> None:
        """Delete the key: this process refuses it from now on, every other within a second.

        Raises NotFound, EngineUnavailable.
        """
        if not await self._store.delete(key_id):
            raise NotFound(f"there is no key {key_id}")
        if self._table.is_loaded:
            with contextlib.suppress(EngineUnavailable):  # then the table is soon too old to be trusted
                await self._table.refresh()

    async def load(self) -> None:
        """Read all keys, so that the first request need not wait. Raises EngineUnavailable."""
        await self._table.refresh()

    async def authenticate(self, text: str) -> ApiKey:
        """The key with this text. Raises Unauthorized, and EngineUnavailable where the table of
        this process is not current and Redis does not answer.
        """
        written = KeyText.parse(text)
        key = await self._table.find(written.key_id) if written else None
        if written is None or key is None or not key.has_secret(written.secret):
            raise Unauthorized("the API key is not valid")
        return key
