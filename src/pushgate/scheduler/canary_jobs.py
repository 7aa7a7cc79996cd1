"""The jobs of a message with a canary: those of the canary's terminals first, then those of the
rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec.structs import replace as replace_job

from pushgate.dispatch.job import BlockJob
from pushgate.domain.canary import CanaryState, Phase
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Envelope
from pushgate.ledger.values import MessageShard
from pushgate.stores import Stores

_FOR_THE_REST = timedelta(minutes=1)
"""The time that is left for the rest before the message expires; half of the remaining time if that
is less.
"""


async def begin_canary(stores: Stores, message: Envelope, now: datetime) -> CanaryState | None:
    """The canary of a claimed message; None where the message has none. The canary begins now
    unless it was decided before. Failures that are sent again have no canary. The stored canary of
    an expired message is not changed. Raises EngineUnavailable.
    """
    if message.canary is None:
        return None
    if message.resend:
        return CanaryState(Phase.PASSED)
    if now >= message.expires_at:
        return CanaryState(Phase.ENDED)
    return await stores.canaries.begin(message.id, canary_until(message, now))


async def find_canary(stores: Stores, message: Envelope) -> CanaryState | None:
    """The canary of a message that is being sent, None where the message has none. Raises
    EngineUnavailable.
    """
    if message.canary is None:
        return None
    found = None if message.resend else await stores.canaries.find(message.id)
    return found or CanaryState(Phase.PASSED)


def canary_until(message: Envelope, now: datetime) -> datetime:
    """When the rest is due if the canary begins now. A message that was paused may have less time
    left than its canary should take.
    """
    assert message.canary is not None
    spread = message.canary.most_spread * (message.spread or timedelta(0))
    for_the_rest = max(spread, min(_FOR_THE_REST, (message.expires_at - now) / 2))
    return max(now, min(now + message.canary.wait, message.expires_at - for_the_rest))


def is_spread(message: Envelope, canary: CanaryState | None) -> bool:
    """Whether the message is spread over time now. The canary's terminals are not spread."""
    is_running = canary is not None and canary.phase is Phase.RUNNING
    return bool(message.spread) and not is_running


def paced(message: Envelope, canary: CanaryState | None) -> Envelope:
    """The message, spread over twice the time where its canary says so."""
    if message.spread and canary and canary.phase is Phase.SLOWED:
        return replace(message, spread=2 * message.spread)
    return message


async def note_canary(stores: Stores, message_shard: MessageShard, canary: CanaryState | None) -> None:
    """Tell a shard which of its slots may be sent. Raises EngineUnavailable."""
    if canary and canary.phase is Phase.RUNNING:
        await stores.canary_shards.begin(message_shard)
    elif canary:
        await stores.canary_shards.end(message_shard)


def canary_jobs(jobs: Iterable[BlockJob], canary: CanaryState | None) -> Sequence[BlockJob]:
    """The jobs; while the canary runs, limited to the canary's terminals."""
    if canary is None or canary.until is None:
        return list(jobs)
    return [replace_job(job, canary=to_ms(canary.until)) for job in jobs]
