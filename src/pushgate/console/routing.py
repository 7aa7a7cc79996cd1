"""How pages are registered: `page` for a whole page, `part` for a fragment of one, `live` for a
fragment that follows what happens, `action` for a form.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from starlette.responses import Response

from pushgate.console.view import View
from pushgate.domain.app import Scope

Handler = Callable[[View], Awaitable[Response]]


class Kind(Enum):
    """What a route answers with."""

    PAGE = "page"
    PART = "part"
    LIVE = "live"
    ACTION = "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleRoute:
    """A path and its handler. `path` is the access log's name of the route."""

    kind: Kind
    path: str
    handler: Handler
    scope: Scope | None
    """What the key of the chosen app must be allowed."""
    needs_operator: bool = False
    is_public: bool = False
    """Whether strangers may come."""

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "POST" if self.kind is Kind.ACTION else "GET"


def page(
    path: str, handler: Handler, scope: str | None = None, *, operator: bool = False, public: bool = False
) -> ConsoleRoute:
    """Register a whole page. Without the scope the reader sees a lock."""
    return _route(Kind.PAGE, path, handler, scope, operator=operator, public=public)


def part(path: str, handler: Handler, scope: str | None = None, *, operator: bool = False) -> ConsoleRoute:
    """Register a fragment, which htmx asks for."""
    return _route(Kind.PART, path, handler, scope, operator=operator)


def live(path: str, handler: Handler, scope: str | None = None, *, operator: bool = False) -> ConsoleRoute:
    """Register a fragment that is sent again whenever it changed, for `hx-sse:connect`."""
    return _route(Kind.LIVE, path, handler, scope, operator=operator)


def action(
    path: str, handler: Handler, scope: str | None = None, *, operator: bool = False, public: bool = False
) -> ConsoleRoute:
    """Register what a form does. The form must be the console's own."""
    return _route(Kind.ACTION, path, handler, scope, operator=operator, public=public)


def _route(
    kind: Kind, path: str, handler: Handler, scope: str | None, *, operator: bool, public: bool = False
) -> ConsoleRoute:
    return ConsoleRoute(
        kind=kind,
        path=path,
        handler=handler,
        scope=Scope(scope) if scope else None,
        needs_operator=operator,
        is_public=public,
    )
