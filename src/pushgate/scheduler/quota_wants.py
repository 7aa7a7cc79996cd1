"""While a large message is sent, schedulers note how much of vendors' daily quotas it wants: lower
priorities leave that much to the message. Workers note the wants of small messages, when a quota
has no room for them.
"""

from datetime import timedelta

from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.values import RANKS
from pushgate.domain.message import Envelope
from pushgate.quotas.quota import PATIENCE
from pushgate.stores import Stores


async def note_wants(
    stores: Stores, message: Envelope, configured: ConfiguredApp, patience: timedelta = PATIENCE
) -> None:
    """Note how many pushes of a message are pending, where they count in a quota that the app
    names. Schedulers repeat this within `patience` while the message is being sent; the wants of a
    message that is paused, ended or held lapse. Raises EngineUnavailable.
    """
    if not configured.quotas or _waits_for_more(message):
        return
    options = await stores.messages.options(message.app, message.id)
    if options is None:
        return
    found = (vendor.quota_of(message.app, options) for vendor in configured.vendors.values())
    quotas = [quota for quota in found if quota]
    if not quotas:
        return
    pending = (await stores.results.report(configured.app, message.id)).pending_by_vendor
    for quota in quotas:
        wanted = pending.get(quota.vendor, 0)
        await stores.quotas.want(quota, RANKS[message.priority], message.id, wanted, patience)


def _waits_for_more(message: Envelope) -> bool:
    """Whether most of the message may be sent much later: after its canary, once its variants have
    a winner, or spread over time. Then lower priorities need not wait for the message.
    """
    waits_for_winner = message.split is not None and message.split.winner is not None
    return message.canary is not None or waits_for_winner or bool(message.spread)
