"""Lists the terminals of a message, small or large, with the result of each."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from pushgate.bundles.account_values import SmallAccount
from pushgate.domain.app import App
from pushgate.domain.message_id import is_family, part_number
from pushgate.terminals.lookup import TerminalLookup
from pushgate.tracking.family_parts import FamilyParts
from pushgate.tracking.large_terminals import LargeTerminals
from pushgate.tracking.listed_terminals import Cursor, ListedTerminal, of_small_slot
from pushgate.tracking.messages import Messages
from pushgate.tracking.terminal_filters import TerminalFilter


class MessageTerminals:
    """The terminals of all messages. All calls raise NotFound for an unknown message, and
    EngineUnavailable.
    """

    def __init__(
        self, *, messages: Messages, large: LargeTerminals, families: FamilyParts, lookup: TerminalLookup
    ) -> None:
        self._messages = messages
        self._large = large
        self._families = families
        self._lookup = lookup

    async def page(
        self, app: App, message_id: str, wanted: TerminalFilter, cursor: str | None, limit: int
    ) -> tuple[Sequence[ListedTerminal], str | None]:
        """At most `limit` terminals of those that are wanted, from the cursor on; and the next
        cursor, None at the end.

        A cursor is a place among all terminals of the message, so it stays valid when terminals
        enter or leave the list. Raises ValueError for a text that is no cursor of this message.
        """
        found: list[ListedTerminal] = []
        begin = Cursor() if cursor is None else Cursor.parse(cursor)
        async for portion in await self._portions(app, message_id, wanted, begin, limit + 1):
            found += portion
            if len(found) > limit:
                return found[:limit], found[limit].place.text()
        return found, None

    async def stream(
        self, app: App, message_id: str, wanted: TerminalFilter
    ) -> AsyncIterator[Sequence[ListedTerminal]]:
        """All terminals that are wanted, in portions of at most 1,024. Each is read as it is at
        that moment.
        """
        return await self._portions(app, message_id, wanted, Cursor(), None)

    async def _portions(
        self, app: App, message_id: str, wanted: TerminalFilter, begin: Cursor, limit: int | None
    ) -> AsyncIterator[Sequence[ListedTerminal]]:
        """Terminals from a place on, at most about `limit` of them; None for all."""
        account = await self._messages.account(app, message_id)
        if account is not None:
            begin.check(1, len(account.slots))
            return self._of_small(app, account, wanted, begin, limit)
        await self._messages.find_large(app, message_id)
        if is_family(message_id):
            parts = await self._families.ids(message_id)
            begin.check(app.shards, parts=len(parts))
            return self._of_parts(app, parts, wanted, begin, limit)
        begin.check(app.shards)
        return self._large.portions(app, message_id, wanted, begin, limit)

    async def _of_parts(
        self, app: App, parts: Sequence[str], wanted: TerminalFilter, begin: Cursor, limit: int | None
    ) -> AsyncIterator[Sequence[ListedTerminal]]:
        """The terminals of one part after another."""
        left = limit
        for part in parts[max(begin.part - 1, 0) :]:
            number = part_number(part)
            first = Cursor(begin.shard, begin.slot) if number == begin.part else Cursor()
            async for portion in self._large.portions(app, part, wanted, first, left):
                yield [replace(one, place=replace(one.place, part=number)) for one in portion]
                if left is not None:
                    left -= len(portion)
            if left == 0:
                return

    async def _of_small(
        self, app: App, account: SmallAccount, wanted: TerminalFilter, begin: Cursor, limit: int | None
    ) -> AsyncIterator[Sequence[ListedTerminal]]:
        found = [
            (place, slot)
            for place, slot in enumerate(account.slots)
            if place >= begin.slot and wanted.holds(slot.state, slot.receipt_times)
        ][:limit]
        names = await self._lookup.by_places(
            app, [(slot.terminal_shard, slot.terminal_slot) for _, slot in found if not slot.is_inline]
        )
        if found:
            yield [of_small_slot(account, place, slot, names) for place, slot in found]
