"""Which values a personal message names, and how many terminals of its audience lack each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from pushgate.apps.personal_check import read_contents
from pushgate.content.personal.syntax import ValueName
from pushgate.domain.app import App
from pushgate.domain.message import Message
from pushgate.domain.ranges import slots_of
from pushgate.preflight.plan import PersonalPlan, PlannedValue
from pushgate.preflight.slots import Slots
from pushgate.stores import Stores
from pushgate.terminals.personal_values import ValueColumns

MAX_LOOKED_AT = 1024
"""Terminals whose values are read, spread over the audience."""
_MAX_RANGES = 16
_EMPTY = "s:"
"""A stored text without a character."""
Item = TypeVar("Item")


async def plan_values(stores: Stores, app: App, message: Message, slots: Slots) -> PersonalPlan | None:
    """The values of a message that is taken, as some terminals of these slots have them; None for a
    message without placeholders. Raises EngineUnavailable.
    """
    if message.personal is None:
        return None
    contents, _ = read_contents(message)
    names = tuple(dict.fromkeys(name for one in contents.values() for name in one.names))
    required = {name for one in contents.values() for name in one.required}
    columns = ValueColumns(names, message.personal)
    missing, looked_at = Counter[ValueName](), 0
    longest: dict[ValueName, str] = {}
    for shard, sample in _sample(slots):
        found = await stores.addressed.read_slots(app, shard, sample, columns.wanted)
        looked_at += len(found.tokens)
        for name, stored in columns.of(found).items():
            missing[name] += len(set().union(*(one.lacking(name, stored) for one in contents.values())))
            longest[name] = max([longest.get(name, _EMPTY), *filter(None, stored)], key=len)
    values = [
        PlannedValue(
            name=str(name),
            has_default=name not in required,
            missing=missing[name],
            longest=len(longest.get(name, _EMPTY)) - len(_EMPTY),
        )
        for name in names
    ]
    return PersonalPlan(looked_at, values, longest)


def _sample(slots: Slots) -> Iterator[tuple[int, list[int]]]:
    """Yield shards, each with some of its slots: all of them where there are few."""
    ranges = [(shard, *item) for shard, found in enumerate(slots) for item in sorted(found.items())]
    total = sum(bits.bit_count() for _, _, bits in ranges)
    if total <= MAX_LOOKED_AT:
        for shard, number, bits in ranges:
            yield shard, slots_of(number, bits)
        return
    chosen = _spread(ranges, _MAX_RANGES)
    for shard, number, bits in chosen:
        yield shard, _spread(slots_of(number, bits), MAX_LOOKED_AT // len(chosen))


def _spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of the items, at even distances."""
    if len(items) <= count:
        return list(items)
    return [items[number * len(items) // count] for number in range(count)]
