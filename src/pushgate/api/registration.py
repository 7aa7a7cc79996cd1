"""Registrations on their way into the registry: each terminal is grouped by a language that its app has room for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pushgate.api.front import Front, Tenant
from pushgate.api.without_effect import of_terminal
from pushgate.errors import Fault
from pushgate.grouping.language import for_grouping, without_region
from pushgate.model import UNDETERMINED, Terminal


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration: whether the terminal is new, and what its sender is warned of."""

    terminal: Terminal
    created: bool
    warnings: tuple[Fault, ...]


async def register(front: Front, tenant: Tenant, terminals: Sequence[Terminal]) -> list[Registered]:
    """Register terminals, new or known, in this order."""
    own = [for_grouping(terminal.language) for terminal in terminals]
    languages, app = front.registry.languages, tenant.app
    groups = await languages.fit(app.name, own, without_region)
    grouped = [
        replace(terminal, group_language=groups[language])
        for terminal, language in zip(terminals, own, strict=True)
    ]
    created = await front.registry.register(app, grouped)
    warnings = [_warnings(language, groups[language]) for language in own]
    if limited := sum(map(bool, warnings)):
        await languages.note_limited(app.name, limited)
    warnings = [some + of_terminal(terminal) for some, terminal in zip(warnings, terminals, strict=True)]
    return list(map(Registered, grouped, created, warnings))


def told(warnings: Counter[Fault]) -> list[dict[str, object]]:
    """Warnings of many registrations as JSON, each with the number of terminals that it is about."""
    return [
        {"field": warning.field, "message": warning.message, "count": count}
        for warning, count in warnings.most_common()
    ]


def _warnings(language: str, group: str) -> tuple[Fault, ...]:
    if group == language:
        return ()
    gets = "each message's default language" if group == UNDETERMINED else f"what readers of {group} get"
    return (
        Fault(
            "language",
            f"has no group of its own, for the app has too many languages: the terminal gets {gets}",
        ),
    )
