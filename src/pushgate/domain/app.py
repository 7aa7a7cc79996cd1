"""An app that receives pushes, and what an API key of the app may do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Scope(StrEnum):
    """What an API key may do."""

    PUSH = "push"
    READ = "read"
    TERMINALS_READ = "terminals:read"
    TERMINALS_WRITE = "terminals:write"
    TERMINALS = "terminals"
    """`terminals:read` and `terminals:write` together."""
    ADMIN = "admin"
    """Everything of the key's app, API keys included."""
    OPERATOR = "operator"
    """Matters of all apps. A key with this scope belongs to no app and reads no messages or
    terminals.
    """


@dataclass(frozen=True, slots=True)
class App:
    """An application that receives pushes. `shards` is fixed when its registry is created."""

    name: str
    shards: int = 1


@dataclass(frozen=True, slots=True)
class PushRate:
    """How fast an app may push through a vendor: pushes a second, 0 for no limit.

    `ramp` is the time in which the rate grows back to its full value after a pause; vendors ask for
    such a ramp.
    """

    per_second: float = 0.0
    ramp: timedelta = timedelta(0)
