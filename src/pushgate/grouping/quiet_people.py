"""Terminals of a shard by the quiet hours that their users have."""

from collections.abc import AsyncIterator, Mapping, Sequence

from pushgate.domain.app import App
from pushgate.redis.scripts import portions
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import quiet_hours_term

_TERMS_AT_ONCE = 32


async def of_people(
    terms: TermReader, app: App, shard: int, in_use: Sequence[str], wanted: Mapping[int, int]
) -> AsyncIterator[tuple[str, dict[int, int]]]:
    """The quiet hours among `in_use` that users of wanted terminals have, each with the slots of
    these terminals, as bits by range. No slot comes twice. Raises EngineUnavailable.
    """
    left = dict(wanted)
    for texts in portions(in_use, _TERMS_AT_ONCE):
        found: dict[str, dict[int, int]] = {}
        names = [quiet_hours_term(text) for text in texts]
        async for number, sets in terms.slices(app, shard, sorted(wanted), names):
            for text, bits in zip(texts, sets, strict=True):
                # A user who changes the hours meanwhile counts with the first ones.
                if here := left[number] & bits:
                    found.setdefault(text, {})[number] = here
                    left[number] &= ~here
        for item in found.items():
            yield item
