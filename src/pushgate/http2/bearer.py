"""Credentials that expire: fetched by one caller at a time, renewed early, shared between processes where told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pushgate.clock import Clock


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


Fetch = Callable[[], Awaitable[Credential]]


class Bearer:
    """One credential of one app: fetched when first needed, renewed `lead` before it expires.

    All callers of the process wait for the same fetch. While the old credential still works, a failed renewal harms
    nobody. Errors of `fetch` go to the callers when there is nothing else to serve.
    """

    def __init__(
        self, name: str, fetch: Fetch, lead: timedelta, clock: Clock, store: CredentialStore
    ) -> None:
        self._name = name
        self._fetch = fetch
        self._lead = lead
        self._clock = clock
        self._store = store
        self._current: Credential | None = None
        self._refused: str | None = None
        self._renewal: asyncio.Task[Credential] | None = None

    async def token(self) -> str:
        """The credential's text, valid for now."""
        now = self._clock.now()
        current = self._current
        if current and now < current.expires_at - self._lead:
            return current.token
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
        renewal = self._renewal
        try:
            # Shielded: a caller that gives up must not take the others' fetch with it.
            return (await asyncio.shield(renewal)).token
        except Exception:
            if current and now < current.expires_at and current is self._current:
                return current.token
            raise
        finally:
            if renewal.done() and self._renewal is renewal:
                self._renewal = None

    def refuse(self, token: str) -> None:
        """The vendor refused this credential: the next call fetches another one, and takes none like it."""
        self._refused = token
        if self._current and self._current.token == token:
            self._current = None

    async def _renew(self) -> Credential:
        shared = await self._store.read(self._name)
        now = self._clock.now()
        if shared is None or shared.token == self._refused or now >= shared.expires_at - self._lead:
            shared = await self._fetch()
            await self._store.write(self._name, shared)
        self._current = shared
        return shared


class NoStore:
    """For credentials that cost nothing to make: each process has its own."""

    async def read(self, name: str) -> Credential | None:
        """Nothing is stored."""
        return None

    async def write(self, name: str, credential: Credential) -> None:
        """Nothing is kept."""
