"""Keys in portions, server by server, from a place that can be kept.

A server gives keys in an order of its own. Where another server takes over, the scan begins again:
nothing is left out, and some keys come twice.
"""

import zlib
from collections.abc import Awaitable, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.redis.client import Changes, masters, reaching, server_of
from pushgate.redis.cluster.commands import tag_of_pattern
from pushgate.redis.server import ServerClient

Place = list[int]
"""How far a scan is; empty at its beginning and at its end."""


async def scan_from(client: Redis, place: Place, match: str, count: int) -> tuple[Place, list[bytes]]:
    """About `count` keys are looked at; returns the next place, and those that match the pattern.

    Raises EngineUnavailable.
    """
    servers = await _servers(client, match)
    layout = zlib.crc32(",".join(server.name for server in servers).encode())
    cursor, number, known = _position(place)
    if known != layout:
        cursor, number = 0, 0
    async with reaching(Changes.NOTHING):
        cursor, keys = await cast(
            "Awaitable[tuple[int, list[bytes]]]", servers[number].scan(cursor, match=match, count=count)
        )
    if cursor == 0:
        number += 1
    if number == len(servers):
        return [], keys
    # One server alone has no name and the layout 0.
    return [cursor, number, layout] if layout else [cursor], keys


def _position(place: Place) -> tuple[int, int, int]:
    cursor, number, layout = [*place, 0, 0, 0][:3]
    return cursor, number, layout


async def _servers(client: Redis, match: str) -> Sequence[ServerClient]:
    """The servers that may have keys of the pattern, in an order that stays."""
    tag = tag_of_pattern(match)
    found = [await server_of(client, tag)] if tag else await masters(client)
    return sorted(cast("Sequence[ServerClient]", found), key=lambda server: server.name)
