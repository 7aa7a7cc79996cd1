"""Set-up: keys, webhooks, the audit log, sizes and versions. Each section says which key it needs
where the session lacks it.
"""

from starlette.responses import Response

from pushgate.console.pages import setup_audit, setup_keys, setup_webhooks
from pushgate.console.routing import page
from pushgate.console.view import View


async def show_setup(view: View) -> Response:
    """Show all sections that the keys of the session may see."""
    reader = view.operator or (view.calls if view.app else None)
    return view.page(
        "setup.html",
        **await setup_keys.values(view),
        **await setup_webhooks.values(view),
        **await setup_audit.values(view),
        status=await reader.operations.status() if reader else None,
    )


routes = [page("/setup", show_setup), *setup_keys.routes, *setup_webhooks.routes, *setup_audit.routes]
