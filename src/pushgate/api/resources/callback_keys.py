"""`/v1/callback-key`: the keys behind callback tokens and receipt URLs are shown and rotated."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import OperatorCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.callback_keys import CallbackKeyList, KeySource, RotateCallbackKeyBody
from pushgate.api.times import format_known
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.receipts.callback_keys import CallbackKey

router = APIRouter(prefix="/v1", tags=["operations"])
MAX_BODY = 1024


@router.get("/callback-key", operation_id="get_callback_key", responses=response_schema(CallbackKeyList))
async def show(request: Request, _: OperatorCaller) -> Response:
    """The keys that verify callback tokens and receipt URLs, without secrets. For operators."""
    context = context_of(request)
    await context.callback_keys.refresh()
    return json_response(_listed(context.callback_keys, context.clock.now()))


@router.post(
    "/callback-key:rotate",
    operation_id="rotate_callback_key",
    responses=response_schema(CallbackKeyList),
    openapi_extra=body_schema(RotateCallbackKeyBody),
)
async def rotate(request: Request, _: OperatorCaller) -> Response:
    """Make a new callback key, which begins to sign after 5 s. For operators.

    What earlier keys signed stays valid for `overlap`, or less if it would have ended before.
    During that time, enter the new addresses of `pushgate receipts` in the vendors' consoles.
    Refused (409) where the configuration has the keys.
    """
    written = parse(await read_body(request, MAX_BODY), RotateCallbackKeyBody)
    context = context_of(request)
    ring = await context.callback_keys.rotate(written.overlap)
    await note(request, "callback_key.rotated", ring.keys[0].id, app="")
    return json_response(_listed(context.callback_keys, context.clock.now()))


def _listed(keys: CallbackKeys, now: datetime) -> dict[str, object]:
    source = KeySource.CONFIGURATION if keys.is_configured else KeySource.STORE
    listed = keys.ring.without_ended(now).keys
    return {"source": source.value, "keys": [_key(found) for found in listed]}


def _key(found: CallbackKey) -> dict[str, object]:
    return {
        "id": found.id,
        "made_at": format_known(found.made_at),
        "signs_from": format_known(found.signs_from),
        "until": format_known(found.until),
    }
