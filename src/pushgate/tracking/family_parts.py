"""The parts of messages that go out in parts. Their results make up those of the message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pushgate.domain.app import App
from pushgate.domain.family import next_part
from pushgate.domain.message import Envelope, Status
from pushgate.domain.message_id import is_family, part_id, part_number
from pushgate.messages.families import Families
from pushgate.messages.store import MessageStore


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedPart:
    """A part of a message that was made: its id, its place among the parts, its status."""

    id: str
    number: int
    status: Status
    envelope: Envelope


class FamilyParts:
    """The parts of all families. All calls raise EngineUnavailable."""

    def __init__(self, families: Families, messages: MessageStore) -> None:
        self._families = families
        self._messages = messages

    async def ids(self, message_id: str) -> list[str]:
        """The ids of the large messages that have the results of a message: for a family its parts
        so far, else the message itself.
        """
        if not is_family(message_id):
            return [message_id]
        made = await self._families.made(message_id)
        return [part_id(message_id, number) for number in range(1, made.count + 1)]

    async def parts(self, app: App, family_id: str) -> list[TrackedPart]:
        """The parts of a family that were made and still exist."""
        ids = await self.ids(family_id)
        statuses = await self._families.statuses(family_id, len(ids))
        envelopes = await self._messages.envelopes(app.name, ids) if ids else {}
        return [
            TrackedPart(id=one, number=part_number(one), status=statuses[one], envelope=envelopes[one])
            for one in ids
            if one in statuses and one in envelopes
        ]

    async def to_come(self, envelope: Envelope) -> Sequence[datetime]:
        """The instants at which parts of a family are to come, in rising order."""
        if envelope.family is None:
            return []
        made = await self._families.made(envelope.id)
        instants = envelope.family.timetable.instants()
        return [at for at in instants if made.at is None or at > made.at]

    async def is_complete(self, envelope: Envelope) -> bool:
        """Whether no part of a family is to come."""
        if envelope.family is None:
            return True
        made = await self._families.made(envelope.id)
        return next_part(envelope.id, envelope.family, envelope.audience, envelope.lifetime, made) is None
