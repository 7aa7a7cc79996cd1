"""Measures the registry: import, memory by kind of key, audiences counted and planned, export.

`python -m bench.audience [terminals] [--shards N] [--without-postgres]`

The references are pipelined PINGs by the same client to the same
server, and the same counts by PostgreSQL with a GIN index on tags. Each
count must be equal in both. PostgreSQL is left out, and that is said,
where its programs are not installed.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor

from bench.audience_expressions import EXPRESSIONS, Expression
from bench.audience_memory import bytes_by_kind
from bench.audience_postgres import Postgres, find_programs, start_postgres
from bench.audience_world import BATCH, LANGUAGES, NOW, TOKEN_LENGTH, VENDORS, batch, line, rows, terminal
from bench.engines import start_valkey
from bench.options import parser
from bench.storage import pings_per_second
from pushgate.api.imports.exporting import LineWriter
from pushgate.api.imports.formats import LineFormat
from pushgate.api.imports.importing import Importer
from pushgate.api.imports.parsing import LineParser
from pushgate.api.imports.reading import LineReader
from pushgate.domain.app import App
from pushgate.domain.audience import Everyone
from pushgate.domain.clock import SystemClock
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores
from pushgate.terminals.bulk.import_state import ImportState
from pushgate.terminals.bulk.scan import Position

WINDOW, CHUNK = 48_000, 65_536
REPEATS = 5
RARE_SIZES = (20, 100, 300)
"""How many terminals have a rare tag."""
RARE_TERMINALS = 120_000
"""How many terminals get one rare tag of each size."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What something cost: seconds on the clock, of this process and of Redis."""

    wall: float
    own: float
    redis: float

    def line(self, name: str, count: int, unit: str) -> str:
        """The cost of each of `count` things, in words."""
        each = 1e6 / count
        return (
            f"{name:<44}{count / self.wall:>12,.0f} {unit}/s; us each: {self.own * each:,.1f} own, "
            f"{self.redis * each:,.1f} Redis = {count / self.redis:,.0f}/s a Redis core\n"
        )


class World:
    """A registry under measurement."""

    def __init__(self, redis: Redis, app: App) -> None:
        self.redis, self.app = redis, app
        self.stores = Stores.open(redis, SystemClock(), timedelta(days=30))

    async def cost_of(self, work: Awaitable[object]) -> Cost:
        """Wait for the work and measure it."""
        began = time.perf_counter(), time.process_time(), await self._redis_cpu()
        await work
        ended = time.perf_counter(), time.process_time(), await self._redis_cpu()
        return Cost(*(after - before for before, after in zip(began, ended, strict=True)))

    async def _redis_cpu(self) -> float:
        used = await self.redis.info("cpu")
        return float(used["used_cpu_user_main_thread"]) + float(used["used_cpu_sys_main_thread"])

    async def used_memory(self) -> int:
        """Bytes that the data takes."""
        return int((await self.redis.info("memory"))["used_memory"])

    async def import_lines(self, windows: Iterator[bytes]) -> Cost:
        """Import lines as the API does; the making of the lines is not counted."""
        total = Cost(0, 0, 0)
        clock, vendors = SystemClock(), {name: configured_vendor(name) for name in VENDORS}
        parser = LineParser(configured_app(self.app, vendors))
        async with self.stores.import_registration.open(self.app) as registration:
            for lines in windows:
                state = ImportState(started_at=clock.now(), updated_at=clock.now())
                reader = LineReader(parser, LineFormat.NDJSON, 0, b"")
                importer = Importer(reader, registration, state, clock, _no_record)
                cost = await self.cost_of(importer.run(_chunks(lines)))
                assert state.created == lines.count(b"\n"), state.bad_lines[:3]
                total = Cost(total.wall + cost.wall, total.own + cost.own, total.redis + cost.redis)
        return total


async def _no_record(_: ImportState) -> None:
    """An import without a name has no record."""


async def _chunks(lines: bytes) -> AsyncIterator[bytes]:
    """A request's body, as a server hands it on."""
    for start in range(0, len(lines), CHUNK):
        yield lines[start : start + CHUNK]


def windows(count: int) -> Iterator[bytes]:
    """The first `count` terminals as lines, about so many at a time as an import gathers."""
    found: list[bytes] = []
    for some in rows(count):
        found += map(line, some)
        if len(found) >= WINDOW:
            yield b"".join(found)
            found = []
    if found:
        yield b"".join(found)


async def counted(world: World, expression: Expression) -> tuple[dict[tuple[int, int], int], list[float]]:
    """The terminals of an audience by vendor and language, and how long counting took, in ms."""
    found: dict[Group, int] = {}
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = dict((await world.stores.resolver.count(world.app, expression.audience, "")).groups)
        times.append((time.perf_counter() - began) * 1000)
    places = {
        (VENDORS.index(group.vendor), LANGUAGES.index(group.language)): count
        for group, count in found.items()
        if count
    }
    return places, times


