"""Servers that speak TLS alone, ask for a client certificate, and know the documented users alone.

The embedded server is built without TLS: the system's `redis-server` runs.
"""

import ipaddress
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from redis import Redis
from tests.support import redis_users
from tests.support.engines import Engine, free_port, listening, wait_until

from pushgate.settings.redis import RedisSettings

MASTER_NAME = "pushgate"


def find() -> str | None:
    """The program, None where it is not installed."""
    return shutil.which("redis-server")


class Certificates:
    """A CA, and the certificates of servers and of clients that it signed."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.server, self.client = (
            folder / f"{name}-{who}.pem" for who in ("ca", "server", "client")
        )
        key = ec.generate_private_key(ec.SECP256R1())
        self._issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        root = self._builder(self._issuer, key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.ca.write_bytes(root.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        for file in (self.server, self.client):
            self._sign(file, key)

    def settings(self, **more: object) -> RedisSettings:
        """Settings of a client with its certificate; its key is in the same file."""
        return RedisSettings.model_validate(
            {"tls_ca_file": self.ca, "tls_cert_file": self.client, "socket_timeout": 10, **more}
        )

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
        )

    def _sign(self, file: Path, ca_key: ec.EllipticCurvePrivateKey) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, file.stem)])
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            self._builder(name, key)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)


class TlsServer:
    """One server. `more` are further options by name."""

    def __init__(
        self, folder: Path, certificates: Certificates, more: Mapping[str, object], *modes: str
    ) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        self._certificates = certificates
        acl = folder / "users.acl"
        acl.write_text(redis_users.FILE.read_text("utf-8"), "utf-8")
        options = {
            "port": 0,
            "tls-port": self.port,
            "tls-ca-cert-file": certificates.ca,
            "tls-cert-file": certificates.server,
            "tls-key-file": certificates.server,
            "tls-replication": "yes",
            "dir": folder,
            "save": "",
            **({} if modes else {"aclfile": acl}),
            **more,
        }
        file = folder / "redis.conf"
        lines = [
            f"{name} {value or chr(34) * 2}" if value != 0 else f"{name} 0" for name, value in options.items()
        ]
        file.write_text("\n".join(lines) + "\n", "utf-8")
        command = (find() or "", str(file), *modes)
        self.engine = Engine(command, folder / "redis.log", lambda: listening(self.port), "")

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    def command(self, *words: object, user: str = "operator") -> Any:
        """Run a command as one of the users."""
        files = self._certificates
        client = Redis(
            host="127.0.0.1",
            port=self.port,
            ssl=True,
            ssl_ca_certs=str(files.ca),
            ssl_certfile=str(files.client),
            username=user or None,
            password=redis_users.PASSWORDS.get(user),
        )
        with client:
            return client.execute_command(*words)  # type: ignore[no-untyped-call]


@contextmanager
def running(servers: Sequence[TlsServer]) -> Iterator[Sequence[TlsServer]]:
    """Start servers, and stop them with the context."""
    try:
        for server in servers:
            server.engine.start()
        yield servers
    finally:
        for server in servers:
            with suppress(ProcessLookupError):
                server.engine.stop()


@contextmanager
def running_cluster(folder: Path, certificates: Certificates) -> Iterator[Sequence[TlsServer]]:
    """Three masters that form a cluster. Administrators act by a user of their own."""
    admin = "user admin on nopass ~* &* +@all\n"
    servers = []
    for number in range(3):
        more = {"cluster-enabled": "yes", "tls-cluster": "yes", "cluster-port": free_port()}
        server = TlsServer(folder / f"node-{number}", certificates, more)
        with (folder / f"node-{number}" / "users.acl").open("a") as file:
            file.write(admin)
        servers.append((server, more["cluster-port"]))
    with running([server for server, _ in servers]) as nodes:
        for number, (node, _) in enumerate(servers):
            first, last = 16384 * number // 3, 16384 * (number + 1) // 3 - 1
            node.command("CLUSTER", "ADDSLOTSRANGE", first, last, user="admin")
            for other, bus in servers[:number]:
                node.command("CLUSTER", "MEET", "127.0.0.1", other.port, bus, user="admin")

        def healthy() -> bool:
            infos = [node.command("CLUSTER", "INFO", user="admin") for node in nodes]
            return all(
                "ok" in str(info) and "cluster_known_nodes:3" in _text(info) for info in infos
            ) and all("cluster_state:ok" in _text(info) for info in infos)

        wait_until(healthy, 20, "a cluster over TLS")
        yield nodes


def _text(info: object) -> str:
    if isinstance(info, dict):
        return "\n".join(f"{name}:{value}" for name, value in info.items())
    return info.decode() if isinstance(info, bytes) else str(info)
