"""Which address a request comes from: the peer's, or the one that a trusted proxy names. Pure."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Scope

ClientAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
ClientNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_SITE = 64
"""Bits of an IPv6 address that name one site: whoever has one address there has them all."""


class ClientAddresses:
    """Client addresses. Only what the proxies in `trusted` say of an address is believed."""

    def __init__(self, trusted: Sequence[ClientNetwork]) -> None:
        self._trusted = tuple(trusted)

    def is_proxy(self, peer: str) -> bool:
        """Whether the peer is one of the trusted proxies."""
        address = _parse(peer) if self._trusted else None
        return address is not None and any(address in network for network in self._trusted)

    def of(self, scope: Scope) -> str:
        """The address of the client that sent this request, "" where the server knows no peer."""
        peer = str(scope["client"][0]) if scope.get("client") else ""
        if not self.is_proxy(peer):
            return peer
        return self.address(peer, Headers(scope=scope).getlist("x-forwarded-for"))

    def address(self, peer: str, forwarded: Sequence[str]) -> str:
        """The client's address. `forwarded` are the values of X-Forwarded-For, in their order.

        Proxies append the address that they were called from. So the list is read from its end, as long as the
        address that wrote an entry is trusted.
        """
        found = peer
        for entry in reversed(",".join(forwarded).split(",")) if forwarded else ():
            if not self.is_proxy(found):
                break
            address = _parse(_without_port(entry.strip()))
            if address is None:
                break
            found = str(address)
        return found


@lru_cache(maxsize=4096)
def site(address: str) -> str:
    """What limits count: an IPv4 address, or the /64 network of an IPv6 address."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _SITE), strict=False))
    return str(parsed or address)


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


@lru_cache(maxsize=4096)
def _parse(text: str) -> ClientAddress | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
