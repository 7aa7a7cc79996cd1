"""Terminals as they are registered now, with the slots that they have and had."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Terminal
from pushgate.terminals.locations import TerminalLocations
from pushgate.terminals.registry import Registry
from pushgate.terminals.rows import changed_at
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredTerminal:
    """A registered terminal, and when it was registered or changed last.

    `slots` begins with its slot now; those that it had in other groups follow, the latest first.
    """

    terminal: Terminal
    changed_at: datetime
    slots: Sequence[SlotRef]


class RegisteredTerminals:
    """The registered terminals of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, registry: Registry) -> None:
        self._registry = registry
        self._locations = TerminalLocations(redis)
        self._owners = TokenOwners(redis)

    async def find(self, app: App, terminal_id: str) -> RegisteredTerminal | None:
        """The terminal with this id; None where there is none."""
        try:
            (terminal, (record, _)), (slots,) = await asyncio.gather(
                self._registry.read_version(app, terminal_id), self._locations.locate(app, [terminal_id])
            )
        except NotFound:
            return None
        if not slots:
            return None  # the terminal was forgotten between the two reads
        return RegisteredTerminal(terminal=terminal, changed_at=changed_at(record), slots=slots)

    async def find_by_token(self, app: App, vendor: str, token: str) -> RegisteredTerminal | None:
        """The vendor's terminal that has this push token now; None where none has."""
        (owners,) = await self._owners.find(app, [digest(token)])
        for terminal_id in owners:
            # The index may name a terminal that has another token by now.
            found = await self.find(app, terminal_id)
            if found and (found.terminal.vendor, found.terminal.token) == (vendor, token):
                return found
        return None
