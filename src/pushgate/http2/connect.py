"""Connecting to a server: name, socket, proxy, TLS, and whether HTTP/2 is spoken there."""

import asyncio
import os
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from aiohappyeyeballs import start_connection

from pushgate.domain.errors import ConfigurationError, FieldError

_NEXT_FAMILY_AFTER = 0.25  # s; RFC 8305, 5
_MAX_PROXY_ANSWER = 8192
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class NoHttp2(Exception):
    """The server speaks, but not HTTP/2: it did not choose it by ALPN (RFC 7301)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A client certificate (PEM), with its key in the same file or in another one."""

    certificate: Path
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """A server, and the proxy on the way to it. `proxy` may hold a user name and a password."""

    scheme: str
    host: str
    port: int
    proxy: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, address: str, proxy: str | None = None) -> "Origin":
        """From `https://host[:port]`; IPv6 addresses in brackets."""
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return cls(parts.scheme, parts.hostname or "", port, proxy)

    @property
    def authority(self) -> str:
        """As :authority has it (RFC 9113, 8.3.1): without a default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"


def tls_context(ca_file: Path | None, identity: Identity | None, protocols: list[str]) -> ssl.SSLContext:
    """Verifying against the system's CAs or the given ones. Raises ConfigurationError that names the bad file."""
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError(
            [FieldError("ca_file", f"{ca_file} is no readable PEM file of CAs")]
        ) from error
    if identity:
        try:
            # Without a password: else OpenSSL would ask for one on the terminal.
            context.load_cert_chain(identity.certificate, identity.key, password=lambda: "")
        except OSError as error:
            told = f"{identity.certificate} and its key are no readable PEM files that belong together, without a password"
            raise ConfigurationError([FieldError("certificate_file", told)]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(protocols)
    return context


async def connect(
    origin: Origin, context: ssl.SSLContext | None, protocol: Callable[[], asyncio.Protocol]
) -> None:
    """Connect a protocol. Raises OSError, ssl.SSLError, or NoHttp2 when TLS is on and h2 was not chosen.

    Without TLS (`context` None) the server is known to speak HTTP/2 (RFC 9113, 3.3).
    """
    loop = asyncio.get_running_loop()
    sock = await _open_socket(origin)
    try:
        if origin.proxy:
            await _pass_proxy(sock, origin)
        transport, _ = await loop.create_connection(
            # ALPN is known only once TLS stands: until then the protocol must not say hello in HTTP/2.
            protocol if context is None else lambda: _Negotiated(protocol),
            sock=sock,
            ssl=context,
            server_hostname=origin.host if context else None,
        )
    except BaseException as error:
        sock.close()
        if isinstance(error, ssl.SSLError) and "no application protocol" in str(error).lower().replace(
            "_", " "
        ):
            raise NoHttp2 from error  # refused in the handshake already (RFC 7301, 3.2)
        raise
    if context is not None:
        tls = transport.get_extra_info("ssl_object")
        if tls.selected_alpn_protocol() != "h2":
            transport.abort()
            raise NoHttp2


class _Negotiated(asyncio.Protocol):
    """Becomes the real protocol if TLS chose h2."""

    def __init__(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._protocol = protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            protocol = self._protocol()
            cast("asyncio.Transport", transport).set_protocol(protocol)
            protocol.connection_made(transport)


async def _open_socket(origin: Origin) -> socket.socket:
    """A connected socket, by whichever of the name's addresses answers first (RFC 8305)."""
    loop = asyncio.get_running_loop()
    host, port = origin.host, origin.port
    if origin.proxy:
        parts = urlsplit(origin.proxy)
        host, port = parts.hostname or "", parts.port or 8080
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    sock = await start_connection(addresses, happy_eyeballs_delay=_NEXT_FAMILY_AFTER, interleave=1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return sock


async def _pass_proxy(sock: socket.socket, origin: Origin) -> None:
    """Ask the proxy for a tunnel (RFC 9110, 9.3.6). Raises ConnectionRefusedError."""
    loop = asyncio.get_running_loop()
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {host}:{origin.port} HTTP/1.1", f"Host: {host}:{origin.port}"]
    parts = urlsplit(origin.proxy or "")
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {b64encode(pair.encode()).decode()}")
    await loop.sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode())
    answer = bytearray()
    while not answer.endswith(b"\r\n\r\n"):
        # Byte by byte: what follows the answer is the server's.
        byte = await loop.sock_recv(sock, 1)
        answer += byte
        if not byte or len(answer) > _MAX_PROXY_ANSWER:
            raise ConnectionRefusedError("the proxy gives no answer that can be read")
    status = bytes(answer[9:12])
    if not answer.startswith(b"HTTP/1.") or not status.startswith(b"2"):
        told = status.decode("latin-1") if status.isdigit() else "no status"
        raise ConnectionRefusedError(f"the proxy refuses the connection ({told})")


def reason_of(error: Exception) -> str:
    """Why connecting failed, in a few words that hold nothing of ours."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate does not hold: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails: {error.reason or error}"
    if isinstance(error, socket.gaierror):
        return f"its name is not found: {error.strerror}"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error) if type(error) in (ConnectionError, ConnectionRefusedError) else type(error).__name__
