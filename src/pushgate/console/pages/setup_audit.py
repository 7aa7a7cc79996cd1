"""The audit log: the last entries, older ones, and all as a CSV file."""

import csv
import io
from collections.abc import AsyncIterator

from starlette.responses import Response

from pushgate.console.audit_texts import AUDIT_TEXTS
from pushgate.console.downloads import download
from pushgate.console.routing import page, part
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.async_client import AsyncPushgate

_SHOWN = 20
_COLUMNS = ("at", "app", "action", "targets", "key_id", "key_name", "address", "details")


async def values(view: View) -> dict[str, object]:
    """Return the values of the section's template."""
    reader = view.manager
    after = view.query.get("after") if view.path.endswith("/audit") else None
    found: types.AuditPage | None = None
    if reader is not None:
        found = await reader.audit.read(after or None, order=None if after else "newest", limit=_SHOWN)
    return {"audit": found, "audit_texts": AUDIT_TEXTS}


async def show_more(view: View) -> Response:
    """Show the entries after a place, to be put below the others."""
    if view.manager is None:
        return view.page("lock_part.html", 403, needed="admin")
    return view.part("setup_audit_rows.html", **await values(view))


async def download_log(view: View) -> Response:
    """Send all entries, the oldest first, as CSV."""
    reader = view.manager
    if reader is None:
        return view.page("lock.html", 403, needed="admin")
    return await download(_lines(reader), name="audit-log.csv", media_type="text/csv", head=_line(_COLUMNS))


async def _lines(reader: AsyncPushgate) -> AsyncIterator[bytes]:
    async for entry in reader.audit.list():
        details = "; ".join(f"{name}={value}" for name, value in entry["details"].items())
        targets = " ".join(entry["targets"])
        place = (entry["at"], entry["app"] or "", entry["action"], targets)
        yield _line((*place, entry["key_id"] or "", entry["key_name"], entry["address"] or "", details))


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    # A cell that begins like a formula would be run by a spreadsheet.
    csv.writer(text).writerow("'" + cell if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells)
    return text.getvalue().encode()


routes = [part("/setup/audit", show_more), page("/setup/audit.csv", download_log)]
