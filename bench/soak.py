"""Trouble for the HTTP/2 sender, for as long as you like: `python -m bench.soak [--seconds 1800]`

nghttpd is killed and started again and again; sends are left in mid-flight, connections retired, credentials renewed,
answers mixed. Every request must come to one end; memory, open files and tasks are printed at the start, after a time to
warm up, and at the end, and must not have grown.
"""

import argparse
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

from bench.machine import certificate, free_port, tool, wait_for
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.results import Response
from pushgate.http2.timeouts import Timeouts

WARM_UP = 15.0
MAY_GROW = 8 * 2**20
SENDERS = 6


@dataclass(frozen=True)
class Footprint:
    """What the process holds."""

    memory: int
    files: int
    tasks: int

    @classmethod
    def now(cls) -> "Footprint":
        """Of this process."""
        gc.collect()
        resident = Path("/proc/self/statm").read_text().split()[1]
        return cls(int(resident) * 4096, len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks()))

    def __str__(self) -> str:
        return f"{self.memory / 2**20:.1f} MiB, {self.files} open files, {self.tasks} tasks"


class Server:
    """nghttpd, which does not live long."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._command = [
            tool("nghttpd"),
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
        """Kill it on the spot."""
        if self._process:
            self._process.kill()
            self._process.wait()


def template(chance: random.Random) -> tuple[BurstTemplate, list[bytes]]:
    """Some requests: paths that differ, bodies that differ, long bodies that come back; each credential is new."""
    headers = (
        (b"authorization", b"Bearer " + chance.randbytes(150).hex().encode()),
        (b"content-type", b"text/plain"),
    )
    count = chance.choice([1, 10, 300, 1024])
    match chance.randrange(3):
        case 0:
            paths = [b"push" if chance.random() < 0.8 else b"nowhere/%d" % n for n in range(count)]
            return BurstTemplate(path=b"/", headers=headers, body_prefix=b"x" * 200, item_in_path=True), paths
        case 1:
            return BurstTemplate(path=b"/push", headers=headers, body_prefix=b"{", body_suffix=b"}"), [
                b"%050d" % n for n in range(count)
            ]
        case _:
            return BurstTemplate(path=b"/push", headers=headers, full_response=True), [
                chance.randbytes(chance.choice([100, 40_000]))
            ] * min(count, 20)


async def send(client: Client, chance: random.Random, ends: Counter[str], until: float) -> None:
    """One burst after the other; some are left early."""
    while time.monotonic() < until:
        shared, items = template(chance)
        leave_at = chance.randrange(len(items)) if chance.random() < 0.2 else None
        seen = bytearray(len(items))
        async with client.send(shared, items) as burst:
            async for indexes, end in burst:
                for index in indexes:
                    assert not seen[index], "a request has two ends"
                    seen[index] = 1
                ends[str(end.status) if isinstance(end, Response) else type(end).__name__] += len(indexes)
                if leave_at is not None and sum(seen) > leave_at:
                    ends["left"] += len(items) - sum(seen)
                    break
            else:
                assert all(seen), "a request has no end"
        await asyncio.sleep(0)


async def soak(folder: Path, seconds: float, seed: int) -> bool:
    """Run it; tells whether nothing has grown."""
    chance, ends, server = random.Random(seed), Counter[str](), Server(folder)  # noqa: S311  # to be repeatable
    server.start()
    client = Client(
        server.address,
        ca_file=folder / "cert.pem",
        max_connections=4,
        timeouts=Timeouts(response=3, connect=2),
    )
    began = time.monotonic()
    until = began + seconds
    senders = [asyncio.create_task(send(client, chance, ends, until)) for _ in range(SENDERS)]
    start: Footprint | None = None
    try:
        while time.monotonic() < until:
            await asyncio.sleep(chance.uniform(0.5, 3))
            client.reconnect()
            await asyncio.sleep(chance.uniform(0.5, 3))
            server.kill()
            await asyncio.sleep(chance.uniform(0, 0.5))
            await asyncio.to_thread(server.start)
            if start is None and time.monotonic() - began > min(WARM_UP, seconds / 3):
                start = Footprint.now()
                sys.stdout.write(f"warm after {time.monotonic() - began:.0f} s: {start}\n")
            for task in senders:
                if task.done():
                    task.result()
        await asyncio.gather(*senders)
        end = Footprint.now()
    finally:
        server.kill()
        await client.close()
    sys.stdout.write(f"at the end, {seconds:.0f} s: {end}\n")
    sys.stdout.write(f"ends: {dict(sorted(ends.items()))}\n")
    assert start is not None
    return end.memory <= start.memory + MAY_GROW and end.files <= start.files + 8 and end.tasks <= start.tasks


def main() -> int:
    """Read the options and run; the exit code is 1 when something has grown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate(folder)
        (folder / "push").write_text("{}")
        flat = uvloop.run(soak(folder, options.seconds, options.seed))
    sys.stdout.write("flat\n" if flat else "it has grown\n")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
