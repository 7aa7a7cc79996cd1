"""Registers terminals of imports: as `TerminalRegistration`, but many at once."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from msgspec.structs import replace

from pushgate.content.language import for_grouping, without_region
from pushgate.domain.app import App
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import Terminal
from pushgate.terminals.bulk.registry import BulkRegistration, BulkRegistry
from pushgate.terminals.language_limits import Languages
from pushgate.terminals.registration import language_warnings


@dataclass(frozen=True, slots=True)
class RegisteredWindow:
    """How many of a window's terminals are new, and warnings with the number of their terminals."""

    created: int
    warnings: Counter[FieldError]


class ImportRegistration:
    """Opens registrations of many terminals."""

    def __init__(self, registry: BulkRegistry, languages: Languages) -> None:
        self._registry = registry
        self._languages = languages

    @asynccontextmanager
    async def open(self, app: App) -> AsyncIterator["WindowRegistration"]:
        """Open a registration for one import of an app."""
        async with self._registry.open(app) as registry:
            yield WindowRegistration(app, registry, self._languages)


class WindowRegistration:
    """Registers the windows of one import, in the groups of the terminals' languages."""

    def __init__(self, app: App, registry: BulkRegistration, languages: Languages) -> None:
        self._app = app
        self._registry = registry
        self._languages = languages

    async def register(self, terminals: Sequence[Terminal]) -> RegisteredWindow:
        """Register terminals, new or known. Raises EngineUnavailable."""
        counts = Counter(terminal.language for terminal in terminals)
        own = {language: for_grouping(language) for language in counts}
        groups = await self._languages.limit(self._app.name, list(own.values()), without_region)
        group_of = {language: groups[grouped] for language, grouped in own.items()}
        warnings: Counter[FieldError] = Counter()
        limited = 0
        for language, count in counts.items():
            if found := language_warnings(own[language], group_of[language]):
                warnings.update(dict.fromkeys(found, count))
                limited += count
        if limited:
            await self._languages.add_limited(self._app.name, limited)
        return RegisteredWindow(await self._registry.register(_in_groups(terminals, group_of)), warnings)


def _in_groups(terminals: Sequence[Terminal], group_of: dict[str, str]) -> Sequence[Terminal]:
    """The terminals with the languages of their groups, where these are not their own."""
    if all(language == group for language, group in group_of.items()):
        return terminals
    return [
        terminal
        if group_of[terminal.language] == terminal.language
        else replace(terminal, group_language=group_of[terminal.language])
        for terminal in terminals
    ]
