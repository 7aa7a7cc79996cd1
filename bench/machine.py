"""Cores, ports, programs and a certificate for the benchmarks."""

import datetime
import ipaddress
import os
import shutil
import socket
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pushgate.embedded import ports

_CORES = sorted(os.sched_getaffinity(0))
"""The cores at the start: a benchmark may bind itself to one of them later."""


def machine() -> str:
    """The processor and the number of cores that this process may use."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown processor",
    )
    return f"{len(_CORES)} cores of {model}"


def require_program(name: str) -> str:
    """The path of a program. Ends the benchmark with a hint when it is not installed."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not path:
        raise SystemExit(
            f"{name} is missing; on Debian: apt install nghttp2-server nghttp2-client golang-go nodejs"
        )
    return path


def pin_to_core(core: int, command: list[str]) -> list[str]:
    """The command, bound to one core. With a single core, all share it."""
    return ["taskset", "-c", str(_CORES[core % len(_CORES)]), *command]


def free_port() -> int:
    """A port on which nothing listens."""
    return ports.free_port("127.0.0.1", 0, "port")


def wait_for(port: int, seconds: float = 60) -> None:
    """Return when a server listens on the port. Raises OSError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def certificate(folder: Path, *hosts: str) -> None:
    """Write a self-signed certificate for 127.0.0.1 and the hosts: `cert.pem` and `key.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *(x509.DNSName(host) for host in hosts)]
    )
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
