"""Webhooks: the list with the last attempts, and what creates, tries, stops and repeats one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from starlette.responses import Response

from pushgate.console.routing import action, part
from pushgate.console.view import View
from pushgate_client import types
from pushgate_client.errors import InvalidRequest

_SHOWN = 20
"""Webhooks whose attempts are read; an app has one or two."""
_TICKS = 24
TYPES = (
    "*",
    "terminal.*",
    "terminal.invalid",
    "terminal.clicked",
    "terminal.delivered",
    "message.*",
    "vendor.*",
)
"""What the form offers; other types are written into the field."""
REPLAYS = (1, 6, 24, 72)
"""Hours that the form offers to repeat."""


async def values(view: View, **more: object) -> dict[str, object]:
    """Return the values of the section's template."""
    hooks: list[tuple[types.Webhook, Sequence[types.DeliveryAttempt]]] | None = None
    if view.may("admin"):
        calls = view.calls.webhooks
        found = await calls.list()
        attempts = await asyncio.gather(*(calls.deliveries(one["id"]) for one in found[:_SHOWN]))
        hooks = list(zip(found[:_SHOWN], attempts, strict=True))
        hooks += [(one, ()) for one in found[_SHOWN:]]
    shown: dict[str, object] = {"hooks": hooks, "ticks": _TICKS, "new_secret": None}
    return shown | _form_values() | more


async def create(view: View) -> Response:
    """Create a webhook, and show its secret once."""
    form = await view.form()
    body: types.WebhookBody = {
        "url": form.get("url", "").strip(),
        "types": form.get("types", "").replace(",", " ").split(),
        "expand": form.get("expand") == "on",
        "description": form.get("description", "").strip(),
    }
    try:
        created = await view.calls.webhooks.create(body)
    except InvalidRequest as error:
        said = {fault.field.split(".")[0].split("[")[0]: fault.message for fault in error.errors}
        typed = {**body, "types": " ".join(body["types"])}
        shown = {"hook_faults": said, "hook_typed": typed}
        return view.part("setup_webhook_form.html", 422, **_form_values() | shown)
    response = await _section(view, new_secret=created["secret"])
    response.headers["HX-Retarget"] = "#hooks"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


async def test(view: View) -> Response:
    """Post an event for tests, and say what the receiver answered."""
    told = await view.calls.webhooks.test(view.params["id"])
    span = view.words.duration(timedelta(milliseconds=told["duration_ms"]))
    if told["status"] is not None:
        view.toast(view._("The receiver answered {status} in {span}.", status=str(told["status"]), span=span))
    else:
        view.toast(view._("The receiver did not answer: {reason}", reason=told["reason"]))
    return await _section(view)


async def pause(view: View) -> Response:
    """Deliver nothing until the webhook is resumed."""
    await view.calls.webhooks.pause(view.params["id"])
    view.toast(view._("Paused. Events wait for as long as they are kept."))
    return await _section(view)


async def resume(view: View) -> Response:
    """Go on with the delivery that was next."""
    await view.calls.webhooks.resume(view.params["id"])
    view.toast(view._("Resumed with the delivery that was next."))
    return await _section(view)


async def ask_to_replay(view: View) -> Response:
    """Ask from when on events are to be delivered once more."""
    hook = await view.calls.webhooks.get(view.params["id"])
    return view.part("setup_webhook_replay.html", hook=hook, replays=REPLAYS)


async def replay(view: View) -> Response:
    """Deliver the events of the last hours once more."""
    hours = (await view.form()).get("hours", "1")
    start = view.now - timedelta(hours=int(hours) if hours in map(str, REPLAYS) else 1)
    await view.calls.webhooks.replay(view.params["id"], start)
    view.toast(view._("Events are delivered once more from {moment} on.", moment=view.words.moment(start)))
    return await _section(view)


async def rotate(view: View) -> Response:
    """Give a webhook another secret; the one before signs, too, for 24 hours."""
    rotated = await view.calls.webhooks.rotate_secret(view.params["id"], overlap="24h")
    return await _section(view, new_secret=rotated["secret"])


async def delete(view: View) -> Response:
    """Delete a webhook."""
    await view.calls.webhooks.delete(view.params["id"])
    view.toast(view._("Deleted. Nothing is delivered any more."))
    return await _section(view)


def _ask(template: str) -> Callable[[View], Awaitable[Response]]:
    """Return the handler that shows a question about a webhook."""

    async def ask(view: View) -> Response:
        return view.part(template, hook=await view.calls.webhooks.get(view.params["id"]))

    return ask


async def _section(view: View, **more: object) -> Response:
    return view.part("setup_webhooks.html", **await values(view, **more))


def _form_values() -> dict[str, object]:
    typed = {"url": "", "types": "*", "expand": False, "description": ""}
    return {"hook_faults": {}, "hook_typed": typed, "hook_types": TYPES}


routes = [
    action("/setup/webhooks", create, scope="admin"),
    action("/setup/webhooks/{id}/test", test, scope="admin"),
    action("/setup/webhooks/{id}/pause", pause, scope="admin"),
    action("/setup/webhooks/{id}/resume", resume, scope="admin"),
    part("/setup/webhooks/{id}/replay", ask_to_replay, scope="admin"),
    action("/setup/webhooks/{id}/replay", replay, scope="admin"),
    part("/setup/webhooks/{id}/rotate", _ask("setup_webhook_rotate.html"), scope="admin"),
    action("/setup/webhooks/{id}/rotate", rotate, scope="admin"),
    part("/setup/webhooks/{id}/delete", _ask("setup_webhook_delete.html"), scope="admin"),
    action("/setup/webhooks/{id}/delete", delete, scope="admin"),
]
