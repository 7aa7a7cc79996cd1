"""Other projects' servers as processes (nghttpd, nginx, node), and certificates for them."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support.engines import free_port, listening, wait_until

from pushgate.embedded.children import die_with_parent


def program(name: str) -> str:
    """The path of a program. Without it the test fails in CI and is skipped elsewhere."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"{name} is not installed; on Debian: nghttp2-server, nginx-light, nodejs")


@contextmanager
def running(
    command: Sequence[str], port: int, log: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that listens on a port; kill it at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
            preexec_fn=die_with_parent(),  # noqa: PLW1509  # see there
        )
    try:
        wait_until(lambda: _up(process, port, log), 20, command[0])
        yield process
    finally:
        process.kill()
        process.wait()


def _up(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")
    return listening(port)


@dataclass(frozen=True)
class Certificates:
    """A CA and two certificates: the server's (localhost, 127.0.0.1, ::1) and a client's."""

    ca: Path
    server: Path
    server_key: Path
    client: Path

    @classmethod
    def make(cls, folder: Path) -> "Certificates":
        """Create and write all certificates."""
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder / "ca.pem", folder / "server.pem", folder / "server.key", folder / "client.pem")
        ca_key = ec.generate_private_key(ec.SECP256R1())
        ca = _certificate("Test CA", ca_key, "Test CA", ca_key, ca=True)
        made.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _certificate("localhost", key, "Test CA", ca_key)
        made.server.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        made.server_key.write_bytes(_pem(key))
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _certificate("push client", key, "Test CA", ca_key)
        made.client.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + _pem(key))
        return made


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    alternatives = [x509.DNSName("localhost"), *map(x509.IPAddress, map(ip_address, ("127.0.0.1", "::1")))]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )


@contextmanager
def nghttpd(folder: Path, certificates: Certificates | None, *options: str, port: int = 0) -> Iterator[str]:
    """Serve `folder`: a POST to a file gets its content, or 404 with a body. Yields the address."""
    port = port or free_port()
    tls = (
        [str(port), str(certificates.server_key), str(certificates.server)]
        if certificates
        else ["--no-tls", str(port)]
    )
    with running([program("nghttpd"), "-d", str(folder), *options, *tls], port, folder / "nghttpd.log"):
        yield f"{'https' if certificates else 'http'}://127.0.0.1:{port}"


@contextmanager
def nginx(folder: Path, certificates: Certificates, locations: str, limits: str = "") -> Iterator[str]:
    """Run nginx with these locations. It logs a path per line to `folder/access.log`.

    Yields its address.
    """
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"""
        daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 256; }}
        http {{
          log_format path '$request_uri $status'; access_log {folder}/access.log path;
          client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
          fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
          server {{
            listen 127.0.0.1:{port} ssl http2; {limits}
            ssl_certificate {certificates.server}; ssl_certificate_key {certificates.server_key};
            {locations}
          }}
        }}"""
    )
    command = [program("nginx"), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with running(command, port, folder / "nginx.log"):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def node(folder: Path, certificates: Certificates, script: str) -> Iterator[str]:
    """Run a script in node, with `http2`, `credentials` and `port` defined. Yields its address."""
    port = free_port()
    (folder / "server.js").write_text(
        "const http2 = require('http2'), fs = require('fs');\n"
        f"const credentials = {{key: fs.readFileSync('{certificates.server_key}'),"
        f" cert: fs.readFileSync('{certificates.server}')}};\nconst port = {port};\n{script}"
    )
    with running([program("node"), str(folder / "server.js")], port, folder / "node.log"):
        yield f"https://127.0.0.1:{port}"
