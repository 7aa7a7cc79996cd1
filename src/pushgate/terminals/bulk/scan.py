"""All terminals of an app, read in the order of their slots while others register and move.

A terminal that is registered all the time is read at least once; one that moves may be read twice.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.chunks import SLOTS_PER_CHUNK
from pushgate.terminals.row_reader import RowReader, decode_known, read_names
from pushgate.terminals.rows import is_free, numbers_in, terminal_of
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, parse_group
from pushgate.terminals.term_reader import TermReader

_CHUNKS = bitmaps.SLOTS_PER_BLOCK // SLOTS_PER_CHUNK
_MAX_CACHED = 100_000


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a scan: everything before `block` of the shard was read, and so were the
    terminals that moved in the shard's first `moves` moves.
    """

    shard: int = 0
    block: int = 0
    moves: int | None = None
    """None at the beginning of a shard."""


@dataclass(frozen=True, slots=True)
class ScannedBlock:
    """The terminals of a block, and of moves to blocks that were read before."""

    terminals: list[Terminal]
    then: Position
    """Where to go on."""


class TerminalScan:
    """Reads the terminals of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, terms: TermReader, rows: RowReader) -> None:
        self._redis = redis
        self._terms = terms
        self._rows = rows

    async def read(self, app: App, start: Position) -> AsyncIterator[ScannedBlock]:
        """Read all terminals from a position on. Raises Conflict where the moves since then are not
        known any more.
        """
        for shard in range(start.shard, app.shards):
            position = start if shard == start.shard else Position(shard)
            async for scanned in self._read_shard(app, position):
                yield scanned

    async def _read_shard(self, app: App, start: Position) -> AsyncIterator[ScannedBlock]:
        shard, moves, block = _ShardScan(self._redis, app, start.shard), start.moves, start.block
        if moves is None:
            moves = await self._terms.moves_total(app, start.shard)
        while block < await shard.count_blocks():
            terminals = await shard.read(block)
            moved, moves = await self._moved_back(app, start.shard, moves, block * bitmaps.SLOTS_PER_BLOCK)
            for some in portions(moved, LOOKUPS_PER_SCRIPT):
                terminals += (await self._rows.read_terminals(app, start.shard, some)).values()
            block += 1
            yield ScannedBlock(terminals, Position(start.shard, block, moves))

    async def _moved_back(self, app: App, shard: int, moves: int, first: int) -> tuple[list[int], int]:
        """The slots before the end of the block that begins with slot `first` to which terminals
        moved that were not before it, and how many moves there are now.
        """
        total = await self._terms.moves_total(app, shard)
        if total == moves:
            return [], total
        found = await self._terms.moves_since(app, shard, moves)
        if found is None:
            raise Conflict("too many terminals moved meanwhile; begin again without `after`")
        wanted: set[int] = set()
        for former, slot in found:
            if former >= first or former in wanted:
                wanted.discard(former)
                if slot < first + bitmaps.SLOTS_PER_BLOCK:
                    wanted.add(slot)
        return sorted(wanted), moves + len(found)


class _ShardScan:
    """Reads the blocks of one shard."""

    def __init__(self, redis: Redis, app: App, shard: int) -> None:
        self._redis = redis
        self._app = app
        self._shard = shard
        self._head = tag(app, shard)
        self._names: dict[int, str] = {}

    async def count_blocks(self) -> int:
        """How many blocks the shard has."""
        async with reaching(Changes.NOTHING):
            return await self._redis.llen(f"{self._head}:blocks")

    async def read(self, block: int) -> list[Terminal]:
        """The terminals of a block."""
        # Group, rows and push tokens together, so that they are of the same terminals.
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            pipe.lindex(f"{self._head}:blocks", block)
            for chunk in range(block * _CHUNKS, (block + 1) * _CHUNKS):
                pipe.hgetall(f"{self._head}:rows:{chunk}")
                pipe.hgetall(f"{self._head}:tokens:{chunk}")
            group, *chunks = await pipe.execute()
        used = [
            (row, token, numbers_in(row))
            for rows, tokens in zip(chunks[::2], chunks[1::2], strict=True)
            for field, token in tokens.items()
            if (row := rows.get(field)) and not is_free(row)
        ]
        await self._learn({number for _, _, numbers in used for number in numbers})
        return [
            terminal_of(decode_known(row, numbers, self._names), token.decode(), parse_group(group))
            for row, token, numbers in used
        ]

    async def _learn(self, numbers: set[int]) -> None:
        """Read the names with these numbers, unless they are known."""
        if len(self._names) > _MAX_CACHED:
            self._names.clear()
        unknown = sorted(numbers - self._names.keys())
        self._names |= await read_names(self._redis, self._app, self._shard, unknown)
