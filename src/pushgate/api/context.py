"""What the front door works with; filled by the composition root."""

from dataclasses import dataclass

from redis.asyncio import Redis

from pushgate.apps.api_keys import KeyRing
from pushgate.apps.catalog import AppCatalog
from pushgate.dispatch.backlog import Backlog
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.clock import Clock
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.fleet.troubles import Troubles
from pushgate.fleet.watch import Watch
from pushgate.ledger.dead_letters import DeadLetters
from pushgate.ledger.pending import Pending
from pushgate.ledger.results import ResultStore
from pushgate.ledger.totals import Totals
from pushgate.messages.store import Messages
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings import ApiSettings
from pushgate.terminals.lookup import TerminalLookup
from pushgate.terminals.registry import Registry
from pushgate.terminals.tokens import Tokens


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The collaborators of all resources."""

    settings: ApiSettings
    clock: Clock
    redis: Redis
    gearman: GearmanAdmin
    backlog: Backlog
    keys: KeyRing
    callbacks: CallbackTokens
    messages: Messages
    registry: Registry
    names: TerminalLookup
    tokens: Tokens
    pending: Pending
    accounts: ResultStore
    failures: DeadLetters
    totals: Totals
    catalog: AppCatalog
    watch: Watch
    heartbeats: Heartbeats
    troubles: Troubles
