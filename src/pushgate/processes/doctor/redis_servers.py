"""Reads what each Redis server reports about itself: settings, memory, persistence, slow calls. No
keys, and no arguments of calls.
"""

import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import cast

from redis import exceptions
from redis.asyncio import Redis

from pushgate.redis.client import Changes, masters, reaching
from pushgate.redis.sentinel import SentinelClient

_SETTINGS = (
    "maxmemory",
    "maxmemory-policy",
    "appendonly",
    "appendfsync",
    "save",
    "timeout",
    "tcp-keepalive",
    "maxclients",
    "min-replicas-to-write",
    "repl-backlog-size",
    "client-output-buffer-limit",
    "cluster-node-timeout",
    "slowlog-log-slower-than",
    "latency-monitor-threshold",
)
_SLOW_CALLS = 20
_MAX_NAME = 20
"""Characters of a command's name."""


@dataclass(frozen=True, slots=True)
class ServerReport:
    """A server. `refused` are commands that the user of the settings may not run."""

    info: Mapping[str, object]
    settings: Mapping[str, str] = field(default_factory=dict)
    slow_calls: list[Mapping[str, object]] = field(default_factory=list)
    latency: list[object] = field(default_factory=list)
    clock_ahead_seconds: float = 0.0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StoreReport:
    """All servers that take writes. `down_after_ms` is when others take over for a silent one."""

    servers: list[ServerReport]
    down_after_ms: int | None = None


async def inspect_store(redis: Redis) -> StoreReport:
    """Ask each server. Raises EngineUnavailable."""
    async with reaching(Changes.NOTHING):
        servers = [await _inspect(server) for server in await masters(redis)]
        if isinstance(redis, SentinelClient):
            return StoreReport(servers, await redis.down_after_ms())
    timeouts = [server.settings.get("cluster-node-timeout") for server in servers]
    in_cluster = any(server.info.get("cluster_enabled") for server in servers)
    return StoreReport(servers, min((int(one) for one in timeouts if one and in_cluster), default=None))


async def _inspect(server: Redis) -> ServerReport:
    refused: list[str] = []

    async def ask(name: str, call: Awaitable[object]) -> object:
        try:
            return await call
        except exceptions.ResponseError:  # the user has no right to it, or the server has no such command
            refused.append(name)
            return None

    asked_at = time.time()
    clock = cast("tuple[int, int] | None", await ask("TIME", server.time()))
    middle = (asked_at + time.time()) / 2
    settings = cast("Mapping[str, str] | None", await ask("CONFIG GET", server.config_get(*_SETTINGS)))
    slow = cast("list[Mapping[str, object]] | None", await ask("SLOWLOG", server.slowlog_get(_SLOW_CALLS)))
    latency = cast("list[object] | None", await ask("LATENCY", server.latency_latest()))
    info = cast("Mapping[str, object] | None", await ask("INFO", server.info()))
    return ServerReport(
        info=info or {},
        settings={_text(name): _text(value) for name, value in (settings or {}).items()},
        slow_calls=[_slow_call(call) for call in slow or []],
        latency=[_texts(one) for one in latency or []],
        clock_ahead_seconds=round(clock[0] + clock[1] / 1e6 - middle, 3) if clock else 0.0,
        refused=refused,
    )


def _slow_call(call: Mapping[str, object]) -> dict[str, object]:
    """A slow call without its arguments, which hold keys and contents."""
    words = _text(call.get("command", "")).split(maxsplit=1)
    return {
        "at": call.get("start_time"),
        "microseconds": call.get("duration"),
        "command": words[0][:_MAX_NAME] if words else "",
    }


def _texts(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_texts(one) for one in value]
    return _text(value) if isinstance(value, bytes) else value


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
