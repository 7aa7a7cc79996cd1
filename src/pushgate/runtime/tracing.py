"""What the processes need of traces: spans, which are no objects at all where tracing is off."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

Attributes = Mapping[str, str | int]
"""Names, codes and counts: never push tokens, contents, users or secrets."""


class Tracer(Protocol):
    """Makes spans. A context is a text, as `domain.trace` has it."""

    def begin(
        self, name: str, attributes: Attributes, *, parent: str = "", links: Sequence[str] = ()
    ) -> AbstractContextManager[str]:
        """A span that lasts as long as the context manager; yields its own context, "" where it is
        not sampled. Without `parent` and `links` a new trace begins.
        """
        ...

    def within(self, name: str, attributes: Attributes) -> AbstractContextManager[str]:
        """A span within the one that is open now; none where none is open."""
        ...


@contextmanager
def following(
    tracer: Tracer | None, name: str, attributes: Attributes, contexts: Sequence[str]
) -> Iterator[str]:
    """A span of work for messages with these contexts; none where no context is sampled.

    The work for one message is a part of its trace. Work for several is a trace of its own with
    links to theirs.
    """
    if tracer is None or not contexts:
        yield ""
    elif len(contexts) == 1:
        with tracer.begin(name, attributes, parent=contexts[0]) as context:
            yield context
    else:
        with tracer.begin(name, attributes, links=contexts) as context:
            yield context


_NOTHING: AbstractContextManager[str] = nullcontext("")


def within(tracer: Tracer | None, name: str, attributes: Attributes) -> AbstractContextManager[str]:
    """A span within the open one; nothing where tracing is off."""
    return _NOTHING if tracer is None else tracer.within(name, attributes)
