"""The page of sizes, from the capacity model."""

from datetime import timedelta
from typing import Final, NamedTuple

from bench.capacity import (
    BATCH,
    BROADCAST,
    BUSY,
    REPLICATION,
    SINGLE,
    TERMINAL,
    Cost,
    Need,
    need,
    registry_nodes,
)

HEAD: Final = f"""# Sizing

Generated from the capacity model (`bench/capacity.py`) by `make docs`. The model multiplies a rate by the
cost of one message, which `python -m bench.fleet` measures. Its cores are {BUSY:.0%} busy on average. A
master of Redis needs {REPLICATION:g} times the CPU because it has a replica and an append-only file. Measure
your own machines with `pushgate load`.

Most broadcasts are limited by a vendor's quota, which this page does not show. FCM, for example, accepts by
default 600,000 messages a minute for a project, 10,000 a second.
"""
DAY: Final = timedelta(days=1).total_seconds()
HOUR: Final = timedelta(hours=1).total_seconds()


class Small(NamedTuple):
    """Small messages at a rate, for so many seconds a day; days for which results and contents are
    kept.
    """

    name: str
    cost: Cost
    rate: float
    seconds: float
    results: int
    content: int


SMALL: Final = (
    Small("100 a second", SINGLE, 100.0, DAY, 7, 7),
    Small("1,000 a second", SINGLE, 1_000.0, DAY, 7, 1),
    Small("10,000 a second, in batches, for 6 hours a day", BATCH, 10_000.0, DAY / 4, 7, 1),
    Small("10,000 a second, in batches, all day", BATCH, 10_000.0, DAY, 2, 1),
    Small("100,000 a second, in batches, for an hour a day", BATCH, 100_000.0, HOUR, 1, 1),
    Small("1,000,000 a second, in batches, for 10 minutes a day", BATCH, 1_000_000.0, HOUR / 6, 1, 1),
    Small("1,000,000 a second, in batches, all day", BATCH, 1_000_000.0, DAY, 1, 1),
)
BROADCASTS: Final = (
    ("1 million in a minute", 1_000_000, 60.0),
    ("10 million in 2 minutes", 10_000_000, 120.0),
    ("100 million in 5 minutes", 100_000_000, 300.0),
    ("1 billion in 10 minutes", 1_000_000_000, 600.0),
)


def sizing() -> str:
    """The whole document."""
    return "\n".join([HEAD, _costs(), _small(), _broadcasts(), _REMARKS])


def _costs() -> str:
    rows = "".join(
        f"| {name} | {_figures(cost)} | {cost.memory:,} B | {cost.content:,} B |\n"
        for name, cost in (
            ("small message by `:batch`", BATCH),
            ("small message by a POST of its own", SINGLE),
            ("terminal of a broadcast", BROADCAST),
        )
    )
    return (
        "## What one costs\n\nCPU time by process in microseconds, and bytes of results and contents "
        "in Redis. "
        f"A registered terminal with a token of 152 bytes takes {TERMINAL} bytes.\n\n"
        "| What | API | scheduler | worker | Redis | gearmand | results | content |\n"
        "|---|---|---|---|---|---|---|---|\n" + rows
    )


def _figures(cost: Cost) -> str:
    return " | ".join(
        f"{one:g}" for one in (cost.api, cost.scheduler, cost.worker, cost.redis, cost.gearmand)
    )


def _small() -> str:
    rows = "".join(
        f"| {small.name} | {_cores(found)} | {found.redis:,} | {_size(found.memory)} "
        f"| {_days(small.results)}, {_days(small.content)} |\n"
        for small in SMALL
        for found in (
            need(
                small.cost,
                small.rate,
                results=small.seconds * small.results,
                content=small.seconds * small.content,
            ),
        )
    )
    return (
        "## Small messages\n\nThe table shows cores by kind of process, and masters of Redis. A master has "
        "a core and 24 GiB of data. Results are kept for `retention` and contents for `content_retention` "
        "after a message's time to live: at least a day. The table assumes a short time to live.\n\n"
        "| Rate | API | schedulers | workers | masters | memory | results, content kept for |\n"
        "|---|---|---|---|---|---|---|\n" + rows
    )


def _broadcasts() -> str:
    rows = "".join(
        f"| {name} | {found.worker} | {max(found.redis, registry_nodes(terminals))} "
        f"| {_size(terminals * TERMINAL)} | {max(1, round(terminals / 1e6)):,} |\n"
        for name, terminals, seconds in BROADCASTS
        for found in (need(BROADCAST, terminals / seconds, results=0, content=0),)
    )
    return (
        "## Broadcasts\n\n"
        "| Broadcast | worker cores | masters | memory of the registry | shards of the app |\n"
        "|---|---|---|---|---|\n" + rows
    )


def _cores(found: Need) -> str:
    return f"{found.api} | {found.scheduler} | {found.worker}"


def _size(size: float) -> str:
    return f"{size / 2**30:,.0f} GiB" if size >= 10 * 2**30 else f"{size / 2**30:.1f} GiB"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


_REMARKS: Final = """## What to remember

- To survive the loss of any machine, run at least two of everything: API, scheduler, worker, webhook sender,
  gearmand, and a replica for each master.
- A cluster spreads an app by its shards. Data that belongs to no shard, such as large messages in the queue,
  is on one master. Small messages never go there.
- A shard carries about a million terminals. Choose the number of shards before the app has terminals: it is
  fixed then.
- TLS to vendors costs workers about a quarter more.
"""
