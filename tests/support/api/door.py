"""The front door under test, and clients with keys of every kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
from tests.support.api.contract import client_of
from tests.support.clock import SetClock

from pushgate.api.app import create
from pushgate.api.context import ApiContext
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.fleet.heartbeats import Description


@dataclass(frozen=True)
class Door:
    """The front door, and clients with keys of every kind."""

    front: ApiContext
    shop: httpx.AsyncClient
    other: httpx.AsyncClient
    reader: httpx.AsyncClient
    anyone: httpx.AsyncClient
    operator: httpx.AsyncClient


def describe(kind: str, clock: SetClock) -> Description:
    """A process of this kind that started now."""
    return Description(kind, "host-1", 1, "0", clock.now())


def without_gearman(door: Door) -> Door:
    """The same door, with nobody at Gearman's address."""
    return with_front(door, replace(door.front, gearman=GearmanAdmin(["127.0.0.1:1"], 1)))


def with_front(door: Door, front: ApiContext) -> Door:
    """The clients of a door over other collaborators."""
    app = create(front)

    def client(like: httpx.AsyncClient) -> httpx.AsyncClient:
        return client_of(app, like.headers)

    return Door(
        front,
        client(door.shop),
        client(door.other),
        client(door.reader),
        client(door.anyone),
        client(door.operator),
    )


@asynccontextmanager
async def another(door: Door, front: ApiContext) -> AsyncIterator[httpx.AsyncClient]:
    """The shop at a front door that is set up in another way."""
    async with client_of(create(front), door.shop.headers) as shop:
        yield shop
