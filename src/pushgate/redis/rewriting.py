"""The server's log and snapshot written anew, so that they hold nothing that was deleted."""

import asyncio
from enum import Enum, auto
from typing import cast

from redis import exceptions
from redis.asyncio import Redis

from pushgate.redis.client import Changes, masters, reaching

_POLL_SECONDS = 0.05
_OF_LOG = ("aof_rewrite_in_progress", "aof_rewrite_scheduled"), "aof_last_bgrewrite_status"
_OF_SNAPSHOT = ("rdb_bgsave_in_progress",), "rdb_last_bgsave_status"
"""What the server tells: fields that are 1 while it is at work, and how it ended."""


class Rewriting(Enum):
    """How far the server is."""

    DONE = auto()
    PENDING = auto()
    """It is at work, or was not free to begin."""
    REFUSED = auto()
    """It does not allow this client to ask for it."""


class _Answer(Enum):
    """What the server answers to the request to begin."""

    BEGUN = auto()
    BUSY = auto()
    """It is at work since before, on files that may hold what was deleted meanwhile."""
    REFUSED = auto()


async def rewrite(redis: Redis, begun_by: str, seconds: float) -> tuple[Rewriting, str]:
    """Let each server write its log anew, or its snapshot where it keeps no log; wait for so long.

    `begun_by` is what the last call returned, empty for the first one: it names the servers that
    have begun. A server that it does not name, or that failed, begins again. Raises
    EngineUnavailable.
    """
    known = frozenset(filter(None, begun_by.split(",")))
    found = await asyncio.gather(*(_rewrite_one(server, known, seconds) for server in await masters(redis)))
    states = {state for state, _ in found}
    state = next(one for one in (Rewriting.PENDING, Rewriting.REFUSED, Rewriting.DONE) if one in states)
    return state, ",".join(run for _, run in found if run)


async def read_run_id(server: Redis) -> str:
    """Names a server from its start to its end. Raises EngineUnavailable."""
    async with reaching(Changes.NOTHING):
        return str(cast("dict[str, object]", await server.info("server")).get("run_id", "?"))


async def _rewrite_one(redis: Redis, known: frozenset[str], seconds: float) -> tuple[Rewriting, str]:
    server = await read_run_id(redis)
    begun_by = server if server in known else ""
    for _ in range(max(1, round(seconds / _POLL_SECONDS))):
        if begun_by != server:
            answer = await _begin(redis)
            if answer is _Answer.REFUSED:
                return Rewriting.REFUSED, ""
            begun_by = server if answer is _Answer.BEGUN else ""
        else:
            found = await _persistence(redis)
            flags, status = _OF_LOG if found.get("aof_enabled") else _OF_SNAPSHOT
            if not any(found.get(flag) for flag in flags):
                is_done = found.get(status) == "ok"
                return (Rewriting.DONE, server) if is_done else (Rewriting.PENDING, "")
        await asyncio.sleep(_POLL_SECONDS)  # Redis announces no end: it has to be asked
    return Rewriting.PENDING, begun_by


async def _begin(redis: Redis) -> _Answer:
    """Ask the server to begin."""
    keeps_log = (await _persistence(redis)).get("aof_enabled")
    async with reaching(Changes.AT_ONCE):
        try:
            await (redis.bgrewriteaof() if keeps_log else redis.bgsave(schedule=False))
        except exceptions.NoPermissionError:
            return _Answer.REFUSED
        except exceptions.ResponseError as error:
            if "in progress" in str(error):
                return _Answer.BUSY
            if "unknown command" in str(error):  # the operator renamed it, or the provider lacks it
                return _Answer.REFUSED
            raise
    return _Answer.BEGUN


async def _persistence(redis: Redis) -> dict[str, object]:
    async with reaching(Changes.NOTHING):
        return cast("dict[str, object]", await redis.info("persistence"))
