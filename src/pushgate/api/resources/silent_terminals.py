"""`/v1/terminals:forget-silent`: terminals without a sign of life are counted and removed."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import TerminalsReadCaller, TerminalsWriteCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.silent_terminals import LastRemoval, SilentBody, SilentTerminals
from pushgate.api.times import format_instant, format_known
from pushgate.domain.errors import Conflict
from pushgate.hygiene.removals import Removal
from pushgate.hygiene.silent_terminals import SilentCount

router = APIRouter(prefix="/v1", tags=["terminals"])
MAX_BODY = 1024


@router.post(
    "/terminals:forget-silent",
    operation_id="forget_silent_terminals",
    responses=response_schema(SilentTerminals, 200, "Counted, and nothing is removed")
    | response_schema(SilentTerminals, 202, "The removal is begun, or runs already"),
    openapi_extra=body_schema(SilentBody),
)
async def forget_silent(request: Request, configured: TerminalsWriteCaller) -> Response:
    """Count the terminals that gave no sign of life for `days` days: no registration, no receipt,
    no click. With `at_most`, remove them in the background; a terminal that is seen before its turn
    stays.

    Refused (409) if more terminals are silent than `at_most`, or, without `even_most`, half of all
    terminals or more: then signs of life may not reach Pushgate. A call while a removal runs does
    not begin another one. `GET` shows the progress, `DELETE` stops the removal.
    """
    written = parse(await read_body(request, MAX_BODY), SilentBody)
    context = context_of(request)
    removals = context.stores.silent_removals
    before = (context.clock.now() - timedelta(days=written.days)).date()
    count = await removals.silent.count(configured.app, before)
    body: dict[str, object] = {
        "before": before.isoformat(),
        "silent": count.silent,
        "terminals": count.terminals,
        "removal": None,
    }
    if written.at_most is None:
        return json_response(body)
    _require_expected(count, written)
    removal = await removals.begin(configured.app, before, count, automatic=False)
    await note(request, "terminals.silent_removal_begun", days=written.days, silent=count.silent)
    await context.stores.removal_claims.hasten(configured.app, context.clock.now())
    return json_response(body | {"removal": _removal(removal)}, 202)


@router.get(
    "/terminals:forget-silent",
    operation_id="get_silent_removal",
    responses=response_schema(LastRemoval),
)
async def show(request: Request, configured: TerminalsReadCaller) -> Response:
    """The app's last removal of silent terminals, and its progress."""
    stored = await context_of(request).stores.silent_removals.removals.read(configured.app.name)
    return json_response({"removal": _removal(stored.removal) if stored else None})


@router.delete(
    "/terminals:forget-silent",
    operation_id="stop_silent_removal",
    responses=response_schema(LastRemoval),
)
async def stop(request: Request, configured: TerminalsWriteCaller) -> Response:
    """Stop the removal of silent terminals. Terminals that it has removed stay removed."""
    removal = await context_of(request).stores.silent_removals.stop(configured.app)
    if removal:
        await note(request, "terminals.silent_removal_stopped")
    return json_response({"removal": _removal(removal) if removal else None})


def _require_expected(count: SilentCount, written: SilentBody) -> None:
    assert written.at_most is not None
    if count.silent > written.at_most:
        raise Conflict(
            f"{count.silent} terminals are silent, more than at_most; nothing is removed: "
            "see whether these are the ones that you mean, and raise at_most"
        )
    if count.implausible and not written.even_most:
        raise Conflict(
            f"{count.silent} of {count.terminals} terminals are silent, which is abnormal; nothing is "
            "removed: see whether the app registers its terminals at its start and whether receipts "
            "arrive, or send even_most"
        )


def _removal(removal: Removal) -> dict[str, object]:
    return {
        "before": removal.before.isoformat(),
        "state": removal.state.value,
        "automatic": removal.automatic,
        "silent": removal.silent,
        "forgotten": removal.forgotten,
        "requested_at": format_instant(removal.requested_at),
        "ended_at": format_known(removal.ended_at),
    }
