"""The facts that all log lines of one request have in common."""

from contextvars import ContextVar

import structlog

_facts: ContextVar[dict[str, str] | None] = ContextVar("log_facts", default=None)


def begin(**facts: str) -> None:
    """Begin with these facts alone: requests of one connection may inherit each other's context."""
    _facts.set(facts)


def add(name: str, value: str) -> None:
    """Add a fact to those of the running request; without a request, nothing happens."""
    facts = _facts.get()
    if facts is not None:
        facts[name] = value


def end() -> None:
    """End the request: further lines have none of its facts."""
    _facts.set(None)


def merge(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Give a line the facts, except those that it has itself. A processor of structlog."""
    return {**(_facts.get() or {}), **event}
