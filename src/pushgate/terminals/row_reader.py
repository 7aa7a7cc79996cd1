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

_NAMES_PER_CHUNK = 64


class _Stored(NamedTuple):
    """What is stored of the terminal of a slot."""

    row: bytes
    token: bytes
    group: bytes


class RowReader:
    """Reads the rows of all apps' terminals: two round trips for each call.

    All calls raise EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read_rows(self, app: App, shard: int, slots: Iterable[int]) -> dict[int, Row]:
        """The rows of the terminals that have these slots now. Free slots are left out."""
        rows = await read_values(self._redis, app, shard, "rows", slots)
        return await self._decode(app, shard, {slot: row for slot, row in rows.items() if not is_free(row)})

    async def read_terminals(self, app: App, shard: int, slots: Iterable[int]) -> dict[int, Terminal]:
        """The terminals that have these slots now, each as it was at one instant. Free slots are
        left out.
        """
        stored = await self._read_stored(app, shard, by_chunk(slots))
        rows = await self._decode(app, shard, {slot: found.row for slot, found in stored.items()})
        return {
            slot: terminal_of(rows[slot], found.token.decode(), parse_group(found.group))
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

    async def _decode(self, app: App, shard: int, rows: Mapping[int, bytes]) -> dict[int, Row]:
        numbers = {slot: numbers_in(row) for slot, row in rows.items()}
        wanted = {number for found in numbers.values() for number in found}
        names = await read_names(self._redis, app, shard, wanted)
        return {slot: decode_known(row, numbers[slot], names) for slot, row in rows.items()}


async def read_names(redis: Redis, app: App, shard: int, numbers: Iterable[int]) -> dict[int, str]:
    """The names of a shard that numbers stand for, without those that are gone. Raises
    EngineUnavailable.
    """
    by_key: dict[int, list[int]] = {}
    for number in numbers:
        by_key.setdefault(number // _NAMES_PER_CHUNK, []).append(number)
    if not by_key:
        return {}
    async with reaching(Changes.NOTHING), redis.pipeline(transaction=False) as pipe:
        for chunk, some in by_key.items():
            pipe.hmget(
                f"{tag(app, shard)}:named:{chunk}", [str(number % _NAMES_PER_CHUNK) for number in some]
            )
        answers = await pipe.execute()
    return {
        number: name.decode()
        for some, found in zip(by_key.values(), answers, strict=True)
        for number, name in zip(some, found, strict=True)
        if name is not None
    }


def decode_known(row: bytes, numbers: Iterable[int], names: Mapping[int, str]) -> Row:
    """A row with those of its names that are known: a name that is gone by now was that of a row
    which has changed since.
    """
    return decode_row(row, [names[number] for number in numbers if number in names])
