"""Terminals on their way into the registry: each gets a group language that its app has room for.

In: terminals. Out: whether each is new, and warnings of what has less effect than its sender may
expect.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pushgate.content.language import for_grouping, without_region
from pushgate.domain.app import App
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import UNDETERMINED, Terminal
from pushgate.terminals.language_limits import Languages
from pushgate.terminals.registry import Registry
from pushgate.terminals.rows import Version

Warnings = tuple[FieldError, ...]
_UNUSED_FIELDS = {
    "tags": "are stored, and no audience can name a tag yet",
    "timezone": "is stored, and no push time follows it yet",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered terminal: whether it is new, and warnings for its sender."""

    terminal: Terminal
    created: bool
    warnings: Warnings


class TerminalRegistration:
    """Registers terminals in the group of their language. All calls raise EngineUnavailable."""

    def __init__(self, registry: Registry, languages: Languages) -> None:
        self._registry = registry
        self._languages = languages

    async def register(self, app: App, terminals: Sequence[Terminal]) -> list[Registered]:
        """Register terminals, new or known, in this order."""
        grouped = await self._with_group_languages(app, terminals)
        created = await self._registry.register(app, [terminal for terminal, _ in grouped])
        return [
            Registered(terminal, new, warnings)
            for (terminal, warnings), new in zip(grouped, created, strict=True)
        ]

    async def replace(self, app: App, terminal: Terminal, version: Version) -> Warnings | None:
        """Register a terminal again, if it is still the version that was read.

        Returns warnings, or None where the terminal was changed meanwhile.
        """
        ((grouped, warnings),) = await self._with_group_languages(app, [terminal])
        return warnings if await self._registry.replace(app, grouped, version) else None

    async def _with_group_languages(
        self, app: App, terminals: Sequence[Terminal]
    ) -> list[tuple[Terminal, Warnings]]:
        own = [for_grouping(terminal.language) for terminal in terminals]
        groups = await self._languages.limit(app.name, own, without_region)
        warnings = [_language_warnings(language, groups[language]) for language in own]
        if limited := sum(map(bool, warnings)):
            await self._languages.add_limited(app.name, limited)
        return [
            (replace(terminal, group_language=groups[language]), of_language + _unused_fields(terminal))
            for terminal, language, of_language in zip(terminals, own, warnings, strict=True)
        ]


def _unused_fields(terminal: Terminal) -> Warnings:
    return tuple(FieldError(name, text) for name, text in _UNUSED_FIELDS.items() if getattr(terminal, name))


def _language_warnings(language: str, group: str) -> Warnings:
    if group == language:
        return ()
    content = "each message's default language" if group == UNDETERMINED else f"what readers of {group} get"
    text = f"has no group of its own, for the app has too many languages: the terminal gets {content}"
    return (FieldError("language", text),)
