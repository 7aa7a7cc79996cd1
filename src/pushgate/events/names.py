"""Names the slots that events are about: by ids and users of registered terminals, and digests of
push tokens that messages brought.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence

from pushgate.bundles.values import INLINE
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import ByToken
from pushgate.domain.erased import is_erased
from pushgate.domain.terminal import Group
from pushgate.events.drafts import Draft, TerminalPlace
from pushgate.events.named_terminal import NamedTerminal, Names
from pushgate.stores import Stores
from pushgate.terminals.lookup import TerminalLookup

_ERASED = NamedTerminal(erased=True)


class TerminalNames:
    """Names the terminals of events, many together. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lookup = TerminalLookup(stores.holders, stores.tokens, stores.terms)

    async def of(self, app: App, drafts: Sequence[Draft], *, users: bool) -> Names:
        """The terminals of these events, with or without their users."""
        registered: set[TerminalPlace] = set()
        small: set[TerminalPlace] = set()
        large: dict[tuple[str, Group, int, int], int] = {}
        for draft in drafts:
            for place in draft.terminals or ():
                if not place.message_id:
                    registered.add(place)
                elif place.shard == INLINE:
                    small.add(place)
                elif draft.group:
                    block, offset = bitmaps.split_slot(place.slot)
                    key = place.message_id, draft.group, place.shard, block
                    large[key] = large.get(key, 0) | 1 << offset
        parts = await asyncio.gather(
            self._with_users(app, registered) if users else self._ids(app, registered),
            self._of_small(app, small),
            *(self._of_large(app, *key, bits) for key, bits in large.items()),
        )
        return {place: name for part in parts for place, name in part.items()}

    async def _ids(self, app: App, places: Iterable[TerminalPlace]) -> Names:
        """The ids of terminals. A slot keeps the id of a terminal that left it."""
        by_shard: dict[int, list[int]] = {}
        for shard, slot, _ in places:
            by_shard.setdefault(shard, []).append(slot)
        found = await asyncio.gather(
            *(self._stores.holders.ids(app, shard, slots) for shard, slots in by_shard.items())
        )
        return {
            TerminalPlace(shard, slot): _ERASED if is_erased(name) else NamedTerminal(name or None)
            for shard, ids in zip(by_shard, found, strict=True)
            for slot, name in ids.items()
        }

    async def _with_users(self, app: App, places: Iterable[TerminalPlace]) -> Names:
        found = await self._lookup.by_places(app, [(place.shard, place.slot) for place in places])
        return {
            TerminalPlace(*place): _ERASED
            if name.terminal and is_erased(name.terminal)
            else NamedTerminal(id=name.terminal, user=name.user)
            for place, name in found.items()
        }

    async def _of_small(self, app: App, places: Iterable[TerminalPlace]) -> Names:
        ids = list({place.message_id for place in places})
        accounts = await self._stores.small_accounts.read(app, ids, slots=False)
        brought = {
            account.message_id: account.message.audience.tokens
            for account in accounts
            if account and account.message and isinstance(account.message.audience, ByToken)
        }
        return {
            place: _of_token(tokens[place.slot].token)
            for place in places
            if place.slot < len(tokens := brought.get(place.message_id, ()))
        }

    async def _of_large(
        self, app: App, message_id: str, group: Group, shard: int, block: int, bits: int
    ) -> Names:
        tokens = await self._stores.tokens.read(app, shard, message_id, group, block, bits)
        first = block * bitmaps.SLOTS_PER_BLOCK
        return {
            TerminalPlace(shard, first + offset, message_id): _of_token(token.decode())
            for offset, token in tokens.items()
        }


def _of_token(token: str) -> NamedTerminal:
    if is_erased(token):
        return _ERASED
    return NamedTerminal(token_digest=hashlib.sha256(token.encode()).hexdigest())
