"""The terminals that a message did not reach, small or large: who, and why."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pushgate.bundles.account_values import MessageSlot, SmallAccount
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import ByToken
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import State
from pushgate.ledger.dead_letters import Cursor, DeadLetter, DeadLetters
from pushgate.ledger.values import Failure, parse_label
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.lookup import TerminalLookup, TerminalName
from pushgate.tracking.messages import Messages


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTerminal:
    """A terminal that the message did not reach. `at` is when that was known: to the second for a
    small message, the beginning of the minute for a large one.
    """

    name: TerminalName
    language: str
    state: State
    failure: Failure
    at: datetime


class Failures:
    """The failures of all messages. All calls raise EngineUnavailable."""

    def __init__(
        self, *, messages: Messages, large: DeadLetters, lookup: TerminalLookup, holders: SlotHolders
    ) -> None:
        self._messages = messages
        self._large = large
        self._lookup = lookup
        self._holders = holders

    async def page(
        self, app: App, message_id: str, states: Collection[State], cursor: str | None, limit: int
    ) -> tuple[list[FailedTerminal], str | None]:
        """At most `limit` terminals that failed, from the cursor on; and the next cursor, None at
        the end.

        Raises NotFound, and ValueError for a text that is no cursor of this message.
        """
        account = await self._messages.account(app, message_id)
        if account is not None:
            return await self._small_page(app, account, states, cursor, limit)
        await self._messages.find_large(app, message_id)
        begin = _large_cursor(cursor, app)
        found, following = await self._large.page(app, message_id, states, begin, limit)
        terminals = await self._terminals(app, message_id, found)
        return terminals, following.text() if following else None

    async def _small_page(
        self, app: App, account: SmallAccount, states: Collection[State], cursor: str | None, limit: int
    ) -> tuple[list[FailedTerminal], str | None]:
        # The cursor is a place among all terminals: it stays right when others leave the list.
        begin = _small_cursor(cursor, account)
        failed = [
            (place, slot)
            for place, slot in enumerate(account.slots)
            if place >= begin and slot.state in states and slot.label
        ]
        shown = [slot for _, slot in failed[:limit]]
        names = await self._names(app, account, shown)
        terminals = [
            FailedTerminal(
                name=name,
                language=slot.group.language,
                state=slot.state,
                failure=parse_label(slot.label)[1],
                at=from_ms(slot.since_s * 1000),
            )
            for slot, name in zip(shown, names, strict=True)
        ]
        return terminals, _small_text(failed[limit][0]) if len(failed) > limit else None

    async def _names(
        self, app: App, account: SmallAccount, slots: Sequence[MessageSlot]
    ) -> list[TerminalName]:
        by_shard: dict[int, list[int]] = {}
        for slot in slots:
            if not slot.is_inline:
                by_shard.setdefault(slot.terminal_shard, []).append(slot.terminal_slot)
        ids = {shard: await self._holders.ids(app, shard, found) for shard, found in by_shard.items()}
        return [
            TerminalName(token=inline_token(account, slot))
            if slot.is_inline
            else TerminalName(terminal=ids[slot.terminal_shard].get(slot.terminal_slot))
            for slot in slots
        ]

    async def _terminals(
        self, app: App, message_id: str, letters: Sequence[DeadLetter]
    ) -> list[FailedTerminal]:
        """The terminals of a large message, in the order of their slots."""
        rows: list[tuple[tuple[int, int, int], FailedTerminal]] = []
        for letter in letters:
            group, number = letter.block.group, letter.block.number
            names = await self._lookup.by_slots(app, letter.shard, message_id, group, number, letter.bits)
            for offset in bitmaps.offsets(letter.bits):
                terminal = FailedTerminal(
                    name=names.get(offset, TerminalName()),
                    language=group.language,
                    state=letter.state,
                    failure=letter.failure,
                    at=letter.at,
                )
                rows.append(((letter.shard, number, offset), terminal))
        return [terminal for _, terminal in sorted(rows, key=lambda row: row[0])]


def inline_token(account: SmallAccount, slot: MessageSlot) -> str | None:
    """The push token that the message brought for this slot; None where its content was dropped."""
    audience = account.message.audience if account.message else None
    return audience.tokens[slot.terminal_slot].token if isinstance(audience, ByToken) else None


def _large_cursor(text: str | None, app: App) -> Cursor:
    cursor = Cursor() if text is None else Cursor.parse(text)
    if cursor.shard >= app.shards or cursor.offset >= bitmaps.SLOTS_PER_BLOCK:
        raise ValueError("not a cursor of this app")
    return cursor


def _small_cursor(text: str | None, account: SmallAccount) -> int:
    if text is None:
        return 0
    place = base64.b64decode(text, b"-_", validate=True).decode("ascii")
    if not place.isdecimal() or int(place) >= len(account.slots):
        raise ValueError("not a cursor of this message")
    return int(place)


def _small_text(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode()
