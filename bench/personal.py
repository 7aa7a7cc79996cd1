"""Measures what personal content costs: a broadcast through a whole worker, plain and personal.

`python -m bench.personal [terminals] [--pairs N] [--vendor fcm|apns]`

Each terminal has a name of its own and one of 300 cities. The personal message has five
placeholders: a name and a city in the title and the body, and the name once more in the data. Plain
and personal broadcasts take turns on the same terminals, the same worker and the same server; the
ratio is that of their rates. The time runs as in bench.worker. `--pairs` is how many of each. The
goal is a ratio of 0.5: below it the command ends with 1.
"""

import asyncio
import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis as redis_client
from msgspec.structs import replace

from bench.engines import MEASURED_CORE, OTHER_CORE, PUSHGATE, run_process, start_engines
from bench.measuring import measure_in_folder
from bench.options import parser
from bench.sender import nghttpd
from bench.system import configuration
from bench.worker import APP, RETENTION, Broadcast, broadcast, message
from pushgate.domain.clock import SystemClock
from pushgate.domain.message import Content, Message, Personal
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.terminals.bulk.registry import BulkRegistry
from pushgate.terminals.registered_apps import RegisteredApps
from pushgate.terminals.registry import Registry

VENDORS = ("fcm", "apns")
GOAL = 0.5
"""The least share of the rate of a plain broadcast."""
_CITIES = 300
_BATCH = 10_000
_PLAIN = Content("Hi Ann Example", "The weather in Springfield, Ann Example: sunny", None, {"for": "Ann"})
_PERSONAL = Content(
    'Hi {{ name | default: "friend" }}',
    'The weather in {{ city }}, {{ name | default: "friend" }}: sunny',
    None,
    {"for": "{{ name }}", "city": "{{ city }}"},
)


@dataclass(frozen=True)
class Cost:
    """A broadcast, and the commands that Redis carried out during it."""

    sent: Broadcast
    commands: int


def token(vendor: str, number: int) -> str:
    """A push token: of FCM 152 characters, of APNs 64 hexadecimal digits."""
    digest = hashlib.sha512(b"%d" % number).hexdigest()
    return (digest * 2)[:152] if vendor == "fcm" else digest[:64]


def terminals(vendor: str, count: int) -> Iterator[list[Terminal]]:
    """Terminals in batches."""
    for start in range(0, count, _BATCH):
        yield [
            Terminal(
                f"t-{n}",
                vendor,
                token(vendor, n),
                "en",
                attributes={
                    "name": f"Person {n}",
                    "city": f"City {n % _CITIES}",
                    "plan": "basic",
                },
            )
            for n in range(start, min(start + _BATCH, count))
        ]


async def register(url: str, vendor: str, count: int) -> None:
    """Register the terminals, as an import does."""
    redis, clock = connect(RedisSettings(url=url)), SystemClock()
    await RegisteredApps(redis).ensure_app(APP)
    async with BulkRegistry(redis, clock, Registry(redis, clock, RETENTION)).open(APP) as registration:
        for batch in terminals(vendor, count):
            await registration.register(batch)
    await redis.aclose()


def write_files(folder: Path, vendor: str, count: int) -> None:
    """Write what nghttpd answers with 200: a file for each path of APNs."""
    if vendor == "apns":
        devices = folder / "3" / "device"
        devices.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            (devices / token(vendor, number)).touch()


def messages() -> tuple[Message, Message]:
    """A plain message and a personal one."""
    plain, personal = (
        replace(message(), content={"en": _PLAIN}),
        replace(message(), content={"en": _PERSONAL}),
    )
    return plain, replace(personal, personal=Personal())


def cost(url: str, count: int, worker: int, given: Message) -> Cost:
    """Send a message to all."""
    with redis_client.Redis.from_url(url) as redis:
        before = redis.info("stats")["total_commands_processed"]
        sent = asyncio.run(broadcast(url, count, worker, given))
        return Cost(sent, redis.info("stats")["total_commands_processed"] - before)


def measure(folder: Path, vendor: str, count: int, pairs: int, below: list[str]) -> None:
    """Start all processes, register terminals, send plain and personal messages by turns, print.
    A vendor that misses the goal is added to `below`.
    """
    write_files(folder, vendor, count)
    with nghttpd(folder, tls=False) as server, start_engines(folder) as engines, ExitStack() as stack:
        config = ["--config", str(configuration(folder, engines, server, vendor=vendor))]
        asyncio.run(register(engines.redis, vendor, count))
        stack.enter_context(run_process([*PUSHGATE, "scheduler", *config], OTHER_CORE, folder / "log"))
        worker = stack.enter_context(
            run_process([*PUSHGATE, "worker", *config], MEASURED_CORE, folder / "log")
        )
        time.sleep(3)
        cost(engines.redis, count, worker.pid, messages()[0])  # connects, and warms everything up
        found = [[cost(engines.redis, count, worker.pid, one) for one in messages()] for _ in range(pairs)]
    plain, personal = zip(*found, strict=True)
    sys.stdout.write(f"{vendor}, {count:,} terminals, {pairs} pairs\n")
    for name, costs in (("plain", plain), ("personal", personal)):
        sys.stdout.write(line(name, costs, count))
    cpu = sum(one.sent.cpu for one in plain) / sum(one.sent.cpu for one in personal)
    mean = sum(one.sent.seconds for one in plain) / sum(one.sent.seconds for one in personal)
    by_turns = ", ".join(f"{first.sent.seconds / second.sent.seconds:.2f}" for first, second in found)
    if mean < GOAL:
        below.append(vendor)
    sys.stdout.write(f"personal / plain {mean:.2f} (pairs {by_turns}); by the worker's CPU {cpu:.2f}\n")


def line(name: str, costs: Sequence[Cost], count: int) -> str:
    """Rate, CPU of the worker and commands of Redis a terminal, on average."""
    total = count * len(costs)
    rate = total / sum(one.sent.seconds for one in costs)
    cpu = sum(one.sent.cpu for one in costs) / total * 1e6
    commands = sum(one.commands for one in costs) / total
    return f"{name:<10}{rate:>12,.0f}/s{cpu:>8.1f} us of the worker{commands:>8.3f} commands a terminal\n"


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("terminals", type=int, nargs="?", default=200_000)
    options.add_argument("--pairs", type=int, default=3)
    options.add_argument("--vendor", choices=VENDORS)
    chosen = options.parse_args()
    below: list[str] = []
    for vendor in [chosen.vendor] if chosen.vendor else VENDORS:
        run = partial(measure, vendor=vendor, count=chosen.terminals, pairs=chosen.pairs, below=below)
        measure_in_folder(run)
    if below:
        sys.exit(f"below {GOAL} of the plain rate: {', '.join(below)}")


if __name__ == "__main__":
    main()
