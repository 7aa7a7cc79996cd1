"""What the front door works with; filled by the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from pushgate.adapters.contract import Adapter
from pushgate.api.keys import KeyRing
from pushgate.clock import Clock
from pushgate.dispatch.admin import Admin
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.fleet.troubles import Troubles
from pushgate.fleet.watch import Watch
from pushgate.model import App
from pushgate.queue.backlog import Backlog
from pushgate.queue.messages import Messages
from pushgate.results.accounts import Accounts
from pushgate.results.callbacks import Callbacks
from pushgate.results.failures import Failures
from pushgate.results.pending import Pending
from pushgate.results.totals import Totals
from pushgate.settings import ApiSettings
from pushgate.terminals.names import Names
from pushgate.terminals.registry import Registry
from pushgate.terminals.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Tenant:
    """An app as the front door sees it: `adapters` by vendor, to check content before it is taken."""

    app: App
    default_language: str
    adapters: Mapping[str, Adapter]


@dataclass(frozen=True, slots=True)
class Front:
    """The collaborators of all resources."""

    settings: ApiSettings
    clock: Clock
    redis: Redis
    gearman: Admin
    backlog: Backlog
    keys: KeyRing
    callbacks: Callbacks
    messages: Messages
    registry: Registry
    names: Names
    tokens: Tokens
    pending: Pending
    accounts: Accounts
    failures: Failures
    totals: Totals
    tenants: Mapping[str, Tenant]
    watch: Watch
    heartbeats: Heartbeats
    troubles: Troubles
