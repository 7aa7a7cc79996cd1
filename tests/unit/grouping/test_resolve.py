"""An audience becomes slots, shard by shard."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

import pytest

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser, Everyone
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group, InlineToken
from pushgate.grouping.resolve import resolve

EN, JA = Group("apns", "en"), Group("fcm", "ja")


class Book:
    """A registry written down by hand: two shards, three terminals, one that has moved."""

    places: ClassVar = {
        "a": [SlotRef(0, EN, 1)],
        "b": [SlotRef(1, EN, 1)],
        "moved": [SlotRef(1, JA, 1030), SlotRef(1, EN, 0)],
    }
    users: ClassVar = {"ann": ["a", "moved"]}

    async def alive(self, app: App, shard: int) -> Mapping[Group, Mapping[int, int]]:
        return [{EN: {0: 0b10}}, {EN: {0: 0b10}, JA: {1: 1 << 6}}][shard]

    async def locate(self, app: App, terminal_ids: Sequence[str]) -> Sequence[Sequence[SlotRef]]:
        return [self.places.get(terminal_id, []) for terminal_id in terminal_ids]

    async def locate_users(self, app: App, users: Sequence[str]) -> AsyncIterator[Sequence[SlotRef]]:
        for user in users:
            yield [self.places[found][0] for found in self.users.get(user, [])]


async def targeted(audience: Audience) -> set[tuple[int, Group, int]]:
    selections = await resolve(Book(), App("shop", 2), audience)
    assert len(selections) == 2
    return {
        (shard, group, slot)
        for shard, selection in enumerate(selections)
        for group, bits in selection.items()
        for slot in bitmaps.slots(bits)
    }


async def test_everyone_is_all_alive_slots() -> None:
    assert await targeted(Everyone()) == {(0, EN, 1), (1, EN, 1), (1, JA, 1030)}


async def test_terminals_are_found_by_id_once_each_and_unknown_ones_left_out() -> None:
    assert await targeted(ByTerminal(("a", "a", "nobody", "b"))) == {(0, EN, 1), (1, EN, 1)}


async def test_a_terminal_that_moved_is_targeted_by_its_current_slot() -> None:
    assert await targeted(ByTerminal(("moved",))) == {(1, JA, 1030)}


async def test_a_user_stands_for_all_their_terminals() -> None:
    assert await targeted(ByUser(("ann", "nobody"))) == {(0, EN, 1), (1, JA, 1030)}


async def test_tokens_are_not_the_registrys_to_resolve() -> None:
    with pytest.raises(TypeError):
        await targeted(ByToken((InlineToken("apns", "aa", "en"),)))
