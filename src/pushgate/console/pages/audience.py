"""Audience: find a phone or a person, saved audiences with their counts, all phones in a file."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from starlette.responses import Response

from pushgate.console.audience_texts import say_audience
from pushgate.console.downloads import download
from pushgate.console.people import Found, is_message, search
from pushgate.console.reading import take
from pushgate.console.routing import action, page
from pushgate.console.vendors import VENDORS
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.errors import ApiError, Conflict

_MAX_TEXT = 512
_SHOWN_SAVED = 20
_SILENT_DAYS = 90
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRow:
    """A saved audience. `total` is None where the key may not count."""

    name: str
    rule: str
    is_frozen: bool
    total: int | None
    named_by: Sequence[str]


async def show_audience(view: View) -> Response:
    """Show what was searched for, and the audience as a whole."""
    text = view.query.get("q", "").strip()[:_MAX_TEXT]
    if text and view.may("read") and await is_message(view.calls, text):
        return view.redirect(f"/messages/{text}")
    everyone = await _count(view, {"all": True})
    return view.page(
        "audience.html",
        text=text,
        chosen_vendor=_vendor(view),
        chosen_language=view.query.get("language", ""),
        vendors=VENDORS,
        found=await _search(view, text),
        everyone=everyone,
        by_vendor=_sums(everyone, "vendor"),
        by_language=_sums(everyone, "language"),
        saved=await _saved(view),
        today=await _today(view),
        silent=await view.calls.terminals.count_silent(_SILENT_DAYS) if _may_count_silent(view) else None,
        silent_days=_SILENT_DAYS,
    )


async def download_phones(view: View) -> Response:
    """Send all phones with their push tokens as JSON lines."""
    return await download(_lines(view), name=f"{view.app}-phones.ndjson", media_type="application/x-ndjson")


async def take_in(view: View) -> Response:
    """Register the phones of a file, whose name says its form."""
    name = view.query.get("name", "")
    form = "csv" if name.lower().endswith(".csv") else "ndjson"
    done = await view.calls.terminals.import_all(view.chunks(), form=form)
    text = view._(
        "{created} phones are new, {updated} were changed, {failed} lines are faulty.",
        created=done["created"],
        updated=done["updated"],
        failed=done["failed"],
    )
    return view.part("audience_imported.html", done=done, text=text)


async def delete_saved(view: View) -> Response:
    """Delete a saved audience that nothing names."""
    name = view.params["name"]
    try:
        await view.calls.audiences.delete(name)
        view.toast(view._("{name} is deleted.", name=name))
    except Conflict as error:
        view.toast(error.detail)
    return view.redirect("/audience")


async def _lines(view: View) -> AsyncIterator[bytes]:
    async for terminal in view.calls.terminals.export():
        yield orjson.dumps(terminal) + b"\n"


async def _today(view: View) -> types.ActivityToday | None:
    if not view.may("read"):
        return None
    return (await view.calls.operations.activity(timezone=view.zone.key))["today"]


async def _search(view: View, text: str) -> Found | None:
    vendor, language = _vendor(view), view.query.get("language", "").strip()[:_MAX_TEXT]
    if not view.may("terminals:read") or not (text or vendor or language):
        return None
    return await search(view.calls, text, cast("types.Vendor", vendor) if vendor else None, language or None)


async def _saved(view: View) -> list[SavedRow] | None:
    if not view.may("read"):
        return None
    rows = await take(view.calls.audiences.list(page_size=_SHOWN_SAVED), _SHOWN_SAVED)
    return list(await asyncio.gather(*(_saved_row(view, row) for row in rows)))


async def _saved_row(view: View, row: types.SavedAudienceRow) -> SavedRow:
    whole = await view.calls.audiences.get(row["name"])
    counted = await _count(view, {"saved": row["name"]})
    frozen = whole["frozen"]
    return SavedRow(
        name=row["name"],
        rule=say_audience(frozen["of"] if frozen else row["audience"], view.words),
        is_frozen=frozen is not None,
        total=counted["total"] if counted else None,
        named_by=whole["named_by"][:_NAMED],
    )


async def _count(view: View, audience: types.AudienceBody) -> types.AudienceCount | None:
    """Return the counts of an audience; None where the key may not count it."""
    if not view.may("push"):
        return None
    try:
        return await view.calls.audiences.count(audience)
    except ApiError:
        return None


def _sums(counted: types.AudienceCount | None, name: str) -> list[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for group in counted["groups"] if counted else ():
        sums[group["vendor"] if name == "vendor" else group["language"]] += group["count"]
    return sums.most_common(10)


def _vendor(view: View) -> str:
    vendor = view.query.get("vendor", "")
    return vendor if vendor in VENDORS else ""


def _may_count_silent(view: View) -> bool:
    return view.may("terminals:write")


routes = [
    page("/audience", show_audience),
    page("/audience/phones.ndjson", download_phones, scope="terminals"),
    action("/audience:import", take_in, scope="terminals:write"),
    action("/audience/saved/{name}/delete", delete_saved, scope="push"),
]
