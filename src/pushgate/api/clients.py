"""The address of the client of a request: the peer's, or the one that a trusted proxy reports.
Pure.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Scope

ClientAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
ClientNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_SITE_BITS = 64
"""Length of the network of one IPv6 site: whoever has one of its addresses has all of them."""


class ClientAddresses:
    """Finds client addresses. Only the proxies in `trusted` are believed."""

    def __init__(self, trusted: Sequence[ClientNetwork]) -> None:
        self._trusted = tuple(trusted)

    def is_proxy(self, peer: str) -> bool:
        """Return whether the peer is a trusted proxy."""
        if not self._trusted:
            return False
        address = _parse(peer)
        return address is not None and any(address in network for network in self._trusted)

    def counted(self, scope: Scope) -> str:
        """Return what the limits of one client count a request by; "" for a proxy's own requests,
        which are not limited.
        """
        address = self.of(scope)
        return "" if self.is_proxy(address) else site(address)

    def of(self, scope: Scope) -> str:
        """Return the address of the client that sent this request, "" where the server knows no
        peer.
        """
        peer = str(scope["client"][0]) if scope.get("client") else ""
        if not self._trusted or not self.is_proxy(peer):
            return peer
        return self.address(peer, Headers(scope=scope).getlist("x-forwarded-for"))

    def address(self, peer: str, forwarded: Sequence[str]) -> str:
        """Return the client's address. `forwarded` are the values of X-Forwarded-For, in their
        order.

        A proxy appends the address of its caller. So the list is read from its end, as long as the
        writer of an entry is trusted.
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
    """Return what limits count by: an IPv4 address, or the /64 network of an IPv6 address."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _SITE_BITS), strict=False))
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
