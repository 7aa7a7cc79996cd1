"""Events that a connection reports: completed, refused and unanswered requests."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pushgate.http2.results import Response

Tag = TypeVar("Tag")
"""What the caller calls a request. A tag is used once in the life of a connection."""


@dataclass(slots=True)
class Events(Generic[Tag]):
    """Requests that have ended, by tag. Each request is reported once."""

    succeeded: list[Tag] = field(default_factory=list)
    """A response 200 came, and the caller wants to know no more of it."""
    responses: list[tuple[Tag, Response]] = field(default_factory=list)
    refused: list[Tag] = field(default_factory=list)
    """The peer has not processed the request, so it may be sent again at once."""
    unanswered: list[tuple[Tag, str]] = field(default_factory=list)
    """No response came, with the cause. Whether the peer processed the request is unknown."""
