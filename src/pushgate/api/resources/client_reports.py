"""`/v1/callbacks`: reports of client apps. No API key is needed: the callback token proves that the
app got the message, and the device secret, if there is one, proves which device it is.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field, RootModel

from pushgate.api.auth import context_of
from pushgate.api.cross_origin import CALLBACKS, preflight_response
from pushgate.api.devices import app_of, registration_of, required_secret
from pushgate.api.http import parse, read_body
from pushgate.api.openapi import body_schema
from pushgate.api.schemas.receipts import ReceiptBody
from pushgate.apps.api_key import KeyText
from pushgate.domain.outcome import ReceiptKind
from pushgate.receipts.client_reports import ClientReport, ClientReports, Prover

router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])
MAX_REPORTS = 1000
MAX_BODY = 2 * 1024 * 1024


class _Reports(RootModel[Annotated[list[ReceiptBody], Field(min_length=1, max_length=MAX_REPORTS)]]):
    """Several reports."""


@router.options("/{kind}", include_in_schema=False)
async def preflight(kind: Literal["click", "received"]) -> Response:
    """The preflight request of a browser."""
    return preflight_response(CALLBACKS)


@router.post(
    "/click",
    operation_id="report_clicked",
    status_code=204,
    openapi_extra=body_schema(ReceiptBody, many=True),
)
async def click(request: Request) -> Response:
    """The user clicked the message: one report or an array of up to 1,000. Idempotent.

    With a device secret as bearer, a device reports for its own terminal, named by its id. An app
    with the setting `require_device_proof` takes no other reports.
    """
    return await _receive(request, ReceiptKind.CLICKED)


@router.post(
    "/received",
    operation_id="report_received",
    status_code=204,
    openapi_extra=body_schema(ReceiptBody, many=True),
)
async def received(request: Request) -> Response:
    """The message arrived: one report or an array of up to 1,000. Idempotent. A device secret
    counts as it does for clicks.
    """
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
    prover = await _prover(request, reports[0].terminal)
    await ClientReports(context.catalog, context.callbacks, context.receipts).record(kind, reports, prover)
    return Response(status_code=204)


async def _prover(request: Request, terminal_id: str) -> Prover | None:
    """Return the device whose secret the request has, None without a secret. Raises
    DeviceUnauthorized for a secret that is not of this terminal.

    An API key proves nothing here: general clients of the API send their key with every call.
    """
    header = request.headers.get("authorization")
    if header is None or KeyText.parse(header.rpartition(" ")[2]):
        return None
    context, secret = context_of(request), required_secret(request)
    configured = await app_of(context, secret)
    await registration_of(context).authenticate(configured.app, terminal_id, secret)
    return Prover(secret.app, terminal_id)
