"""Opens a connection to a server: name, socket, proxy, TLS, and ALPN."""

import asyncio
import os
import socket
import ssl
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import cast
from urllib.parse import unquote, urlsplit

from aiohappyeyeballs import start_connection

from pushgate.domain.errors import ConfigurationError, FieldError

_HAPPY_EYEBALLS_DELAY = 0.25  # s; RFC 8305, 5
_MAX_PROXY_RESPONSE = 8192
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class NoHttp2(Exception):
    """The server did not choose HTTP/2 by ALPN (RFC 7301)."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A client certificate for TLS in PEM. Its key is in the same text or in `key`."""

    certificate: str = field(repr=False)
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """A server and the proxy that leads to it. `proxy` may hold a user name and a password."""

    scheme: str
    host: str
    port: int
    proxy: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, address: str, proxy: str | None = None) -> "Origin":
        """Parse `https://host[:port]`, with IPv6 addresses in brackets."""
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return cls(parts.scheme, parts.hostname or "", port, proxy)

    @property
    def authority(self) -> str:
        """The value of :authority (RFC 9113, 8.3.1), without a default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"


def tls_context(
    ca: str | None, certificate: ClientCertificate | None, protocols: Sequence[str]
) -> ssl.SSLContext:
    """A context that verifies against the given CAs in PEM, or those of the system.
    `protocols` is for ALPN. Clients with neither CAs nor a certificate of their own share one.

    Raises ConfigurationError that names `ca` or `certificate`.
    """
    if not ca and not certificate:
        return _shared_context(tuple(protocols))
    try:
        # Comments between certificates may be in any language; OpenSSL takes ASCII.
        context = ssl.create_default_context(cadata=ca.encode("ascii", "ignore").decode() if ca else None)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigurationError([FieldError("ca", "is no list of CAs in PEM")]) from error
    if certificate:
        _load_certificate(context, certificate)
    return _prepared(context, protocols)


@cache
def _shared_context(protocols: tuple[str, ...]) -> ssl.SSLContext:
    # The CAs of the system take 15 ms and nearly 1 MB: too much for each of 1,000 apps.
    return _prepared(ssl.create_default_context(), protocols)


def _prepared(context: ssl.SSLContext, protocols: Sequence[str]) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(protocols))
    return context


def _load_certificate(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    text = "\n".join(filter(None, (certificate.certificate, certificate.key)))
    with _private_file(text) as file:
        try:
            # An empty password keeps OpenSSL from asking for one on the terminal.
            context.load_cert_chain(file, password=lambda: "")
        except OSError as error:
            problem = "and its key are no PEM texts that belong together, without a password"
            raise ConfigurationError([FieldError("certificate", problem)]) from error


@contextmanager
def _private_file(text: str) -> Iterator[str]:
    """A file with the text, for OpenSSL reads certificates from files alone.

    The file is in memory where the system has such files, else the owner's; it is gone afterwards.
    """
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("certificate"), "wb") as memory:
            memory.write(text.encode())
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        yield file.name


async def connect(
    origin: Origin, context: ssl.SSLContext | None, protocol: Callable[[], asyncio.Protocol]
) -> None:
    """Connect a protocol. Raises OSError, ssl.SSLError, or NoHttp2 when TLS did not choose h2.

    Without TLS (`context` is None) the server is assumed to speak HTTP/2 (RFC 9113, 3.3).
    """
    loop = asyncio.get_running_loop()
    sock = await _open_socket(origin)
    try:
        if origin.proxy:
            await _open_tunnel(sock, origin)
        transport, _ = await loop.create_connection(
            # Before TLS is set up, ALPN is unknown: the protocol must not send its preface yet.
            protocol if context is None else lambda: _AlpnProtocol(protocol),
            sock=sock,
            ssl=context,
            server_hostname=origin.host if context else None,
        )
    except BaseException as error:
        sock.close()
        text = str(error).lower().replace("_", " ")
        if isinstance(error, ssl.SSLError) and "no application protocol" in text:
            raise NoHttp2 from error  # the handshake failed on ALPN (RFC 7301, 3.2)
        raise
    if context is not None:
        tls = transport.get_extra_info("ssl_object")
        if tls.selected_alpn_protocol() != "h2":
            transport.abort()
            raise NoHttp2


class _AlpnProtocol(asyncio.Protocol):
    """Hands over to the real protocol if TLS chose h2."""

    def __init__(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._protocol = protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            protocol = self._protocol()
            cast("asyncio.Transport", transport).set_protocol(protocol)
            protocol.connection_made(transport)


async def _open_socket(origin: Origin) -> socket.socket:
    """A socket connected to the address of the name that answers first (RFC 8305)."""
    loop = asyncio.get_running_loop()
    host, port = origin.host, origin.port
    if origin.proxy:
        parts = urlsplit(origin.proxy)
        host, port = parts.hostname or "", parts.port or 8080
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    sock = await start_connection(addresses, happy_eyeballs_delay=_HAPPY_EYEBALLS_DELAY, interleave=1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return sock


async def _open_tunnel(sock: socket.socket, origin: Origin) -> None:
    """Open a tunnel by CONNECT (RFC 9110, 9.3.6). Raises ConnectionRefusedError."""
    loop = asyncio.get_running_loop()
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {host}:{origin.port} HTTP/1.1", f"Host: {host}:{origin.port}"]
    parts = urlsplit(origin.proxy or "")
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {b64encode(pair.encode()).decode()}")
    await loop.sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode())
    response = bytearray()
    while not response.endswith(b"\r\n\r\n"):
        # Byte by byte: what follows the response belongs to the server.
        byte = await loop.sock_recv(sock, 1)
        response += byte
        if not byte or len(response) > _MAX_PROXY_RESPONSE:
            raise ConnectionRefusedError("the proxy gives no answer that can be read")
    status = bytes(response[9:12])
    if not response.startswith(b"HTTP/1.") or not status.startswith(b"2"):
        status_text = status.decode("latin-1") if status.isdigit() else "no status"
        raise ConnectionRefusedError(f"the proxy refuses the connection ({status_text})")


def failure_text(error: Exception) -> str:
    """Why connecting failed, in a few words without addresses, paths or credentials."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate does not hold: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails: {error.reason or error}"
    if isinstance(error, socket.gaierror):
        return f"its name is not found: {error.strerror}"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error) if type(error) in (ConnectionError, ConnectionRefusedError) else type(error).__name__
