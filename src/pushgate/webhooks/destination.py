"""Where a webhook may lead: the rules for its address, and for the addresses of its host.

The host is resolved for each attempt, and every address must be allowed. Otherwise a name could
make Pushgate call hosts inside a private network.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

from pushgate.domain.ip_addresses import AddressKind, kind_of

MAX_URL = 2048
"""Characters of a webhook's address."""
_MAX_HOST = 253
_MIN_FREE_PORT = 1024
_WEB_PORTS = (80, 443)
_LOOKUP_THREADS = 32
_LOOKUPS_PER_APP = 8
"""Look-ups of one app at a time, so that unanswered names of one app do not delay others."""
_SAFE_IN_TARGET = "/?:@!$&'()*+,;=-._~%[]"
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host; raises OSError where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRules:
    """What may be called besides public addresses by https. Link-local and reserved addresses may
    never be called.
    """

    allow_private: bool = False
    allow_loopback: bool = False
    allow_http: bool = False

    def allows(self, address: str, *, secure: bool) -> bool:
        """Whether this address of a host may be called, by https or not."""
        kind = kind_of(address)
        if not secure and not self.allow_http and kind is not AddressKind.LOOPBACK:
            return False
        if kind is AddressKind.LOOPBACK:
            return self.allow_loopback or self.allow_private
        return kind is AddressKind.PUBLIC or (kind is AddressKind.PRIVATE and self.allow_private)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """An address in its parts. `host` is in ASCII, without a trailing dot or brackets."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class Refused(Exception):
    """An address of the host must not be called."""


def parse(url: str, rules: DestinationRules) -> Destination:
    """The parts of a webhook's address.

    Raises ValueError that says what is wrong. The text never repeats the address, which may hold a
    secret.
    """
    if len(url) > MAX_URL:
        raise ValueError(f"may have {MAX_URL} characters")
    if not url.isprintable() or " " in url or "\\" in url:
        raise ValueError("must not hold spaces, line breaks and \\")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("must be an https:// address with a valid host and port") from None
    secure = _is_secure(parts.scheme, rules)
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or a password before an @")
    if parts.fragment or url.endswith("#"):
        raise ValueError("must not hold a fragment (#...): it is never sent")
    host = _host(parts.hostname or "", bracketed="[" in parts.netloc)
    port = (443 if secure else 80) if port is None else port
    if port not in _WEB_PORTS and port < _MIN_FREE_PORT:
        raise ValueError("must have port 443, port 80, or one of 1024 and above")
    if _is_address(host) and not rules.allows(host, secure=secure):
        raise ValueError(_refusal(host, rules, secure=secure))
    target = quote(parts.path or "/", _SAFE_IN_TARGET) + (
        f"?{quote(parts.query, _SAFE_IN_TARGET)}" if parts.query else ""
    )
    return Destination(secure=secure, host=host, port=port, target=target)


def _is_secure(scheme: str, rules: DestinationRules) -> bool:
    if scheme == "https":
        return True
    if scheme == "http" and (rules.allow_http or rules.allow_loopback):
        return False
    remedy = "; http:// needs webhooks.allow_http" if scheme == "http" else ""
    raise ValueError(f"must be an https:// address{remedy}")


def _host(written: str, *, bracketed: bool) -> str:
    """A host name in ASCII (IDNA 2008), or an IP address."""
    problem = "must have a valid host"
    if bracketed:
        if not _is_address(written) or "%" in written:
            raise ValueError(problem)
        return written
    name = written.removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            raise ValueError(problem) from None
    labels = name.split(".")
    if len(name) > _MAX_HOST or not all(map(_is_label, labels)):
        raise ValueError(problem)
    # Resolvers read 2130706433, 0x7f.1 and 0177.0.0.1 as IPv4 addresses.
    last_is_number = labels[-1].isdigit() or labels[-1].lower().startswith("0x")
    if last_is_number and not _is_address(name):
        raise ValueError("must have a host name, or an IPv4 address as four decimal numbers")
    return name.lower()


def _is_label(label: str) -> bool:
    plain = label.replace("-", "").replace("_", "")
    return 0 < len(label) <= 63 and plain.isascii() and plain.isalnum() and label[0] != "-" != label[-1]


def _is_address(text: str) -> bool:
    try:
        kind_of(text)
    except ValueError:
        return False
    return True


def _refusal(address: str, rules: DestinationRules, *, secure: bool) -> str:
    kind = kind_of(address)
    if not secure and not rules.allow_http:
        return "must be https:// except for this host's own loopback addresses, or set webhooks.allow_http"
    settings = {AddressKind.PRIVATE: "allow_private", AddressKind.LOOPBACK: "allow_loopback"}
    remedy = f", which needs webhooks.{settings[kind]}" if kind in settings else ""
    return f"must lead to a public address: this one is {kind.value}{remedy}"


class Resolver:
    """Resolves hosts in threads of its own, so that name servers that do not answer delay nothing
    else. Concurrent look-ups of one host share one query.
    """

    def __init__(self, lookup: Lookup | None = None) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUP_THREADS, "webhook-names")
        self._lookup = lookup or self._system_lookup
        self._running: dict[tuple[str, int], asyncio.Task[Sequence[str]]] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def addresses(
        self, destination: Destination, rules: DestinationRules, app: str = ""
    ) -> Sequence[str]:
        """The addresses of the destination's host, for an app. All of them may be called.

        Raises Refused where any of them must not be called, OSError where there are none.
        """
        async with self._turns.setdefault(app, asyncio.Semaphore(_LOOKUPS_PER_APP)):
            found = await self._find(destination.host, destination.port)
        for address in found:
            if not rules.allows(address, secure=destination.secure):
                raise Refused(_refusal(address, rules, secure=destination.secure))
        if not found:
            raise OSError("its name has no address")
        return found

    def close(self) -> None:
        """Let the threads end. Look-ups that run are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _find(self, host: str, port: int) -> Sequence[str]:
        key = host, port
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = asyncio.ensure_future(self._lookup(host, port))
            running.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(running)

    def _forget(self, key: tuple[str, int], done: "asyncio.Future[Sequence[str]]") -> None:
        del self._running[key]
        if not done.cancelled():
            done.exception()  # whoever waited has gone: it is not reported as never retrieved

    async def _system_lookup(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(row[4][0]) for row in rows))
