"""How much of vendors' daily quotas messages want that are being sent: lower priorities leave it to
them. Small messages say so when they are refused.
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
    """Say how many pushes a message has pending, where the app names quotas of a vendor. To be
    repeated within `patience` while the message is being sent: the wants of one that is paused,
    ended or held lapse. Raises EngineUnavailable.
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
    """Whether most of the message may wait for its canary, for the winner of its variants, or for
    its share of a spread: then nobody has to wait for the message.
    """
    waits_for_winner = message.split is not None and message.split.winner is not None
    return message.canary is not None or waits_for_winner or bool(message.spread)
