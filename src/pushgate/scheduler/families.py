"""Makes the parts of families in the background, each when its instant has come. A family is sent
once all its parts are sent.

Any number of schedulers may do so: a part is made once.
"""

from datetime import timedelta
from functools import partial

from pushgate.domain.clock import Clock
from pushgate.domain.family import next_part
from pushgate.domain.message_id import MAX_PARTS
from pushgate.messages.families import DueFamily
from pushgate.runtime import logs
from pushgate.scheduler.fault_isolation import AFTER_A_FAULT, isolate_and_put_off
from pushgate.stores import Stores

_AT_ONCE = 100
_LOOK_AGAIN = timedelta(seconds=1)
"""The time until another look at a family whose last part is not planned yet, or is being sent."""
_log = logs.get("scheduler")


class FamilyRounds:
    """Makes the parts that are due. Raises EngineUnavailable where no family can be looked at."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._families = stores.families

    async def run_once(self) -> None:
        """Look at every family that is due for a look."""
        due = await self._families.due(self._clock.now(), _AT_ONCE)
        hold = await self._stores.store_holds.read() if due else None
        for family in due:
            if hold is None or not hold.may_put_aside(family.message.created_at):
                await self._try_to_advance(family)

    async def _try_to_advance(self, family: DueFamily) -> None:
        look_later = partial(self._families.look_again, family, self._clock.now() + AFTER_A_FAULT)
        async with isolate_and_put_off(
            "look at a family", action="family_failed", message_id=family.message.id, put_off=look_later
        ):
            await self._advance(family)

    async def _advance(self, family: DueFamily) -> None:
        message, now = family.message, self._clock.now()
        assert message.family is not None
        part = next_part(message.id, message.family, message.audience, message.lifetime, family.made)
        if part is None or part.number > MAX_PARTS:
            await self._families.look_again(family, now + _LOOK_AGAIN)
            await self._families.finish(family)
        elif part.by > now:
            await self._families.look_again(family, part.by)
        elif await self._families.make(family, part, is_last=part.is_missed, next_look=now + _LOOK_AGAIN):
            _log.info(
                "part of a message made",
                action="part_made",
                app=message.app,
                message=message.id,
                part=part.number,
            )
        else:
            await self._families.look_again(family, now + _LOOK_AGAIN)
