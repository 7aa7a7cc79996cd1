"""The collaborators of the API's resources; the composition root fills them in."""

from dataclasses import dataclass, field

from redis.asyncio import Redis

from pushgate.apps.administration import AppAdministration
from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.catalog import AppCatalog
from pushgate.apps.live_apps import LiveApps
from pushgate.audit.pseudonyms import Pseudonyms
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.devices.anonymous_limits import AnonymousLimits
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.clock import Clock
from pushgate.events.arrivals import Arrivals
from pushgate.events.feed import EventFeed
from pushgate.fleet.watch import Watch
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.receipts.gathering import ReceiptGathering
from pushgate.runtime.tracing import Tracer
from pushgate.sealing.sealer import Sealer
from pushgate.settings.api import ApiSettings
from pushgate.stores import Stores
from pushgate.webhooks.posting import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """The collaborators of all resources."""

    settings: ApiSettings
    clock: Clock
    redis: Redis
    stores: Stores
    gearman: GearmanAdmin
    keys: ApiKeys
    callback_keys: CallbackKeys
    sealer: Sealer
    catalog: AppCatalog
    apps: LiveApps
    administration: AppAdministration
    watch: Watch
    writer: SmallMessageWriter
    anonymous_limits: AnonymousLimits = field(default_factory=AnonymousLimits)
    receipts: ReceiptGathering
    webhooks: Webhooks
    feed: EventFeed
    arrivals: Arrivals
    tracer: Tracer | None = None

    @property
    def callbacks(self) -> CallbackTokens:
        """The callback tokens, which follow the keys."""
        return self.callback_keys.tokens

    @property
    def pseudonyms(self) -> Pseudonyms:
        """What stands for people and terminals in the audit log."""
        return Pseudonyms(self.redis, self.sealer)
