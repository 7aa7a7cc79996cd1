"""The HTTP/2 sender against other clients: the same server, the same requests, the same core. `python -m bench.sender`

nghttpd has one core, each client in its turn the other one. A client that the machine does not have is left out, and said
to be.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.clients import BEARER, CONNECTIONS, PATH, STREAMS, request
from bench.machine import certificate, free_port, machine, pinned, tool, wait_for

COUNTS = {"httpx": 8_000, "aioapns": 20_000, "pyreqwest": 60_000, "pycurl": 60_000, "go": 100_000}
COUNT = 600_000
SERVER_CORE, CLIENT_CORE = 1, 0


@dataclass(frozen=True)
class Figure:
    """What one client reached."""

    client: str
    transport: str
    rate: float
    cpu: float
    """Microseconds a request."""


@contextmanager
def nghttpd(folder: Path, *, tls: bool) -> Iterator[str]:
    """A server that has a file for every path that is asked for."""
    port = free_port()
    command = [tool("nghttpd"), "-d", str(folder), "-m", str(STREAMS)]
    command += (
        [str(port), str(folder / "key.pem"), str(folder / "cert.pem")] if tls else ["--no-tls", str(port)]
    )
    process = subprocess.Popen(
        pinned(SERVER_CORE, command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def fill(folder: Path) -> None:
    """The files behind the paths; their content is what FCM answers."""
    for shape in ("fcm", "apns"):
        for number in range(1000):
            file = folder / request(shape, number)[0].lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text('{"name":"projects/bench/messages/0:1234567890"}' if shape == "fcm" else "")


def python_client(name: str, url: str, shape: str, folder: Path) -> Figure:
    """One of bench.clients."""
    count = COUNTS.get(name, COUNT)
    command = [sys.executable, "-m", "bench.clients", name, url, shape, str(count)]
    if url.startswith("https"):
        command.append(str(folder / "cert.pem"))
    return told(
        name, url, count, subprocess.run(pinned(CLIENT_CORE, command), check=True, capture_output=True).stdout
    )


def go_client(url: str, shape: str, folder: Path) -> Figure:
    """bench/go, built on the spot."""
    binary = folder / "go-client"
    if not binary.exists():
        environment = {
            **os.environ,
            "GOFLAGS": "-mod=mod",
            "GOTOOLCHAIN": "local",
            "GOCACHE": str(folder / "go"),
        }
        source = Path(__file__).parent / "go"
        subprocess.run([tool("go"), "build", "-o", str(binary), "."], cwd=source, check=True, env=environment)
    count = COUNTS["go"]
    command = [str(binary), url, shape, BEARER, str(count), str(CONNECTIONS * STREAMS)]
    done = subprocess.run(
        pinned(CLIENT_CORE, command), check=True, capture_output=True, env={**os.environ, "GOMAXPROCS": "1"}
    )
    return told("go net/http", url, count, done.stdout)


def told(name: str, url: str, count: int, line: bytes) -> Figure:
    """The figure in a client's line of JSON."""
    found = json.loads(line)
    assert found["answered"] == count, f"{name}: {found}"
    return Figure(name, _transport(url), count / found["seconds"], found["cpu"] / count * 1e6)


def h2load(url: str, shape: str, folder: Path) -> Figure:
    """The C client; it repeats one body, and takes the paths from a file."""
    body, paths = folder / "body", folder / "paths"
    body.write_bytes(request(shape, 1)[1])
    count = COUNT
    paths.write_text("".join(f"{url}{request(shape, n)[0]}\n" for n in range(1000 if shape == "apns" else 1)))
    command = [
        tool("h2load"),
        f"-n{count}",
        f"-c{CONNECTIONS}",
        f"-m{STREAMS}",
        "-d",
        str(body),
        "-i",
        str(paths),
    ]
    command += ["-H", f"authorization: {BEARER}", "-H", "content-type: application/json"]
    before = os.times()
    done = subprocess.run(pinned(CLIENT_CORE, command), check=True, capture_output=True, text=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    assert f"{count} 2xx" in done.stdout, done.stdout
    rate = re.search(r"([\d.]+) req/s", done.stdout)
    assert rate
    return Figure("h2load", _transport(url), float(rate[1]), cpu / count * 1e6)


def aioapns(folder: Path) -> Figure:
    """aioapns with the server it needs."""
    port = free_port()
    command = [tool("node"), str(Path(__file__).parent / "echo.js"), str(port)]
    command += [str(folder / "key.pem"), str(folder / "cert.pem")]
    process = subprocess.Popen(pinned(SERVER_CORE, command))
    try:
        wait_for(port)
        return python_client("aioapns", f"https://127.0.0.1:{port}", "apns", folder)
    finally:
        process.kill()
        process.wait()


def _transport(url: str) -> str:
    return "TLS" if url.startswith("https") else "cleartext"


def measure(shape: str, folder: Path) -> list[Figure]:
    """All clients with requests of this shape."""
    found: list[Figure] = []
    for tls in (False, True):
        with nghttpd(folder, tls=tls) as url:
            found += [h2load(url, shape, folder), python_client("pushgate", url, shape, folder)]
            if tls and shutil.which("go"):
                found.append(go_client(url, shape, folder))
            found += [python_client(name, url, shape, folder) for name in ("pycurl", "pyreqwest", "httpx")]
    if shape == "apns" and shutil.which("node"):
        found.append(aioapns(folder))
    return found


def table(shape: str, found: list[Figure]) -> str:
    """Ratios are those of the same transport."""
    lines = [
        f"\n{shape.upper()}-shaped\n",
        "| Client | Transport | requests/s | CPU us a request | pushgate is |",
        "|---|---|---|---|---|",
    ]
    ours = {figure.transport: figure for figure in found if figure.client == "pushgate"}
    for figure in found:
        ratio = ours[figure.transport].rate / figure.rate
        lines.append(
            f"| {figure.client} | {figure.transport} | {figure.rate:,.0f} | {figure.cpu:.1f} | {ratio:.2f} x |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate(folder)
        fill(folder)
        for shape in ("fcm", "apns"):
            sys.stdout.write(table(shape, measure(shape, folder)) + "\n")
            sys.stdout.flush()
    for missing in ("go", "node"):
        if not shutil.which(missing):
            sys.stdout.write(f"{missing} is not installed: its figures are missing\n")
    sys.stdout.write(f"path {PATH}, {CONNECTIONS} connections of {STREAMS} streams\n")


if __name__ == "__main__":
    main()