async def planned(world: World, expression: Expression, number: int) -> Cost:
    """Plan a message to the audience."""

    async def plan() -> None:
        async for shard, selection in world.stores.resolver.resolve(world.app, expression.audience, ""):
            message_shard = MessageShard(world.app, shard, f"{number:030x}", NOW + timedelta(days=60))
            blocks = [
                Planned(Block(group, block), bits)
                for group, by_block in selection.items()
                for block, bits in by_block.items()
                if bits
            ]
            await world.stores.plans.write(message_shard, blocks)

    return await world.cost_of(plan())


async def compare(world: World, postgres: Postgres | None, write: Callable[[str], object]) -> None:
    """Count and plan each expression, in Pushgate and in PostgreSQL."""
    write(f"{'':<16}{'terminals':>12}{'count ms':>10}{'PostgreSQL ms':>15}{'ratio':>8}{'plan ms':>10}\n")
    for number, expression in enumerate(EXPRESSIONS):
        groups, times = await counted(world, expression)
        cost = await planned(world, expression, number)
        ms, reference, ratio = statistics.median(times), "", ""
        if postgres:
            assert postgres.count(expression.condition) == groups, expression.name
            taken = statistics.median(postgres.milliseconds(expression.condition) for _ in range(REPEATS))
            reference, ratio = f"{taken:,.1f}", f"{taken / ms:,.1f}"
        cells = f"{sum(groups.values()):>12,}{ms:>10,.1f}{reference:>15}{ratio:>8}{cost.wall * 1000:>10,.1f}"
        write(f"{expression.name:<16}{cells}\n")
    everyone = await planned(world, Expression("all", Everyone(), "true"), len(EXPRESSIONS))
    write(f"plan of all: {everyone.wall * 1000:,.0f} ms, of which Redis {everyone.redis * 1000:,.1f} ms\n")


async def measure_rare_tags(world: World, count: int, write: Callable[[str], object]) -> None:
    """What a tag that few terminals have costs, for each of them."""
    batches = min(RARE_TERMINALS, count // 2) // BATCH
    places = range(0, batches * (count // BATCH // batches), count // BATCH // batches)
    await tag_rarely(world, places, [])  # a row that is written again may take less room
    for number, size in enumerate(RARE_SIZES):
        before = await world.used_memory()
        await tag_rarely(world, places, RARE_SIZES[: number + 1])
        each = (await world.used_memory() - before) / (batches * BATCH)
        tags = batches * BATCH // size
        write(f"{tags:>8,} more tags of {size:>4} terminals: {each:,.1f} B for each of them\n")


async def tag_rarely(world: World, places: range, sizes: Sequence[int]) -> None:
    """Give each terminal of these batches one rare tag of each size."""
    tags = [(size, len(places) * BATCH // size) for size in sizes]
    for order, place in enumerate(places):
        some = [
            replace(
                known,
                tags=(
                    *known.tags,
                    *(f"rare{size}-{(order * BATCH + index) % count}" for size, count in tags),
                ),
            )
            for index, known in enumerate(map(terminal, batch(place)))
        ]
        await world.stores.registry.register(world.app, some)


async def export(world: World) -> int:
    """Write all terminals as lines; returns how many there are."""
    writer, total = LineWriter(LineFormat.NDJSON), 0
    async for scanned in world.stores.terminal_scan.read(world.app, Position()):
        total += writer.lines(scanned.terminals).count(b"\n")
    return total


async def measure(
    world: World, count: int, postgres: Postgres | None, write: Callable[[str], object]
) -> None:
    """Measure all of it, and print as it goes."""
    speed = await pings_per_second(world.redis)
    write(f"{count:,} terminals in {world.app.shards} shards; reference: {speed:,.0f} pipelined PINGs/s\n")
    before = await world.used_memory()
    cost = await world.import_lines(windows(count))
    write(cost.line("import", count, "terminals"))
    used = (await world.used_memory() - before) / count
    write(f"memory: token of {TOKEN_LENGTH} B + {used - TOKEN_LENGTH:,.0f} B a terminal; by kind of key:\n")
    for kind, size in (await bytes_by_kind(world.redis)).items():
        write(f"{kind:>16} {size / count:,.1f}\n")
    if postgres:
        began = time.perf_counter()
        postgres.load(rows(count))
        size = postgres.bytes_used() / count
        write(f"PostgreSQL: loaded in {time.perf_counter() - began:,.0f} s, {size:,.0f} B a terminal\n")
    await compare(world, postgres, write)
    write((await world.cost_of(export(world))).line("export", count, "terminals"))
    await measure_rare_tags(world, count, write)


def main() -> None:
    """Measure on temporary servers."""
    options = parser(__doc__)
    options.add_argument("terminals", type=int, nargs="?", default=1_000_000)
    options.add_argument("--shards", type=int, default=2)
    options.add_argument("--without-postgres", action="store_true")
    given = options.parse_args()
    programs = None if given.without_postgres else find_programs()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # PostgreSQL runs as another user
        url, _ = stack.enter_context(start_valkey(folder))
        postgres = stack.enter_context(start_postgres(programs, folder / "postgres")) if programs else None
        if postgres is None:
            sys.stdout.write("PostgreSQL is left out\n")
        world = World(connect(RedisSettings(url=url)), App("bench", given.shards))
        asyncio.run(measure(world, given.terminals, postgres, _write))


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
