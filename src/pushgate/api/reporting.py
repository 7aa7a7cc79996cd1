"""Receipts and clicks, from wherever they come, find the terminals they are about."""

from collections.abc import Sequence

from pushgate.adapters.vendors import vendors
from pushgate.api.front import Front, Tenant
from pushgate.errors import NotFound
from pushgate.model import ByToken, Message, Receipt
from pushgate.redis import shard_of
from pushgate.results.accounts import Place, Spot


async def reported(front: Front, tenant: Tenant, message_id: str) -> Message | None:
    """The app's message, None where there is none, or it is past its retention: there is nothing to count on."""
    try:
        return (await front.messages.read(tenant.app.name, message_id)).message
    except NotFound:
        return None


async def record(
    front: Front,
    tenant: Tenant,
    receipt: Receipt,
    message: Message,
    terminals: Sequence[str],
    vendor: str | None = None,
) -> list[int]:
    """Record what is reported of a message on these terminals, each named by its id or its push token.

    What is not of the message, or of another vendor where one is given, changes nothing: returns for each terminal 1 where
    it is new, 0 where it was known, -1 where it is not of the message.
    """
    terminals = [_as_kept(terminal) for terminal in terminals]
    if isinstance(message.audience, ByToken):
        spots = await _inline(front, tenant, message.id, terminals)
    else:
        spots = await _registered(front, tenant, terminals)
    if vendor:
        spots = [[spot for spot in found if spot.group.vendor == vendor] for found in spots]
    keep_until = front.messages.keep_until(message)
    return await front.accounts.receive(receipt, tenant.app, message.id, spots, keep_until)


def _as_kept(terminal: str) -> str:
    """A push token in the form it is kept in, if it is one that a client hands out in another."""
    for vendor in vendors().values():
        if (token := vendor.as_token(terminal)) != terminal:
            return token
    return terminal


async def _registered(front: Front, tenant: Tenant, terminals: Sequence[str]) -> list[list[Spot]]:
    """Where these terminals are, named by id or else by push token."""
    spots: list[list[Spot]] = [list(found) for found in await front.registry.locate(tenant.app, terminals)]
    unnamed = [index for index, found in enumerate(spots) if not found]
    by_token = await front.registry.locate_tokens(tenant.app, [terminals[index] for index in unnamed])
    for index, places in zip(unnamed, by_token, strict=True):
        spots[index] += places
    return spots


async def _inline(
    front: Front, tenant: Tenant, message_id: str, terminals: Sequence[str]
) -> list[list[Spot]]:
    """Where a message that named push tokens keeps these terminals, whether they report by token or by id."""
    tokens: list[str] = []
    for terminal in terminals:
        try:
            tokens.append((await front.registry.read(tenant.app, terminal)).token)
        except NotFound:
            tokens.append(terminal)
    home = shard_of(tenant.app, message_id)
    places = await front.tokens.locate_inline(tenant.app, home, message_id, tokens)
    return [[Place(home, *place)] if place else [] for place in places]
