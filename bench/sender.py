"""Compares the HTTP/2 sender with other clients: same server, same requests, same core.

`python -m bench.sender`

nghttpd has one core; the clients use the other one, one after the other.
The output names clients that are not installed.
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
from bench.machine import certificate, free_port, machine, pin_to_core, require_program, wait_for
from bench.options import parser

COUNTS = {"httpx": 8_000, "aioapns": 20_000, "pyreqwest": 60_000, "pycurl": 60_000, "go": 100_000}
COUNT = 600_000
SERVER_CORE, CLIENT_CORE = 1, 0


@dataclass(frozen=True)
class Figure:
    """The result of one client."""

    client: str
    transport: str
    rate: float
    cpu: float
    """Microseconds of CPU per request."""


@contextmanager
def nghttpd(folder: Path, *, tls: bool) -> Iterator[str]:
    """Run a server for the files in `folder`; yield its URL."""
    port = free_port()
    command = [require_program("nghttpd"), "-d", str(folder), "-m", str(STREAMS)]
    command += (
        [str(port), str(folder / "key.pem"), str(folder / "cert.pem")] if tls else ["--no-tls", str(port)]
    )
    process = subprocess.Popen(
        pin_to_core(SERVER_CORE, command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def write_files(folder: Path) -> None:
    """Write a file for each path; its content is what FCM answers."""
    for shape in ("fcm", "apns"):
        for number in range(1000):
            file = folder / request(shape, number)[0].lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text('{"name":"projects/bench/messages/0:1234567890"}' if shape == "fcm" else "")


def python_client(name: str, url: str, shape: str, folder: Path) -> Figure:
    """Run one of bench.clients."""
    count = COUNTS.get(name, COUNT)
    command = [sys.executable, "-m", "bench.clients", name, url, shape, str(count)]
    if url.startswith("https"):
        command.append(str(folder / "cert.pem"))
    return parse_figure(
        name,
        url,
        count,
        subprocess.run(pin_to_core(CLIENT_CORE, command), check=True, capture_output=True).stdout,
    )


def go_client(url: str, shape: str, folder: Path) -> Figure:
    """Build and run bench/go."""
    binary = folder / "go-client"
    if not binary.exists():
        environment = {
            **os.environ,
            "GOFLAGS": "-mod=mod",
            "GOTOOLCHAIN": "local",
            "GOCACHE": str(folder / "go"),
        }
        source = Path(__file__).parent / "go"
        subprocess.run(
            [require_program("go"), "build", "-o", str(binary), "."], cwd=source, check=True, env=environment
        )
    count = COUNTS["go"]
    command = [str(binary), url, shape, BEARER, str(count), str(CONNECTIONS * STREAMS)]
    done = subprocess.run(
        pin_to_core(CLIENT_CORE, command),
        check=True,
        capture_output=True,
        env={**os.environ, "GOMAXPROCS": "1"},
    )
    return parse_figure("go net/http", url, count, done.stdout)


def parse_figure(name: str, url: str, count: int, line: bytes) -> Figure:
    """The figure that a client printed as a line of JSON."""
    printed = json.loads(line)
    assert printed["answered"] == count, f"{name}: {printed}"
    return Figure(name, _transport(url), count / printed["seconds"], printed["cpu"] / count * 1e6)


def h2load(url: str, shape: str, folder: Path) -> Figure:
    """Run h2load. It repeats one body and reads the paths from a file."""
    body, paths = folder / "body", folder / "paths"
    body.write_bytes(request(shape, 1)[1])
    count = COUNT
    paths.write_text("".join(f"{url}{request(shape, n)[0]}\n" for n in range(1000 if shape == "apns" else 1)))
    command = [
        require_program("h2load"),
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
    done = subprocess.run(pin_to_core(CLIENT_CORE, command), check=True, capture_output=True, text=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    assert f"{count} 2xx" in done.stdout, done.stdout
    rate = re.search(r"([\d.]+) req/s", done.stdout)
    assert rate
    return Figure("h2load", _transport(url), float(rate[1]), cpu / count * 1e6)


def aioapns(folder: Path) -> Figure:
    """Run aioapns against the node server that it needs."""
    port = free_port()
    command = [require_program("node"), str(Path(__file__).parent / "echo.js"), str(port)]
    command += [str(folder / "key.pem"), str(folder / "cert.pem")]
    process = subprocess.Popen(pin_to_core(SERVER_CORE, command))
    try:
        wait_for(port)
        return python_client("aioapns", f"https://127.0.0.1:{port}", "apns", folder)
    finally:
        process.kill()
        process.wait()


def _transport(url: str) -> str:
    return "TLS" if url.startswith("https") else "cleartext"


def measure(shape: str, folder: Path) -> list[Figure]:
    """Run all clients with requests of this shape."""
    figures: list[Figure] = []
    for tls in (False, True):
        with nghttpd(folder, tls=tls) as url:
            figures.append(h2load(url, shape, folder))
            figures += [python_client(name, url, shape, folder) for name in ("pushgate", "pushgate_each")]
            if tls and shutil.which("go"):
                figures.append(go_client(url, shape, folder))
            figures += [python_client(name, url, shape, folder) for name in ("pycurl", "pyreqwest", "httpx")]
    if shape == "apns" and shutil.which("node"):
        figures.append(aioapns(folder))
    return figures


def table(shape: str, figures: list[Figure]) -> str:
    """A table of figures. Ratios compare clients over the same transport."""
    lines = [
        f"\n{shape.upper()}-shaped\n",
        "| Client | Transport | requests/s | CPU us per request | pushgate is |",
        "|---|---|---|---|---|",
    ]
    own = {figure.transport: figure for figure in figures if figure.client == "pushgate"}
    for figure in figures:
        ratio = own[figure.transport].rate / figure.rate
        lines.append(
            f"| {figure.client} | {figure.transport} | {figure.rate:,.0f} "
            f"| {figure.cpu:.1f} | {ratio:.2f} x |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser(__doc__).parse_args()
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate(folder)
        write_files(folder)
        for shape in ("fcm", "apns"):
            sys.stdout.write(table(shape, measure(shape, folder)) + "\n")
            sys.stdout.flush()
    for missing in ("go", "node"):
        if not shutil.which(missing):
            sys.stdout.write(f"{missing} is not installed: its figures are missing\n")
    sys.stdout.write(f"path {PATH}, {CONNECTIONS} connections of {STREAMS} streams\n")


if __name__ == "__main__":
    main()
