"""Counts the terminals that an audience holds. In: an audience as a message has it. Out: counts,
and warnings about their limits.
"""

from collections import Counter

from pushgate.apps.audience_check import warn_of_audience
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByToken, Sample, nodes_of
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import Group
from pushgate.grouping.resolver import AudienceCount
from pushgate.stores import Stores

_ONE_DRAW = "has a sample without a seed, so each message draws other terminals: the figures are of one draw"
_SEED_OF_COUNTS = "count"
"""The seed of samples that have none."""


async def count_audience(
    stores: Stores, app: App, audience: Audience, *, by_timezone: bool = False, by_line: bool = False
) -> tuple[AudienceCount, list[FieldError]]:
    """Count the terminals that the audience holds now, and warn of ids and users that are not
    registered.

    Push tokens are counted as they are given. Raises EngineUnavailable, and NotFound where an
    earlier message has just been forgotten.
    """
    warnings = await warn_of_audience(stores, app, audience)
    counted, others = await count_found(stores, app, audience, by_timezone=by_timezone, by_line=by_line)
    return counted, warnings + others


async def count_found(
    stores: Stores, app: App, audience: Audience, *, by_timezone: bool = False, by_line: bool = False
) -> tuple[AudienceCount, list[FieldError]]:
    """Count as `count_audience` does, without a look at ids that are not registered."""
    if isinstance(audience, ByToken):
        groups = Counter(Group(item.vendor, item.language, inline=True) for item in audience.tokens)
        total = groups.total()
        zones: dict[str | None, int] | None = {None: total} if by_timezone else None
        lines = [total] if by_line else None
        return AudienceCount(groups=groups, timezones=zones, lines=lines), []
    warnings: list[FieldError] = []
    expression = await stores.saved_audiences.expand(app, audience)
    if any(isinstance(node, Sample) and node.seed is None for node in nodes_of(expression)):
        warnings.append(FieldError("audience", _ONE_DRAW))
    counted = await stores.resolver.count(
        app, expression, _SEED_OF_COUNTS, by_timezone=by_timezone, by_line=by_line
    )
    return counted, warnings
