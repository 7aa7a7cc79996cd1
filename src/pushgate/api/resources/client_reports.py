"""`/v1/callbacks`: what client apps report. No API key: the callback token shows that they got the
message.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field, RootModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api.auth import context_of
from pushgate.api.http import parse, read_body
from pushgate.api.openapi import body_schema
from pushgate.api.schemas.receipts import ReceiptBody
from pushgate.domain.outcome import ReceiptKind
from pushgate.receipts.client_reports import ClientReport, ClientReports

router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])
MAX_REPORTS = 1000
MAX_BODY = 2 * 1024 * 1024


class _Reports(RootModel[Annotated[list[ReceiptBody], Field(max_length=MAX_REPORTS)]]):
    """Several reports."""


_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Max-Age": "86400",
}


class AnyOrigin:
    """Middleware that lets pages of any origin read every response of these calls, errors included.

    Service workers report from the origin of their site. Their right to report is in the callback
    token, not in a cookie.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"access-control-allow-origin", b"*")]
            await send(message)

        is_callback = scope["type"] == "http" and scope["path"].startswith(router.prefix + "/")
        await self._app(scope, receive, send_with_origin if is_callback else send)


@router.options("/{kind}", include_in_schema=False)
async def preflight(kind: Literal["click", "received"]) -> Response:
    """The preflight request of a browser."""
    return Response(status_code=204, headers=_PREFLIGHT)


@router.post(
    "/click",
    operation_id="report_clicked",
    status_code=204,
    openapi_extra=body_schema(ReceiptBody, many=True),
)
async def click(request: Request) -> Response:
    """The user clicked the message: one report or an array of up to 1,000. Idempotent."""
    return await _receive(request, ReceiptKind.CLICKED)


@router.post(
    "/received",
    operation_id="report_received",
    status_code=204,
    openapi_extra=body_schema(ReceiptBody, many=True),
)
async def received(request: Request) -> Response:
    """The message arrived: one report or an array of up to 1,000. Idempotent."""
    return await _receive(request, ReceiptKind.DELIVERED)


async def _receive(request: Request, kind: ReceiptKind) -> Response:
    context = context_of(request)
    body = await read_body(request, MAX_BODY)
    if body.lstrip()[:1] == b"[":
        listed = parse(body, _Reports).root
        reports = [
            ClientReport(report.token, report.terminal, f"{index}.token")
            for index, report in enumerate(listed)
        ]
    else:
        report = parse(body, ReceiptBody)
        reports = [ClientReport(report.token, report.terminal, "token")]
    await ClientReports(context.catalog, context.callbacks, context.receipts).record(kind, reports)
    return Response(status_code=204)
