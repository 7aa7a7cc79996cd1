"""The API's application, with routes that are prepared once for all tests.

FastAPI prepares an application's 100 routes at its first request, in 75 ms of CPU time.
"""

from starlette.routing import BaseRoute

from pushgate.api import app as api
from pushgate.api.app import Application
from pushgate.api.context import ApiContext

_prepared: list[BaseRoute] = []


def create(context: ApiContext) -> Application:
    """An application of its own; its routes are those of the first one."""
    app = api.create(context)
    if not _prepared:
        _prepared.extend(app.router.routes)
    app.router.routes[:] = _prepared
    return app
