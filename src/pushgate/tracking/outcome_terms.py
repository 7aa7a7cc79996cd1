"""Finds the registered terminals for which an earlier message, small or large, had an outcome, as
bits of their present slots.

A terminal that was forgotten and registered again is a new one: no earlier outcome is carried over
to it. Push tokens that a message brought are left out.
"""

from collections.abc import Mapping, Sequence

from pushgate.bundles.account_values import SmallAccount
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, ByToken, OutcomeTerm
from pushgate.domain.ranges import add_slots, by_range, slots_of
from pushgate.ledger.message_sets import RANGES_PER_READ, MessageSets
from pushgate.ledger.values import message_key
from pushgate.redis.scripts import portions
from pushgate.terminals.term_reader import TermReader
from pushgate.tracking.family_parts import FamilyParts
from pushgate.tracking.messages import Messages
from pushgate.tracking.terminal_filters import TerminalFilter

_FOLLOWED_AT_ONCE = 16_384
"""Slots whose terminals are looked up together."""


class OutcomeTerms:
    """Outcomes of all messages. All calls raise NotFound for an unknown message, and
    EngineUnavailable.
    """

    def __init__(
        self, *, messages: Messages, families: FamilyParts, sets: MessageSets, terms: TermReader
    ) -> None:
        self._messages = messages
        self._families = families
        self._sets = sets
        self._terms = terms

    async def read(self, app: App, shard: int, outcome: OutcomeTerm, message_id: str) -> dict[int, int]:
        """The shard's terminals for which the message has this outcome now, by range: bit i of a
        number is the slot i of the range.

        A terminal that moves meanwhile has its slot before the move, the one after it, or both.
        """
        return await self.read_filtered(app, shard, TerminalFilter(outcome.value), message_id)

    async def read_filtered(
        self, app: App, shard: int, wanted: TerminalFilter, message_id: str
    ) -> dict[int, int]:
        """The shard's terminals of the message that this filter asks for, as `read` returns
        them.
        """
        account = await self._messages.account(app, message_id, bodies=False)
        if account is not None:
            return await self.present(app, shard, _of_small(account, shard, wanted))
        await self._messages.find_large(app, message_id)
        found: dict[int, int] = {}
        for one in await self._families.ids(message_id):
            for number, bits in (await self._of_large(app, shard, one, wanted)).items():
                found[number] = found.get(number, 0) | bits
        return await self.present(app, shard, found)

    async def read_sets(
        self, app: App, shard: int, message_id: str, names: Sequence[str]
    ) -> list[dict[int, int]]:
        """The shard's slots in each of these sets of a large message, as it was planned. A message
        that is not kept has none.
        """
        key, found = message_key(app, shard, message_id), [dict[int, int]() for _ in names]
        layout = await self._sets.layout(key)
        for some in portions(layout.ranges, RANGES_PER_READ):
            for number, sets in (await self._sets.read(key, layout, some, names)).items():
                for of_name, bits in zip(found, sets, strict=True):
                    if bits:
                        of_name[number] = bits
        return found

    async def unregistered(self, app: App, message_id: str) -> int:
        """How many push tokens the message brought. These are no registered terminals, so they are
        in no outcome.
        """
        account = await self._messages.account(app, message_id)
        if account is None:
            envelope = (await self._messages.find_large(app, message_id)).envelope
            is_listed = envelope and envelope.audience.kind is AudienceKind.TOKENS
            return envelope.audience.count if envelope and is_listed else 0
        if account.message and isinstance(account.message.audience, ByToken):
            return len(account.message.audience.tokens)
        return sum(slot.is_inline for slot in account.slots)

    async def _of_large(
        self, app: App, shard: int, message_id: str, wanted: TerminalFilter
    ) -> dict[int, int]:
        """The slots of a large message, as it was planned."""
        key, found = message_key(app, shard, message_id), dict[int, int]()
        layout = await self._sets.layout(key)
        if layout.brought:
            return {}
        for some in portions(layout.ranges, RANGES_PER_READ):
            for number, sets in (await self._sets.read(key, layout, some, wanted.sets)).items():
                if bits := wanted.select(sets):
                    found[number] = bits
        return found

    async def present(self, app: App, shard: int, planned: Mapping[int, int]) -> dict[int, int]:
        """Where the terminals of these slots are now; those that are not registered any more are
        left out.
        """
        found: dict[int, int] = {}
        left: list[int] = []
        # In this order a terminal that moves in between counts as having left, too.
        async for number, (alive, moved) in self._terms.slices(
            app, shard, sorted(planned), ["alive", "moved"]
        ):
            found[number] = planned[number] & alive
            left += slots_of(number, planned[number] & moved)
        reached: list[int] = []
        for part in portions(left, _FOLLOWED_AT_ONCE):
            reached += (await self._terms.follow(app, shard, part)).values()
        add_slots(found, reached)
        return {number: bits for number, bits in found.items() if bits}


def _of_small(account: SmallAccount, shard: int, wanted: TerminalFilter) -> dict[int, int]:
    """The shard's slots of a small message, as it was planned."""
    return by_range(
        slot.terminal_slot
        for slot in account.slots
        if slot.terminal_shard == shard and wanted.holds(slot.state, slot.receipt_times)
    )
