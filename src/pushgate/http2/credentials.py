"""Credentials that expire are fetched once for all callers, renewed early and shared."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable


@dataclass(frozen=True, slots=True)
class Credential:
    """A bearer token and the instant it stops working."""

    token: str
    expires_at: datetime


class CredentialStore(Protocol):
    """Where processes share credentials, so that a vendor is asked as seldom as it demands."""

    async def read(self, name: str) -> Credential | None:
        """The credential stored under this name, or None."""
        ...

    async def write(self, name: str, credential: Credential) -> None:
        """Store a credential for other processes until it expires."""
        ...

    def renewing(self, name: str) -> AbstractAsyncContextManager[None]:
        """A lock: while it is held, no other process renews the credential.

        Entering waits a few seconds at most for a process that holds it.
        """
        ...


Fetch = Callable[[], Awaitable[Credential]]
_RETRY_RENEWAL_AFTER = timedelta(seconds=10)


class CredentialCache:
    """One credential of one app: fetched on first use, renewed `renew_before` ahead of its expiry.

    All callers of the process wait for the same fetch; of several processes with one store, one
    fetches. While the old credential still works, a failed renewal has no effect. Errors of `fetch`
    reach the callers only when there is no credential that works.
    """

    def __init__(
        self,
        name: str,
        fetch: Fetch,
        *,
        renew_before: timedelta,
        clock: Clock,
        store: CredentialStore,
        min_replacement_interval: timedelta = timedelta(0),
    ) -> None:
        """A refused credential is replaced at most once in `min_replacement_interval`."""
        self._min_replacement_interval = min_replacement_interval
        self._replaced_at: datetime | None = None
        self._name = name
        self._fetch = fetch
        self._renew_before = renew_before
        self._clock = clock
        self._store = store
        self._current: Credential | None = None
        self._refused: str | None = None
        self._renewal: asyncio.Task[Credential] | None = None
        self._no_renewal_before: datetime | None = None

    async def token(self) -> str:
        """The text of a credential that is valid now. Waits for a fetch only without one."""
        now = self._clock.now()
        current = self._current
        if current and now < current.expires_at:
            if self._is_due(current, now) and (
                self._no_renewal_before is None or now >= self._no_renewal_before
            ):
                self._begin_renewal()
            return current.token
        # Shielded: a caller that is cancelled must not cancel the fetch of the others.
        return (await asyncio.shield(self._begin_renewal())).token

    def can_replace(self, token: str) -> bool:
        """Whether refusing this credential leads to another one."""
        if self._current is None or self._current.token != token or self._replaced_at is None:
            return True
        age = self._clock.now() - self._replaced_at
        return not timedelta(0) <= age < self._min_replacement_interval

    def refuse(self, token: str) -> bool:
        """The vendor refused this credential: the next call fetches another one.

        Returns whether it was the current one. Of many calls that fail together, the first gets
        True.
        """
        self._refused = token
        if self._current is None or self._current.token != token:
            return False
        self._current = None
        self._replaced_at = self._clock.now()
        return True

    def _begin_renewal(self) -> "asyncio.Task[Credential]":
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(self._on_renewal_done)
        return self._renewal

    def _on_renewal_done(self, renewal: "asyncio.Task[Credential]") -> None:
        self._renewal = None
        if not renewal.cancelled() and renewal.exception():
            # While the old credential works, no caller waits: do not fetch again at every call.
            self._no_renewal_before = self._clock.now() + _RETRY_RENEWAL_AFTER

    async def _renew(self) -> Credential:
        shared = await self._read_shared()
        if shared is None:
            async with self._store.renewing(self._name):
                shared = await self._read_shared() or await self._fetch_and_share()
        self._current = shared
        return shared

    async def _fetch_and_share(self) -> Credential:
        fetched = await self._fetch()
        with contextlib.suppress(EngineUnavailable):  # other processes then fetch their own
            await self._store.write(self._name, fetched)
        return fetched

    async def _read_shared(self) -> Credential | None:
        """The credential that another process stored, unless it is old or was refused."""
        try:
            shared = await self._store.read(self._name)
        except EngineUnavailable:
            return None
        usable = shared and shared.token != self._refused and not self._is_due(shared, self._clock.now())
        return shared if usable else None

    def _is_due(self, credential: Credential, now: datetime) -> bool:
        return now >= credential.expires_at - self._renew_before


class NoCredentialStore:
    """Stores nothing: for credentials that each process makes itself at no cost."""

    async def read(self, name: str) -> Credential | None:
        """Nothing is stored."""
        return None

    async def write(self, name: str, credential: Credential) -> None:
        """Nothing is stored."""

    def renewing(self, name: str) -> AbstractAsyncContextManager[None]:
        """There is no other process to wait for."""
        return contextlib.nullcontext()
