"""Groups slots of a shard by a fact about the time zones of their terminals."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from pushgate.domain.app import App
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import timezone_term

Key = TypeVar("Key")


async def by_zone(
    terms: TermReader,
    app: App,
    shard: int,
    wanted: Mapping[int, int],
    key_of: Callable[[str | None], Key],
) -> dict[Key, dict[int, int]]:
    """The wanted slots, bits by range, by the key of their time zone. `key_of(None)` is that of
    terminals without a zone.

    Reads only the zones whose key differs from `key_of(None)`. Raises EngineUnavailable.
    """
    usual = key_of(None)
    zones = await terms.timezones(app, shard)
    others = {zone: key for zone in zones if (key := key_of(zone)) != usual}
    found: dict[Key, dict[int, int]] = {}
    rest = dict(wanted)
    if others:
        names = list(map(timezone_term, others))
        async for number, sets in terms.slices(app, shard, sorted(wanted), names):
            for key, bits in zip(others.values(), sets, strict=True):
                # A terminal that changes its zone meanwhile counts in the first one.
                if here := rest[number] & bits:
                    of_key = found.setdefault(key, {})
                    of_key[number] = of_key.get(number, 0) | here
                    rest[number] &= ~here
    found[usual] = {number: bits for number, bits in rest.items() if bits}
    return found
