"""Measures how many large messages a second one queue carries, from many apps at once.

All large messages pass the queue, whose keys have the hash tag `{q}` and lie on one node of a
cluster. Each message here goes to all of the few terminals of its app, so that planning and sending
cost little. The CPU of Redis is that of the shards, too: an upper bound of the queue's.

Examples:

  python -m bench.queue
  python -m bench.queue --apps 200 --messages 20000
"""

import argparse
import asyncio
import sys
import time
import tomllib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import orjson
import tomli_w
import uvloop

from bench.engines import MEASURED_CORE, OTHER_CORE, start_engines
from bench.load import Connection, connect, on_core, request_bytes, require_accepted
from bench.measuring import measure_in_folder
from bench.options import parser
from bench.sender import nghttpd
from bench.system import APP, System, Usage, configuration, create_key, start_system, wait_until

TERMINALS, CONNECTIONS = 10, 32


def add_apps(config: Path, count: int) -> list[str]:
    """Give the configuration so many apps like the one that it has; return their names."""
    document = tomllib.loads(config.read_text("utf-8"))
    section = document["apps"][APP]
    names = [APP, *(f"{APP}-{number}" for number in range(1, count))]
    document["apps"] = dict.fromkeys(names, section)
    config.write_text(tomli_w.dumps(document), "utf-8")
    return names


def prepare(port: int, operator: str, app: str) -> str:
    """Make an API key of an app and register its terminals; return the key."""
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {operator}"}, timeout=60) as client:
        wanted = {"app": app, "name": "bench", "scopes": ["push", "read", "terminals"]}
        key = client.post("/v1/keys", json=wanted).raise_for_status().json()["key"]
        terminals = [
            {"id": f"t-{n}", "vendor": "fcm", "token": f"{app}{n:0150d}", "language": "en"}
            for n in range(TERMINALS)
        ]
        client.post(
            "/v1/terminals:batch",
            json={"terminals": terminals},
            headers={"Authorization": f"Bearer {key}"},
        ).raise_for_status()
    return str(key)


async def post(port: int, requests: Sequence[bytes]) -> None:
    """Post the requests, some at once."""
    left = iter(requests)

    async def work(connection: Connection) -> None:
        for request in left:
            require_accepted(await connection.send(request))
        connection.close()

    await asyncio.gather(*(work(one) for one in await connect(port, CONNECTIONS)))


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Run Pushgate with many apps, send large messages of all, print."""
    with ExitStack() as stack:
        fcm = stack.enter_context(nghttpd(folder, tls=False))
        engines = stack.enter_context(start_engines(folder))
        config = configuration(folder, engines, fcm)
        apps = add_apps(config, options.apps)
        cores = {"api": MEASURED_CORE, "scheduler": MEASURED_CORE, "worker": OTHER_CORE}
        system = stack.enter_context(start_system(folder, config, cores))
        operator = create_key(config, "--scopes", "operator", app=None)
        keys = [prepare(system.port, operator, app) for app in apps]
        body = orjson.dumps(
            {"content": {"en": {"title": "Sale", "body": "Today only"}}, "audience": {"all": True}}
        )
        requests = [
            request_bytes("/v1/messages", body, {"Authorization": f"Bearer {keys[number % len(keys)]}"})
            for number in range(options.messages)
        ]
        pids = {**system.pids, "redis": engines.pids["valkey"]}
        before = {name: Usage.of(pid).cpu for name, pid in pids.items()}
        began = time.perf_counter()
        with on_core(OTHER_CORE):
            uvloop.run(post(system.port, requests))
        posted = time.perf_counter() - began
        with System(system.port, operator, {}).client() as client:
            wait_until(lambda: _accepted(client), options.messages * TERMINALS)
        took = time.perf_counter() - began
        used = {name: (Usage.of(pid).cpu - before[name]) / len(requests) * 1e6 for name, pid in pids.items()}
    sys.stdout.write(
        f"{len(apps)} apps, {len(requests):,} messages to {TERMINALS} terminals each: posted at "
        f"{len(requests) / posted:,.0f}/s, sent at {len(requests) / took:,.0f}/s\n"
        + "".join(f"CPU of {name}, us a message{cpu:>10,.0f}\n" for name, cpu in used.items())
        + f"a node that is 60 % busy carries at least {0.6e6 / used['redis']:,.0f} large messages a second\n"
    )


def _accepted(client: httpx.Client) -> int:
    response = client.get("/status")
    rows = response.raise_for_status().json()["terminals"]
    return sum(row["count"] for row in rows if row["state"] == "accepted")


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--apps", type=int, default=100, help="how many (default: 100)")
    arguments.add_argument("--messages", type=int, default=10_000, help="of all apps (default: 10000)")
    options = arguments.parse_args()
    measure_in_folder(lambda folder: measure(folder, options))


if __name__ == "__main__":
    main()
