"""Terminals as events name them. Pure."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from pushgate.events.drafts import TerminalPlace


class NamedTerminal(NamedTuple):
    """A terminal as events name it. All fields are None if no data of it are stored any more, or
    its person was erased.
    """

    id: str | None = None
    user: str | None = None
    token_digest: str | None = None
    erased: bool = False


NOBODY = NamedTerminal()
Names: TypeAlias = Mapping[TerminalPlace, NamedTerminal]
