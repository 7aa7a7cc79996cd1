"""What came to its end: the output of a connection."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pushgate.http2.results import Response

Tag = TypeVar("Tag")


@dataclass(slots=True)
class Events(Generic[Tag]):
    """Ends of requests, by their tags. A tag appears once in the life of its connection.

    `taken`: a 200 came, and nothing else matters. `answers`: responses. `refused`: the peer has not processed them, so
    they may be sent again at once. `unanswered`, with the cause: nobody knows.
    """

    taken: list[Tag] = field(default_factory=list)
    answers: list[tuple[Tag, Response]] = field(default_factory=list)
    refused: list[Tag] = field(default_factory=list)
    unanswered: list[tuple[Tag, str]] = field(default_factory=list)
