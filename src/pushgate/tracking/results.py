"""Results of messages, small and large, and of those that go out in parts."""

from pushgate.domain.app import App
from pushgate.ledger.report import Report
from pushgate.ledger.results import ResultStore
from pushgate.tracking.family_parts import FamilyParts, TrackedPart
from pushgate.tracking.messages import Messages, TrackedMessage
from pushgate.tracking.small_status import small_report


class Results:
    """The results of all messages. All calls raise EngineUnavailable."""

    def __init__(self, messages: Messages, large: ResultStore, families: FamilyParts) -> None:
        self._messages = messages
        self._large = large
        self._families = families

    async def find(self, app: App, message_id: str) -> tuple[TrackedMessage, Report]:
        """The message and its results; they are all zero before it is planned. Raises NotFound."""
        account = await self._messages.account(app, message_id)
        if account is not None:
            return self._messages.track(account), small_report(account)
        tracked = await self._messages.find_large(app, message_id)
        return tracked, await self._large.report(app, *await self._families.ids(message_id))

    async def of_parts(self, app: App, family_id: str) -> list[tuple[TrackedPart, Report]]:
        """The parts of a family that were made, with the results of each."""
        parts = await self._families.parts(app, family_id)
        return [(part, await self._large.report(app, part.id)) for part in parts]
