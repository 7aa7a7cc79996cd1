"""The plans of a family's other parts, while one of its parts is planned.

Only one part of a family is planned at a time. A part leaves out the terminals of all other parts,
so the earlier parts must have their plans in a shard when the new part is planned there. A plan
that a shard has lost is made again first.
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
    """The plans of a family's parts, as one of its parts needs them. All calls raise
    EngineUnavailable.
    """

    def __init__(self, stores: Stores, app: App, part: Part, made: int) -> None:
        self._stores = stores
        self._app = app
        numbers = [number for number in range(1, max(made, part.number) + 1) if number != part.number]
        self._earlier = [part_id(part.family, number) for number in numbers if number < part.number]
        self._others = [part_id(part.family, number) for number in numbers]
        self._has_checked_all = False

    @classmethod
    async def begin(cls, stores: Stores, app: App, part: Part) -> Self:
        """Begin with the other parts of a family that were made so far."""
        return cls(stores, app, part, (await stores.families.made(part.family)).count)

    def not_reached(self) -> Sequence[Audience]:
        """The audience of terminals that are in no other part. Later parts count, too, if this part
        is planned again.
        """
        return [Not(HadOutcome(OutcomeTerm.TARGETED, other)) for other in self._others]

    async def lost(self) -> list[LostPart]:
        """The earlier parts that have no plan in some shard, in order. Each is marked as planned
        before. Raises PlanAwaited if this version cannot read one of them.
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
        """Raise PlanAwaited if an earlier part has meanwhile lost its plan in a shard: then it is
        unknown whom that part took in. The first call checks all shards, because one terminal of
        each user may be chosen across shards.
        """
        shards = [shard] if self._has_checked_all else range(self._app.shards)
        self._has_checked_all = True
        if await self._stores.plans.incomplete(self._app, self._earlier, shards):
            raise PlanAwaited("the plan of an earlier part was lost")
