"""Terminals by slot, many at once."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.terminals.chunk_reader import read_values
from pushgate.terminals.chunks import SLOTS_PER_CHUNK, by_chunk
from pushgate.terminals.rows import Row, decode_row, is_free, numbers_in, terminal_of
from pushgate.terminals.shard_scripts import parse_group


class _Stored(NamedTuple):
    """The stored values of the terminal of a slot."""

    row: bytes
    token: bytes
    group: bytes


class RowReader:
    """Reads the terminals of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read_terminals(self, app: App, shard: int, slots: Iterable[int]) -> dict[int, Terminal]:
        """The terminals that have these slots now, each as it was at one instant. Free slots are
        left out. Two round trips.
        """
        stored = await self._read_stored(app, shard, by_chunk(slots))
        numbers = {slot: numbers_in(found.row) for slot, found in stored.items()}
        wanted = {number for found in numbers.values() for number in found}
        names = await read_names(self._redis, app, shard, wanted)
        return {
            slot: terminal_of(
                decode_known(found.row, numbers[slot], names), found.token.decode(), parse_group(found.group)
            )
            for slot, found in stored.items()
        }

    async def _read_stored(self, app: App, shard: int, chunks: Mapping[int, list[int]]) -> dict[int, _Stored]:
        """Rows, push tokens and groups, read together: a terminal of one group has no token of
        another.
        """
        if not chunks:
            return {}
        key = tag(app, shard)
        blocks = sorted({chunk * SLOTS_PER_CHUNK // bitmaps.SLOTS_PER_BLOCK for chunk in chunks})
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            for block in blocks:
                pipe.lindex(f"{key}:blocks", block)
            for chunk, offsets in chunks.items():
                fields = list(map(str, offsets))
                pipe.hmget(f"{key}:rows:{chunk}", fields)
                pipe.hmget(f"{key}:tokens:{chunk}", fields)
            answers = await pipe.execute()
        groups = dict(zip(blocks, answers, strict=False))
        values = iter(cast("list[list[bytes | None]]", answers[len(blocks) :]))
        stored: dict[int, _Stored] = {}
        for chunk, offsets in chunks.items():
            group = groups[chunk * SLOTS_PER_CHUNK // bitmaps.SLOTS_PER_BLOCK]
            for offset, row, token in zip(offsets, next(values), next(values), strict=True):
                if row is not None and token is not None and not is_free(row):
                    stored[chunk * SLOTS_PER_CHUNK + offset] = _Stored(row, token, group)
        return stored


async def read_names(redis: Redis, app: App, shard: int, numbers: Iterable[int]) -> dict[int, str]:
    """The names of a shard that numbers stand for, without those that are gone. Raises
    EngineUnavailable.
    """
    names = await read_values(redis, app, shard, "named", numbers)
    return {number: name.decode() for number, name in names.items()}


def decode_known(row: bytes, numbers: Iterable[int], names: Mapping[int, str]) -> Row:
    """Decode a row with the names that are known. A name that is gone by now belonged to a row that
    has changed since.
    """
    return decode_row(row, [names[number] for number in numbers if number in names])
