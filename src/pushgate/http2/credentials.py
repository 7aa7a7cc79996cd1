"""Credentials that expire: fetched by one caller at a time, renewed early, shared between processes where told."""

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
    """Where processes share credentials, so that a vendor is asked as seldom as it wants to be."""

    async def read(self, name: str) -> Credential | None:
        """The credential stored under this name, or None."""
        ...

    async def write(self, name: str, credential: Credential) -> None:
        """Keep it for the others until it expires."""
        ...

    def renewing(self, name: str) -> AbstractAsyncContextManager[None]:
        """While it is entered, no other process renews the credential. Waits for one that does, a few seconds at most."""
        ...


Fetch = Callable[[], Awaitable[Credential]]
_HOLD_OFF = timedelta(seconds=10)


class CredentialCache:
    """One credential of one app: fetched when first needed, renewed `renew_before` before it expires.

    All callers of the process wait for the same fetch, and of several processes with one store one fetches. While the old
    credential still works, a failed renewal harms nobody. Errors of `fetch` go to the callers when there is nothing else
    to serve.
    """

    def __init__(
        self,
        name: str,
        fetch: Fetch,
        renew_before: timedelta,
        clock: Clock,
        store: CredentialStore,
        min_replacement_interval: timedelta = timedelta(0),
    ) -> None:
        """A refused credential is replaced once in `min_replacement_interval`: a vendor may not want new ones more often."""
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
        self._not_before: datetime | None = None

    async def token(self) -> str:
        """The credential's text, valid for now. Waits for a fetch only when there is none that works."""
        now = self._clock.now()
        current = self._current
        if current and now < current.expires_at:
            if self._is_old(current, now) and (self._not_before is None or now >= self._not_before):
                self._begin_renewal()
            return current.token
        # Shielded: a caller that gives up must not take the others' fetch with it.
        return (await asyncio.shield(self._begin_renewal())).token

    def replaces(self, token: str) -> bool:
        """Whether a refusal of this credential leads to another one."""
        if self._current is None or self._current.token != token or self._replaced_at is None:
            return True
        age = self._clock.now() - self._replaced_at
        return not timedelta(0) <= age < self._min_replacement_interval

    def refuse(self, token: str) -> bool:
        """The vendor refused this credential: the next call fetches another one, and takes none like it.

        Tells whether it was the current one: of many that are refused at once, the first learns True.
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
            self._renewal.add_done_callback(self._renewed)
        return self._renewal

    def _renewed(self, renewal: "asyncio.Task[Credential]") -> None:
        self._renewal = None
        if not renewal.cancelled() and renewal.exception():
            # While the old one works nobody waits for this: do not ask again at every call.
            self._not_before = self._clock.now() + _HOLD_OFF

    async def _renew(self) -> Credential:
        shared = await self._shared()
        if shared is None:
            async with self._store.renewing(self._name):
                shared = await self._shared() or await self._fetched()
        self._current = shared
        return shared

    async def _fetched(self) -> Credential:
        fetched = await self._fetch()
        with contextlib.suppress(EngineUnavailable):  # the others then fetch one of their own
            await self._store.write(self._name, fetched)
        return fetched

    async def _shared(self) -> Credential | None:
        """What another process has fetched, unless it is old or was refused."""
        try:
            shared = await self._store.read(self._name)
        except EngineUnavailable:
            return None
        usable = shared and shared.token != self._refused and not self._is_old(shared, self._clock.now())
        return shared if usable else None

    def _is_old(self, credential: Credential, now: datetime) -> bool:
        return now >= credential.expires_at - self._renew_before


class NoCredentialStore:
    """For credentials that cost nothing to make: each process has its own."""

    async def read(self, name: str) -> Credential | None:
        """Nothing is stored."""
        return None

    async def write(self, name: str, credential: Credential) -> None:
        """Nothing is kept."""

    def renewing(self, name: str) -> AbstractAsyncContextManager[None]:
        """Nobody else renews it."""
        return contextlib.nullcontext()
