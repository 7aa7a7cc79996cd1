"""Pushes whose content differs from token to token, at vendors that take one token per request.

The content is rendered once with marks. What is the same for all tokens goes into the template of
a burst, and the rest is a part of each request.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec.structs import replace

from pushgate.adapters.contract import Push, Verdict
from pushgate.domain.message import Content


class FilledPush(Protocol):
    """A push that is ready to be sent to tokens, each with a part of the body of its own."""

    def send(
        self, tokens: Sequence[bytes], parts: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens, none of which is a topic; `parts` are in the order of the tokens.

        Verdicts, errors, `may_continue` and closing are those of `Prepared.send`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Filling:
    """What of a push depends on its content, and how it is sent."""

    render: Callable[[Content], bytes]
    """Returns the bytes of a request that hold this content.

    Raises PayloadRejected where the vendor does not take it.
    """
    frame: Callable[[bytes, bytes], FilledPush]
    """Takes what comes before and after the part in which requests differ."""


@runtime_checkable
class SupportsFilling(Protocol):
    """The adapter of a vendor that takes one token per request."""

    def filling(self, push: Push, now: datetime) -> Filling:
        """Return how the push is rendered with other contents. Does no I/O.

        Raises PayloadRejected for options that the vendor does not take.
        """
        ...


def without_text(push: Push) -> Push:
    """Return the push with as little content as possible, for what follows from its options."""
    return replace(push, content=Content("", "", push.content.image))
