"""Every store that one Redis client serves, opened together: a process takes what it needs from here.

Knows how each store is opened, and nothing about when it is used.
"""

from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.dispatch.backlog import Backlog
from pushgate.dispatch.retries import Retries
from pushgate.domain.clock import Clock
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.fleet.troubles import Troubles
from pushgate.ledger.dead_letters import DeadLetters
from pushgate.ledger.pending import Pending
from pushgate.ledger.results import ResultStore
from pushgate.ledger.totals import Totals
from pushgate.messages.store import Messages
from pushgate.terminals.language_limits import DEFAULT_LIMITS, LanguageLimits
from pushgate.terminals.lookup import TerminalLookup
from pushgate.terminals.registry import Registry
from pushgate.terminals.removal_guard import RemovalGuard
from pushgate.terminals.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The stores of one installation. Opening them sends nothing to Redis."""

    messages: Messages
    registry: Registry
    tokens: Tokens
    terminal_lookup: TerminalLookup
    removal_guard: RemovalGuard
    pending: Pending
    results: ResultStore
    dead_letters: DeadLetters
    totals: Totals
    retries: Retries
    backlog: Backlog
    heartbeats: Heartbeats
    troubles: Troubles

    @classmethod
    def open(
        cls,
        redis: Redis,
        clock: Clock,
        retention: timedelta,
        language_limits: LanguageLimits = DEFAULT_LIMITS,
    ) -> "Stores":
        """All stores over this client. A finished message is kept for `retention`."""
        registry, tokens = Registry(redis, clock, retention, language_limits), Tokens(redis)
        return cls(
            messages=Messages(redis, clock, retention),
            registry=registry,
            tokens=tokens,
            terminal_lookup=TerminalLookup(registry, tokens),
            removal_guard=RemovalGuard(redis),
            pending=Pending(redis, clock),
            results=ResultStore(redis, clock),
            dead_letters=DeadLetters(redis),
            totals=Totals(redis),
            retries=Retries(redis),
            backlog=Backlog(redis),
            heartbeats=Heartbeats(redis),
            troubles=Troubles(redis),
        )
