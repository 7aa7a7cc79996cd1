"""Counts the terminals that are still to come in messages that go out in parts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.audience import AllOf, Everyone, HadOutcome, Not, OutcomeTerm
from pushgate.domain.clock import Clock
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Envelope
from pushgate.grouping.due_counts import DueCounts
from pushgate.grouping.resolver import AudienceResolver
from pushgate.grouping.stored_audience import once_a_user, stored_audience
from pushgate.messages.audiences import MessageAudiences
from pushgate.messages.saved_audiences import SavedAudiences
from pushgate.runtime.lru_cache import LRUCache
from pushgate.tracking.family_parts import FamilyParts

_KEPT_FOR = timedelta(seconds=30)
"""How long a count is reused, because pages ask for results every few seconds."""
_MAX_KEPT = 256


@dataclass(frozen=True, slots=True)
class ToCome:
    """How many terminals are still due at each instant to come, as of `counted_at`. Terminals whose
    own instant has passed count at the next one.
    """

    counts: Mapping[datetime, int]
    counted_at: datetime


class TerminalsToCome:
    """Counts terminals that are still to come. All calls raise EngineUnavailable."""

    def __init__(
        self,
        *,
        audiences: MessageAudiences,
        saved: SavedAudiences,
        families: FamilyParts,
        resolver: AudienceResolver,
        due: DueCounts,
        clock: Clock,
    ) -> None:
        self._audiences = audiences
        self._saved = saved
        self._families = families
        self._resolver = resolver
        self._due = due
        self._clock = clock
        self._kept: LRUCache[tuple[str, datetime], ToCome] = LRUCache(_MAX_KEPT)

    async def count(self, app: App, envelope: Envelope) -> ToCome:
        """How many terminals of a message are still to come, by the registry as it is now or was
        some seconds ago; empty if no part is to come.
        """
        now, instants = self._clock.now(), await self._families.to_come(envelope)
        if envelope.family is None or not instants:
            return ToCome({}, now)
        key = envelope.id, instants[0]
        known = self._kept.get(key)
        if known is None or now - known.counted_at > _KEPT_FOR:
            known = ToCome(await self._count(app, envelope, instants[0]), now)
            self._kept.put(key, known)
        return ToCome({at: known.counts.get(at, 0) for at in instants}, known.counted_at)

    async def _count(self, app: App, envelope: Envelope, next_at: datetime) -> Mapping[datetime, int]:
        audience = await stored_audience(self._audiences, self._saved, app, envelope.id, envelope.audience)
        not_reached = Not(HadOutcome(OutcomeTerm.TARGETED, envelope.id))
        left = AllOf((once_a_user(audience, Everyone(), envelope.id), not_reached))
        try:
            slots = [held async for _, held in self._resolver.slots(app, left, envelope.id)]
        except NotFound:
            return {}  # the audience names a message that is forgotten: parts hold nobody
        assert envelope.family is not None
        found = Counter[datetime]()
        for at, count in (await self._due.count(app, slots, envelope.family, envelope.lifetime)).items():
            found[max(at, next_at)] += count
        return found
