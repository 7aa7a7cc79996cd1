"""How often devices may register without a registration token: by app, and by app and client.

Each process counts by itself, in bounded memory: of very many clients those that registered last
stay, and the limit of the app holds for all of them together.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import TooManyRegistrations
from pushgate.runtime.lru_cache import LRUCache

MAX_CLIENTS = 10_000
_MAX_APPS = 10_000
_SECONDS = 60.0
Key = TypeVar("Key")


@dataclass(slots=True)
class _Allowance:
    """What is left to take, at an instant (s)."""

    left: float
    at: float

    def refill(self, per_minute: int, now: float) -> None:
        self.left = min(per_minute, self.left + per_minute * max(0.0, now - self.at) / _SECONDS)
        self.at = now


class AnonymousLimits:
    """Counts the registrations without a token in one process."""

    def __init__(self) -> None:
        self._apps = LRUCache[str, _Allowance](_MAX_APPS)
        self._clients = LRUCache[tuple[str, str], _Allowance](MAX_CLIENTS)

    def take(self, configured: ConfiguredApp, client: str, at: datetime) -> None:
        """Count a registration; '' is a client without a limit. Raises TooManyRegistrations."""
        name, now = configured.app.name, at.timestamp()
        found: list[_Allowance] = []
        if client:
            per_client = configured.max_anonymous_registrations_per_client
            found.append(_allowance(self._clients, (name, client), per_client, now))
        found.append(_allowance(self._apps, name, configured.max_anonymous_registrations, now))
        if any(allowance.left < 1 for allowance in found):
            raise TooManyRegistrations("too many devices register without a registration token")
        for allowance in found:
            allowance.left -= 1


def _allowance(known: LRUCache[Key, _Allowance], key: Key, per_minute: int, now: float) -> _Allowance:
    allowance = known.get(key)
    if allowance is None:
        allowance = _Allowance(per_minute, now)
        known.put(key, allowance)
    allowance.refill(per_minute, now)
    return allowance
