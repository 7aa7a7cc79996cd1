"""What would come of a message, in lines for people. Pure."""

from collections.abc import Iterator

from pushgate.cli.client.texts import moment, terminal_count
from pushgate_client import types


def plan_lines(plan: types.MessagePlan) -> Iterator[str]:
    """Yield the number of terminals, by vendor, and what may be in the way."""
    yield f"{terminal_count(plan['total'])}, at {moment(plan['push_time'])}"
    for due in plan.get("local_times", []):
        yield f"  {due['count']:,} at {moment(due['at'])}, by their own clocks"
    for vendor in plan["vendors"]:
        yield f"  {_vendor(vendor)}"
    if plan["last_push_at"] and plan["total"]:
        yield f"  the last one is reached at {moment(plan['last_push_at'])}"
    if "personal" in plan:
        yield from _values(plan["personal"])
    for warning in plan["warnings"]:
        yield f"  warning: {warning['field']}: {warning['message']}"


def _values(personal: types.PersonalPlan) -> Iterator[str]:
    """Yield a line for each value that some of the terminals lack."""
    for value in personal["values"]:
        if value["missing"]:
            then = (
                "they get its default" if value["has_default"] else "they are left out, or get the fallback"
            )
            looked_at = terminal_count(personal["looked_at"])
            yield f"  {{{{ {value['name']} }}}}: {value['missing']:,} of {looked_at} lack it: {then}"


def _vendor(vendor: types.PlannedVendor) -> str:
    parts = [f"{vendor['vendor']} {vendor['count']:,}"]
    if not vendor["configured"]:
        parts.append("the app is not set up for this vendor: pushes wait, and expire")
    if vendor["paused"]:
        parts.append("paused: pushes wait")
    if vendor["refused"]:
        parts.append(f"{vendor['refused']:,} would be rejected: the content is too long")
    if vendor["cut"]:
        parts.append(f"{vendor['cut']:,} would get shortened content")
    if vendor["expiring"]:
        parts.append(f"{vendor['expiring']:,} would expire before their turn")
    return ", ".join(parts)
