"""All terminals of an app, read in the order of their slots while others register and move.

A terminal that is registered all the time is read at least once; one that moves may be read twice.
"""

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict
from pushgate.domain.terminal import Group, Terminal
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.terminals.chunks import SLOTS_PER_CHUNK, by_chunk
from pushgate.terminals.rows import decode_row, is_free, numbers_in, terminal_of
from pushgate.terminals.term_reader import TermReader

_CHUNKS = bitmaps.SLOTS_PER_BLOCK // SLOTS_PER_CHUNK
_NAMES_PER_KEY = 64
_MAX_CACHED = 100_000


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What is stored by the slots of a chunk, and their group."""

    rows: dict[bytes, bytes]
    tokens: dict[bytes, bytes]
    group: Group


@dataclass(frozen=True, slots=True)
class Position:
    """How far a scan is: all before `block` of the shard was read, and so were the terminals that
    moved in the shard's first `moves` moves.
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

    def __init__(self, redis: Redis, terms: TermReader) -> None:
        self._redis = redis
        self._terms = terms

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
            terminals = await shard.read(range(block * _CHUNKS, (block + 1) * _CHUNKS))
            moved, moves = await self._moved_back(app, start.shard, moves, block * bitmaps.SLOTS_PER_BLOCK)
            terminals += await shard.read_slots(moved)
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
    """Reads rows, push tokens and names of one shard."""

    def __init__(self, redis: Redis, app: App, shard: int) -> None:
        self._redis = redis
        self._head = tag(app, shard)
        self._names: dict[int, str] = {}

    async def count_blocks(self) -> int:
        """How many blocks the shard has."""
        async with reaching(Changes.NOTHING):
            return await self._redis.llen(f"{self._head}:blocks")

    async def read(self, chunks: Sequence[int]) -> list[Terminal]:
        """The terminals of these chunks."""
        read = await self._read_chunks(chunks)
        used = [row for chunk in read for row in chunk.rows.values() if not is_free(row)]
        await self._learn({number for row in used for number in numbers_in(row)})
        return [
            self._terminal(row, token, chunk.group)
            for chunk in read
            for field, token in chunk.tokens.items()
            if (row := chunk.rows.get(field)) and not is_free(row)
        ]

    async def read_slots(self, slots: Sequence[int]) -> list[Terminal]:
        """The terminals that have these slots."""
        found: list[Terminal] = []
        for chunk, offsets in sorted(by_chunk(slots).items()):
            wanted = {b"%d" % offset for offset in offsets}
            (read,) = await self._read_chunks([chunk])
            rows = {field: row for field, row in read.rows.items() if field in wanted and not is_free(row)}
            await self._learn({number for row in rows.values() for number in numbers_in(row)})
            found += [self._terminal(row, read.tokens[field], read.group) for field, row in rows.items()]
        return found

    async def _read_chunks(self, chunks: Sequence[int]) -> list[_Chunk]:
        """Rows, push tokens and groups together, so that they are of the same terminals."""
        blocks = sorted({chunk // _CHUNKS for chunk in chunks})
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            for chunk in chunks:
                pipe.hgetall(f"{self._head}:rows:{chunk}")
                pipe.hgetall(f"{self._head}:tokens:{chunk}")
            for block in blocks:
                pipe.lindex(f"{self._head}:blocks", block)
            answers = await pipe.execute()
        groups = dict(zip(blocks, answers[2 * len(chunks) :], strict=True))
        return [
            _Chunk(
                answers[2 * number], answers[2 * number + 1], Group.parse(groups[chunk // _CHUNKS].decode())
            )
            for number, chunk in enumerate(chunks)
        ]

    async def _learn(self, numbers: set[int]) -> None:
        """Read the names with these numbers, unless they are known."""
        if len(self._names) > _MAX_CACHED:
            self._names.clear()
        by_key: dict[int, list[int]] = {}
        for number in sorted(numbers - self._names.keys()):
            by_key.setdefault(number // _NAMES_PER_KEY, []).append(number)
        for key, some in by_key.items():
            fields = [str(number % _NAMES_PER_KEY) for number in some]
            async with reaching(Changes.NOTHING):
                raw = await cast(
                    "Awaitable[list[bytes]]", self._redis.hmget(f"{self._head}:named:{key}", fields)
                )
            self._names |= {number: name.decode() for number, name in zip(some, raw, strict=True)}

    def _terminal(self, row: bytes, token: bytes, group: Group) -> Terminal:
        names = [self._names[number] for number in numbers_in(row)]
        return terminal_of(decode_row(row, names), token.decode(), group)
