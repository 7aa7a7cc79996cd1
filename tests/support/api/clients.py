"""Clients of the API under test, with keys of every kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
from tests.support.api.application import create
from tests.support.api.contract import client_of
from tests.support.clock import SetClock

from pushgate.api.context import ApiContext
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.fleet.heartbeats import ProcessDescription


@dataclass(frozen=True)
class ApiClients:
    """A client for each kind of API key, and the context of the API that they call."""

    context: ApiContext
    shop: httpx.AsyncClient
    other: httpx.AsyncClient
    reader: httpx.AsyncClient
    anyone: httpx.AsyncClient
    operator: httpx.AsyncClient


def describe(kind: str, clock: SetClock) -> ProcessDescription:
    """A process of this kind that started now."""
    return ProcessDescription(kind, "host-1", 1, "0", clock.now())


def without_gearman(clients: ApiClients) -> ApiClients:
    """The same clients, of an API whose Gearman server is out of reach."""
    return with_context(clients, replace(clients.context, gearman=GearmanAdmin(["127.0.0.1:1"], 1)))


def with_context(clients: ApiClients, context: ApiContext) -> ApiClients:
    """The same clients, of an API with this context."""
    app = create(context)

    def client(like: httpx.AsyncClient) -> httpx.AsyncClient:
        return client_of(app, like.headers)

    return ApiClients(
        context,
        client(clients.shop),
        client(clients.other),
        client(clients.reader),
        client(clients.anyone),
        client(clients.operator),
    )


@asynccontextmanager
async def another(clients: ApiClients, context: ApiContext) -> AsyncIterator[httpx.AsyncClient]:
    """The shop's client, of an API with this context."""
    async with client_of(create(context), clients.shop.headers) as shop:
        yield shop
