"""`/v1/receipts`: reports of vendors. No API key is needed: the address contains a secret, and some
vendors sign their reports.
"""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import context_of
from pushgate.api.schemas.fields import VendorInPath
from pushgate.domain.errors import NotConfiguredHere, TooLarge
from pushgate.receipts.vendor_callbacks import VendorCallbacks

router = APIRouter(prefix="/v1/receipts", tags=["callbacks"])
MAX_BODY = 2 * 1024 * 1024
"""Bytes of a callback."""
_BYTES = {"type": "string", "format": "binary", "description": "in the vendor's own form and media type"}
_OBJECT = {"type": "object", "additionalProperties": True}


@router.post(
    "/{vendor}/{app}/{secret}",
    operation_id="receive_receipts",
    responses={
        200: {"description": "The vendor's own form", "content": {"application/json": {"schema": _OBJECT}}}
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": _BYTES}}}
    },
)
async def receive(request: Request, vendor: VendorInPath, app: str, secret: str) -> Response:
    """A vendor's callback, in the vendor's own form and with the answer that the vendor expects.
    Idempotent.

    `pushgate receipts` prints the address for each app and vendor. Reports about unknown messages,
    and unreadable ones, change nothing.
    """
    context = context_of(request)
    callbacks = VendorCallbacks(
        redis=context.redis,
        clock=context.clock,
        stores=context.stores,
        catalog=context.catalog,
        tokens=context.callbacks,
        receipts=context.receipts,
    )
    try:
        target = callbacks.target(vendor, app, secret)
    except NotConfiguredHere:  # the address is genuine, so the app may be new
        await context.apps.refresh()
        target = callbacks.target(vendor, app, secret)
    await callbacks.receive(target, request.headers, await _read(request))
    return Response(target.parser.reply, media_type="application/json")


async def _read(request: Request) -> bytes:
    """Return the body, of whatever media type. Raises TooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge(f"the body may have {MAX_BODY} bytes")
    return bytes(body)
