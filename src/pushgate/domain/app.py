"""An app that receives pushes, and what an API key of the app may do."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What an API key may do."""

    PUSH = "push"
    READ = "read"
    TERMINALS = "terminals"
    ADMIN = "admin"
    OPERATOR = "operator"
    """What concerns all apps. Such a key belongs to no app and sees no messages and no terminals."""


@dataclass(frozen=True, slots=True)
class App:
    """An application that receives pushes. `shards` is fixed when its registry is created."""

    name: str
    shards: int = 1
