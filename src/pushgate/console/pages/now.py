"""What is happening at this moment."""

from starlette.responses import Response

from pushgate.console.routing import page
from pushgate.console.view import View
from pushgate_client.types import SystemStatus


async def show_now(view: View) -> Response:
    """Show whether all is well, and what is wrong."""
    calls = view.calls if view.may("read") else view.operator
    status: SystemStatus | None = await calls.operations.status() if calls else None
    return view.page("now.html", status=status)


routes = [page("/", show_now)]
