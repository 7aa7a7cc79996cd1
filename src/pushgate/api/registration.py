"""Registrations on their way into the registry: each terminal is grouped by a language that its app has room for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pushgate.api.context import ApiContext
from pushgate.api.without_effect import of_terminal
from pushgate.apps.catalog import ConfiguredApp
from pushgate.content.language import for_grouping, without_region
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import UNDETERMINED, Terminal
from pushgate.terminals.registry import Version


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration: whether the terminal is new, and what its sender is warned of."""

    terminal: Terminal
    created: bool
    warnings: tuple[FieldError, ...]


async def replace_one(
    context: ApiContext, configured: ConfiguredApp, terminal: Terminal, version: Version
) -> tuple[FieldError, ...] | None:
    """Register a terminal anew, with warnings; None if it was changed since it was read."""
    ((grouped, warnings),) = await _grouped(context, configured, [terminal])
    return warnings if await context.stores.registry.replace(configured.app, grouped, version) else None


async def register(
    context: ApiContext, configured: ConfiguredApp, terminals: Sequence[Terminal]
) -> list[Registered]:
    """Register terminals, new or known, in this order."""
    grouped = await _grouped(context, configured, terminals)
    created = await context.stores.registry.register(configured.app, [terminal for terminal, _ in grouped])
    return [
        Registered(terminal, new, warnings)
        for (terminal, warnings), new in zip(grouped, created, strict=True)
    ]


async def _grouped(
    context: ApiContext, configured: ConfiguredApp, terminals: Sequence[Terminal]
) -> list[tuple[Terminal, tuple[FieldError, ...]]]:
    """The terminals with the languages that they are grouped by, and warnings."""
    own = [for_grouping(terminal.language) for terminal in terminals]
    languages, app = context.stores.registry.languages, configured.app
    groups = await languages.fit(app.name, own, without_region)
    warnings = [_warnings(language, groups[language]) for language in own]
    if limited := sum(map(bool, warnings)):
        await languages.note_limited(app.name, limited)
    return [
        (replace(terminal, group_language=groups[language]), some + of_terminal(terminal))
        for terminal, language, some in zip(terminals, own, warnings, strict=True)
    ]


def told(warnings: Counter[FieldError]) -> list[dict[str, object]]:
    """Warnings of many registrations as JSON, each with the number of terminals that it is about."""
    return [
        {"field": warning.field, "message": warning.message, "count": count}
        for warning, count in warnings.most_common()
    ]


def _warnings(language: str, group: str) -> tuple[FieldError, ...]:
    if group == language:
        return ()
    gets = "each message's default language" if group == UNDETERMINED else f"what readers of {group} get"
    return (
        FieldError(
            "language",
            f"has no group of its own, for the app has too many languages: the terminal gets {gets}",
        ),
    )
