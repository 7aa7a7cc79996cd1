"""`/v1/callbacks`: what client apps report. No API key: the callback token shows that they got the message."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field, RootModel

from pushgate.api.auth import front_of
from pushgate.api.bodies import parse, read
from pushgate.api.documented import takes
from pushgate.api.front import Front, Tenant
from pushgate.api.problems import document, respond
from pushgate.api.schemas import ReceiptBody
from pushgate.errors import Fault, NotFound
from pushgate.model import ByToken, Group, Receipt
from pushgate.redis import shard_of
from pushgate.results.accounts import Spot

router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])
MAX_REPORTS = 1000
MAX_BODY = 2 * 1024 * 1024


class _Reports(RootModel[Annotated[list[ReceiptBody], Field(max_length=MAX_REPORTS)]]):
    """Several at once."""


@dataclass(frozen=True, slots=True)
class _InlineSpot:
    shard: int
    group: Group
    slot: int


@router.post("/click", status_code=204, openapi_extra=takes(ReceiptBody, many=True))
async def click(request: Request) -> Response:
    """The user clicked the message: one report or an array of up to 1,000. Idempotent."""
    return await _receive(request, Receipt.CLICKED)


@router.post("/received", status_code=204, openapi_extra=takes(ReceiptBody, many=True))
async def received(request: Request) -> Response:
    """The message arrived: one report or an array of up to 1,000. Idempotent."""
    return await _receive(request, Receipt.DELIVERED)


async def _receive(request: Request, receipt: Receipt) -> Response:
    front = front_of(request)
    body = await read(request, MAX_BODY)
    many = body.lstrip()[:1] == b"["
    reports = parse(body, _Reports).root if many else [parse(body, ReceiptBody)]
    by_message: dict[tuple[str, str], list[str]] = {}
    forged: list[Fault] = []
    for index, report in enumerate(reports):
        named = front.callbacks.verify(report.token)
        if named:
            by_message.setdefault(named, []).append(report.terminal)
        else:
            forged.append(
                Fault(f"{index}.token" if many else "token", "is not a callback token of this gateway")
            )
    for (app, message_id), terminals in by_message.items():
        tenant = front.tenants.get(app)
        if tenant:
            await _record(front, tenant, receipt, message_id, terminals)
    if forged:
        # The genuine ones are recorded: sending all again is harmless, but need not be.
        return respond(document(403, f"{len(forged)} of {len(reports)} reports are not genuine", forged))
    return Response(status_code=204)


async def _record(
    front: Front, tenant: Tenant, receipt: Receipt, message_id: str, terminals: list[str]
) -> None:
    try:
        message = (await front.messages.read(tenant.app.name, message_id)).message
    except NotFound:
        return  # past its retention: there is nothing to count it on
    if isinstance(message.audience, ByToken):
        spots = await _inline(front, tenant, message_id, terminals)
    else:
        spots = await _registered(front, tenant, terminals)
    await front.accounts.receive(receipt, tenant.app, message_id, spots, front.messages.keep_until(message))


async def _registered(front: Front, tenant: Tenant, terminals: list[str]) -> list[list[Spot]]:
    """Where these terminals are, named by id or else by push token."""
    spots: list[list[Spot]] = [list(found) for found in await front.registry.locate(tenant.app, terminals)]
    unnamed = [index for index, found in enumerate(spots) if not found]
    by_token = await front.registry.locate_tokens(tenant.app, [terminals[index] for index in unnamed])
    for index, places in zip(unnamed, by_token, strict=True):
        spots[index] += places
    return spots


async def _inline(front: Front, tenant: Tenant, message_id: str, terminals: list[str]) -> list[list[Spot]]:
    """Where a message that named push tokens keeps these terminals, whether they report by token or by id."""
    tokens: list[str] = []
    for terminal in terminals:
        try:
            tokens.append((await front.registry.read(tenant.app, terminal)).token)
        except NotFound:
            tokens.append(terminal)
    home = shard_of(tenant.app, message_id)
    places = await front.tokens.locate_inline(tenant.app, home, message_id, tokens)
    return [[_InlineSpot(home, *place)] if place else [] for place in places]
