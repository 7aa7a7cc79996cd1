"""Measures what bundles of small messages cost Redis: time of each script, and memory.

`python -m bench.bundles [messages]`

Times are the server's own, by message; with them the longest time that one call of a script held
the server. The reference is the server's time for a SET in the same run, so that a slow machine
lowers it, too. Memory is that of all keys, without the bodies of the messages.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from redis.asyncio import Redis

from bench.engines import start_valkey
from bench.options import parser
from pushgate.bundles.bodies import SmallMessage, encode
from pushgate.bundles.bundle_values import Change, PlannedSend, Verb
from pushgate.bundles.plan import Round
from pushgate.bundles.segment_values import Segment
from pushgate.bundles.values import MAX_PAGE, MAX_SEGMENT, Home, Send
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, AudienceSummary, ByTerminal
from pushgate.domain.clock import SystemClock, to_ms
from pushgate.domain.message import Content, Message, Options
from pushgate.domain.message_id import Position, small_id
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Group
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores

SIZES = (1, 16, 100, 250, 500, 512)
RETENTION = timedelta(days=30)
MINUTE = timedelta(minutes=1)
FCM = Group("fcm", "en")


@dataclass(frozen=True)
class ScriptTimes:
    """Server time in microseconds: of all calls together, and of the longest."""

    total: int
    longest: int


async def script_times(redis: Redis) -> ScriptTimes:
    """The times of scripts since the last call."""
    rows = cast("list[dict[str, object]]", await redis.slowlog_get(1_000_000))
    await redis.slowlog_reset()
    times = [
        cast("int", row["duration"]) for row in rows if cast("bytes", row["command"]).startswith(b"EVAL")
    ]
    return ScriptTimes(sum(times), max(times, default=0))


async def memory_beside_bodies(redis: Redis) -> int:
    """Bytes of all keys without the bodies of messages."""
    total = 0
    async for key in redis.scan_iter(count=1000):
        total += cast("int", await redis.memory_usage(key, samples=0))
        if b":c:" in key:
            total -= sum(map(len, await cast("Awaitable[list[bytes]]", redis.hvals(key.decode()))))
    return total


async def time_of_set(redis: Redis) -> float:
    """Microseconds of the server for one SET."""
    await redis.config_resetstat()
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(1000):
            pipe.set(f"reference:{number}", "x", px=1000)
        await pipe.execute()
    return float((await redis.info("commandstats"))["cmdstat_set"]["usec_per_call"])


class Measurement:
    """Messages on their way in bundles of one size."""

    def __init__(self, redis: Redis, size: int, messages: int) -> None:
        self.redis, self.size = redis, size
        self.stores = Stores.open(redis, SystemClock(), RETENTION)
        self.home = Home(App(f"bundles-of-{size}"), 0)
        self.rounds = max(2, messages // size)
        self.now: datetime = SystemClock().now()
        self.ids: list[str] = []
        self.bundles: list[int] = []
        self.rows: list[tuple[str, int, ScriptTimes]] = []

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return self.rounds * self.size

    async def note(self, name: str, messages: int) -> None:
        """Note the times of a step over so many messages."""
        self.rows.append((name, messages, await script_times(self.redis)))

    async def put(self) -> None:
        """Store each bundle's messages in segments of their own."""
        until, page, number = self.now + MINUTE + RETENTION, 0, MAX_PAGE
        for _ in range(self.rounds):
            for start in range(0, self.size, MAX_SEGMENT):
                if number >= MAX_PAGE:
                    page, number = await self.stores.segments.new_page(self.home), 0
                count = min(MAX_SEGMENT, self.size - start)
                bodies = encode([small(self.now)] * count, to_ms(self.now), to_ms(self.now))
                segment = Segment(number=number, push_at=self.now, urgent=False, bodies=bodies, count=count)
                await self.stores.segments.put(
                    self.home,
                    page,
                    [segment],
                    created_at=self.now,
                    contents_until=until,
                    results_until=until,
                    max_waiting=1_000_000,
                )
                places = (Position(0, page, number, index) for index in range(count))
                self.ids += (small_id(to_ms(self.now), place) for place in places)
                number += 1
        await self.note("put", self.messages)

    async def place(self) -> None:
        """Claim and place one bundle's messages at a time."""
        claims = [
            await self.stores.segments.claim(self.home, self.now, MINUTE, self.size, urgent=False)
            for _ in range(self.rounds)
        ]
        await self.note("claim", self.messages)
        for claimed in claims:
            sends = [
                PlannedSend(Send(segment, index, 0, index), FCM, self.now + MINUTE)
                for segment, found in enumerate(claimed)
                for index in found.waiting
            ]
            planned = Round(
                home=self.home,
                claimed=claimed,
                urgent=False,
                sends={("fcm", 1): sends},
                without_place={},
                now=self.now,
                look_at=self.now,
                results_until=self.now + MINUTE + RETENTION,
            )
            self.bundles += (bundle.number for bundle in await self.stores.bundle_planner.place(planned))
        await self.note("plan", self.messages)

    async def send(self) -> None:
        """Look after the bundles, cancel some messages, and let workers run the rest."""
        await self.stores.bundles.look_after(self.home, MINUTE, len(self.bundles))
        await self.note("look after", self.messages)
        for message_id in self.ids[:20]:
            await self.stores.small_accounts.cancel(self.home.app, message_id)
        await self.note("cancel, one a call", 20)
        for bundle in self.bundles:
            await self.stores.bundles.take(self.home, bundle, "worker", MINUTE)
        await self.note("take", self.messages)
        accepted = [Change(Verb.ACCEPTED, range(self.size))]
        for bundle in self.bundles:
            await self.stores.bundles.record(self.home, bundle, "worker", None, accepted)
        await self.note("record", self.messages)

    async def receive(self, kind: ReceiptKind, at_once: int, ids: list[str]) -> None:
        """Record receipts of one kind."""
        reports = [(message_id, [(0, int(message_id[-4:], 16))]) for message_id in ids]
        for start in range(0, len(reports), at_once):
            await self.stores.small_accounts.record_receipts(
                kind, self.home.app, reports[start : start + at_once]
            )
        await self.note(f"{kind.value}, {at_once} a call", len(ids))

    async def read(self, at_once: int, ids: list[str]) -> None:
        """Read messages with what became of them."""
        for start in range(0, len(ids), at_once):
            await self.stores.small_accounts.read(self.home.app, ids[start : start + at_once])
        await self.note(f"read, {at_once} a call", len(ids))


