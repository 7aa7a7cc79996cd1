"""What a registration token grants: to register one terminal, for a user, with tags. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_TTL = timedelta(hours=1)
"""How long a registration token may be valid."""


@dataclass(frozen=True, slots=True)
class TokenUse:
    """The name under which the use of a registration token is recorded, and until when that must be
    known.
    """

    name: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the bearer may register. Without `terminal`, any one terminal; without `tags`, a known
    terminal keeps its tags.
    """

    user: str | None = None
    tags: tuple[str, ...] | None = None
    terminal: str | None = None
    use: TokenUse | None = None
    """None for an anonymous device: it has no token."""

    @property
    def is_anonymous(self) -> bool:
        """Whether no registration token vouches for the device."""
        return self.use is None
