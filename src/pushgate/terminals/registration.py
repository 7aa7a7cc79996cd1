"""Registers terminals: each gets a group language for which its app has room.

In: terminals. Out: whether each is new, and warnings about fields that have less effect than its
sender may expect.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from pushgate.content.language import for_grouping, without_region
from pushgate.domain.app import App
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import UNDETERMINED, Terminal
from pushgate.terminals.language_limits import Languages
from pushgate.terminals.registry import Registry, Single, Written

Warnings = tuple[FieldError, ...]


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
        written = await self._registry.register(app, [terminal for terminal, _ in grouped])
        return [
            _registered(terminal, result, warnings)
            for result, (terminal, warnings) in zip(written, grouped, strict=True)
        ]

    async def replace(self, app: App, terminal: Terminal, single: Single) -> Registered | None:
        """Register a terminal if it still has the version that was read; None if it was changed
        meanwhile. Raises Conflict as the registry does.
        """
        ((grouped, warnings),) = await self._with_group_languages(app, [terminal])
        written = await self._registry.replace(app, grouped, single)
        return _registered(grouped, written, warnings) if written else None

    async def _with_group_languages(
        self, app: App, terminals: Sequence[Terminal]
    ) -> list[tuple[Terminal, Warnings]]:
        own = [for_grouping(terminal.language) for terminal in terminals]
        groups = await self._languages.limit(app.name, own, without_region)
        warnings = [language_warnings(language, groups[language]) for language in own]
        if limited := sum(map(bool, warnings)):
            await self._languages.add_limited(app.name, limited)
        return [
            (replace(terminal, group_language=groups[language]), of_language)
            for terminal, language, of_language in zip(terminals, own, warnings, strict=True)
        ]


def _registered(terminal: Terminal, written: Written, warnings: Warnings) -> Registered:
    stored = replace(
        terminal,
        registered_at=written.registered_at,
        last_seen=written.last_seen,
        opt_out=written.opt_out,
    )
    return Registered(stored, written.created, warnings)


def language_warnings(language: str, group: str) -> Warnings:
    """The warnings about terminals of a language whose group may have another language."""
    if group == language:
        return ()
    content = "each message's default language" if group == UNDETERMINED else f"what readers of {group} get"
    text = f"has no group of its own, for the app has too many languages: the terminal gets {content}"
    return (FieldError("language", text),)
