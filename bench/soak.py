"""Runs the HTTP/2 sender under faults: `python -m bench.soak [--seconds 1800]`

nghttpd is killed and restarted repeatedly, bursts are cancelled, connections replaced, credentials
renewed. Every request must have exactly one result. Memory, open files and tasks are printed after
a warm-up and at the end; they must not have grown.
"""

import asyncio
import gc
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench.machine import certificate, free_port, require_program, wait_for
from bench.options import parser
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.results import Response
from pushgate.http2.timeouts import Timeouts

WARM_UP = 15.0
MAX_GROWTH = 8 * 2**20
SENDERS = 6


@dataclass(frozen=True)
class Footprint:
    """Memory, open files and tasks of a process."""

    memory: int
    files: int
    tasks: int

    @classmethod
    def now(cls) -> "Footprint":
        """The footprint of this process now."""
        gc.collect()
        resident = Path("/proc/self/statm").read_text().split()[1]
        return cls(int(resident) * 4096, len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks()))

    def __str__(self) -> str:
        return f"{self.memory / 2**20:.1f} MiB, {self.files} open files, {self.tasks} tasks"


class Server:
    """nghttpd, which the benchmark kills and restarts."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._command = [
            require_program("nghttpd"),
            "-d",
            str(folder),
            "-m",
            "60",
            "-w",
            "13",
            "-W",
            "17",
            "--echo-upload",
        ]
        self._command += [str(self._port), str(folder / "key.pem"), str(folder / "cert.pem")]
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"https://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self._port)

    def kill(self) -> None:
        """Kill it."""
        if self._process:
            self._process.kill()
            self._process.wait()


def random_burst(rng: random.Random) -> tuple[BurstTemplate, list[bytes]]:
    """Random requests with a new credential:
    varying paths, varying bodies, or long echoed bodies."""
    headers = (
        (b"authorization", b"Bearer " + rng.randbytes(150).hex().encode()),
        (b"content-type", b"text/plain"),
    )
    count = rng.choice([1, 10, 300, 1024])
    match rng.randrange(3):
        case 0:
            paths = [b"push" if rng.random() < 0.8 else b"nowhere/%d" % n for n in range(count)]
            return BurstTemplate(path=b"/", headers=headers, body_prefix=b"x" * 200, item_in_path=True), paths
        case 1:
            return BurstTemplate(path=b"/push", headers=headers, body_prefix=b"{", body_suffix=b"}"), [
                b"%050d" % n for n in range(count)
            ]
        case _:
            return BurstTemplate(path=b"/push", headers=headers, full_response=True), [
                rng.randbytes(rng.choice([100, 40_000]))
            ] * min(count, 20)


async def send(client: Client, rng: random.Random, results: Counter[str], deadline: float) -> None:
    """Send one burst after the other; leave some of them early."""
    while time.monotonic() < deadline:
        template, items = random_burst(rng)
        leave_at = rng.randrange(len(items)) if rng.random() < 0.2 else None
        seen = bytearray(len(items))
        async with client.send(template, items) as burst:
            async for indexes, result in burst:
                for index in indexes:
                    assert not seen[index], "a request has two results"
                    seen[index] = 1
                results[str(result.status) if isinstance(result, Response) else type(result).__name__] += len(
                    indexes
                )
                if leave_at is not None and sum(seen) > leave_at:
                    results["left"] += len(items) - sum(seen)
                    break
            else:
                assert all(seen), "a request has no result"
        await asyncio.sleep(0)


async def soak(folder: Path, seconds: float, seed: int) -> bool:
    """Run it; return whether the footprint has not grown."""
    rng, results, server = random.Random(seed), Counter[str](), Server(folder)  # noqa: S311  # to be repeatable
    server.start()
    client = Client(
        server.address,
        ca=(folder / "cert.pem").read_text("utf-8"),
        max_connections=4,
        timeouts=Timeouts(response=3, connect=2),
    )
    began = time.monotonic()
    deadline = began + seconds
    senders = [asyncio.create_task(send(client, rng, results, deadline)) for _ in range(SENDERS)]
    start: Footprint | None = None
    try:
        while time.monotonic() < deadline:
            await asyncio.sleep(rng.uniform(0.5, 3))
            client.reconnect()
            await asyncio.sleep(rng.uniform(0.5, 3))
            server.kill()
            await asyncio.sleep(rng.uniform(0, 0.5))
            await asyncio.to_thread(server.start)
            if start is None and time.monotonic() - began > min(WARM_UP, seconds / 3):
                start = Footprint.now()
                sys.stdout.write(f"warm after {time.monotonic() - began:.0f} s: {start}\n")
            for task in senders:
                if task.done():
                    task.result()
        await asyncio.gather(*senders)
        footprint = Footprint.now()
    finally:
        server.kill()
        await client.close()
    sys.stdout.write(f"at the end, {seconds:.0f} s: {footprint}\n")
    sys.stdout.write(f"results: {dict(sorted(results.items()))}\n")
    assert start is not None
    return (
        footprint.memory <= start.memory + MAX_GROWTH
        and footprint.files <= start.files + 8
        and footprint.tasks <= start.tasks
    )


def main() -> int:
    """Run with the options given; the exit code is 1 when the footprint has grown."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=1800)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate(folder)
        (folder / "push").write_text("{}")
        flat = uvloop.run(soak(folder, options.seconds, options.seed))
    sys.stdout.write("flat\n" if flat else "it has grown\n")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
