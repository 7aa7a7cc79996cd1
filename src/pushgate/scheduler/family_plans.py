"""The plans of a family's other parts, while one of its parts is planned.

No two parts of a family are planned at a time. A part takes in nobody that another part took in, so
the earlier ones must have their plans in the shard when it reads them. One that a shard has lost is
planned again first.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

from pushgate.domain.app import App
from pushgate.domain.audience import Audience, HadOutcome, Not, OutcomeTerm
from pushgate.domain.family import Part
from pushgate.domain.message import Envelope, Status
from pushgate.domain.message_id import part_id
from pushgate.scheduler.awaited_plans import PlanAwaited
from pushgate.stores import Stores


class LostPart(NamedTuple):
    """An earlier part that has no plan in some shard, and whether it was sent before."""

    envelope: Envelope
    was_sent: bool


class FamilyPlans:
    """What is planned of one family, for one of its parts. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores, app: App, part: Part, made: int) -> None:
        self._stores = stores
        self._app = app
        numbers = [number for number in range(1, max(made, part.number) + 1) if number != part.number]
        self._earlier = [part_id(part.family, number) for number in numbers if number < part.number]
        self._others = [part_id(part.family, number) for number in numbers]
        self._has_checked_all = False

    @classmethod
    async def begin(cls, stores: Stores, app: App, part: Part) -> Self:
        """The other parts of a family, as far as they were made."""
        return cls(stores, app, part, (await stores.families.made(part.family)).count)

    def not_reached(self) -> Sequence[Audience]:
        """Who is in no other part. Later ones count where this part is planned again."""
        return [Not(HadOutcome(OutcomeTerm.TARGETED, other)) for other in self._others]

    async def lost(self) -> list[LostPart]:
        """The earlier parts that have no plan in some shard, the first one first. It is noted of
        each that it was planned before. Raises PlanAwaited where this version cannot read one.
        """
        found: list[LostPart] = []
        ids = await self._stores.plans.incomplete(self._app, self._earlier, range(self._app.shards))
        envelopes = await self._stores.families.envelopes(ids) if ids else {}
        for one in ids:
            status = await self._stores.lifecycle.note_lost_plan(self._app.name, one)
            if status is None or status is Status.CANCELLED:
                continue
            if one not in envelopes:
                raise PlanAwaited("an earlier part cannot be read by this version")
            found.append(LostPart(envelopes[one], status is Status.SENT))
        return found

    async def require_plans(self, shard: int) -> None:
        """Raise PlanAwaited where an earlier part has lost its plan in a shard meanwhile: it
        says nothing of whom it took in. At first in any shard, for one terminal of each user may be
        chosen over all.
        """
        shards = [shard] if self._has_checked_all else range(self._app.shards)
        self._has_checked_all = True
        if await self._stores.plans.incomplete(self._app, self._earlier, shards):
            raise PlanAwaited("the plan of an earlier part was lost")