def small(now: datetime) -> SmallMessage:
    """A message to one terminal."""
    summary = AudienceSummary(AudienceKind.TERMINALS, 1)
    content = {"en": Content("Your parcel", "It arrives today between two and four")}
    message = Message("", "", content, "en", now, now, audience=summary, options=Options(ttl=MINUTE))
    return SmallMessage(message, ByTerminal(("terminal-000000000001",)))


async def measure(redis: Redis, size: int, messages: int) -> None:
    """Measure bundles of one size and print a table."""
    await redis.flushall()
    one = Measurement(redis, size, messages)
    await script_times(redis)
    await one.put()
    await one.place()
    await one.send()
    plain = await memory_beside_bodies(redis) / one.messages
    await redis.slowlog_reset()
    ids = one.ids[:2000]
    await one.receive(ReceiptKind.DELIVERED, 1, ids[:100])
    await one.receive(ReceiptKind.DELIVERED, 50, one.ids)
    await one.receive(ReceiptKind.CLICKED, 50, one.ids)
    await one.read(1, ids[:100])
    await one.read(32, ids)
    reported = await memory_beside_bodies(redis) / one.messages
    sys.stdout.write(f"\nbundles of {size}\n")
    for name, count, times in one.rows:
        mean, longest = times.total / count, times.longest / 1000
        sys.stdout.write(f"  {name:<24}{mean:>10,.2f} us a message, longest {longest:.2f} ms\n")
    sys.stdout.write(f"  memory beside the body  {plain:>10,.1f} B a message\n")
    sys.stdout.write(f"    delivered and clicked {reported:>10,.1f} B a message\n")


async def run(url: str, messages: int) -> None:
    """Measure bundles of all sizes."""
    redis = connect(RedisSettings(url=url))
    await redis.config_set("slowlog-log-slower-than", 0)
    await redis.config_set("slowlog-max-len", 1_000_000)
    sys.stdout.write(f"reference: SET {await time_of_set(redis):.2f} us\n")
    for size in SIZES:
        await measure(redis, size, messages)
    await redis.aclose()


def main() -> None:
    """Measure on a temporary server."""
    options = parser(__doc__)
    options.add_argument("messages", type=int, nargs="?", default=4096, help="messages of each size")
    messages = options.parse_args().messages
    with tempfile.TemporaryDirectory() as folder, start_valkey(Path(folder)) as (url, _):
        asyncio.run(run(url, messages))


if __name__ == "__main__":
    main()
