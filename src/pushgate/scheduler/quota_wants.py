"""Notes, while a large message is sent, how much of vendors' daily quotas it wants: lower
priorities leave that much to the message. For small messages workers do so, when a quota has no
room for them.
"""

from datetime import timedelta

from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.values import RANKS
from pushgate.domain.message import Envelope, Options
from pushgate.quotas.quota import PATIENCE
from pushgate.runtime.lru_cache import LRUCache
from pushgate.stores import Stores

_MAX_KNOWN = 1000


class QuotaWants:
    """Notes the wants of all messages. Remembers the options of messages that are being sent,
    because these do not change: so checks need not read the content again.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._options = LRUCache[str, Options](_MAX_KNOWN)

    async def note(
        self, message: Envelope, configured: ConfiguredApp, patience: timedelta = PATIENCE
    ) -> None:
        """Note how many pushes of a message that is being sent are pending, where they count in a
        quota that the app names. Schedulers repeat this within `patience` while the message is
        being sent; the wants of a message that is paused, ended or held then lapse. Raises
        EngineUnavailable.
        """
        if not configured.quotas or _waits_for_more(message):
            return
        options = self._options.get(message.id) or await self._read_options(message)
        if options is None:
            return
        found = (vendor.quota_of(message.app, options) for vendor in configured.vendors.values())
        quotas = [quota for quota in found if quota]
        if not quotas:
            return
        pending = await self._stores.results.pending_by_vendor(configured.app, message.id)
        for quota in quotas:
            wanted = pending.get(quota.vendor, 0)
            await self._stores.quotas.want(quota, RANKS[message.priority], message.id, wanted, patience)

    async def _read_options(self, message: Envelope) -> Options | None:
        options = await self._stores.messages.options(message.app, message.id)
        if options:
            self._options.put(message.id, options)
        return options


def _waits_for_more(message: Envelope) -> bool:
    """Whether most of the message may be sent much later: after its canary, once its variants have
    a winner, or spread over time. If so, lower priorities need not wait for the message.
    """
    waits_for_winner = message.split is not None and message.split.winner is not None
    return message.canary is not None or waits_for_winner or bool(message.spread)
