"""What an IP address leads to: the public internet, this host, a private network, or nothing that
may be called. Pure.

An address that embeds an IPv4 address is judged by the IPv4 address.
"""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


class AddressKind(StrEnum):
    """What an address leads to."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    """A private network (RFC 1918, RFC 4193), or carrier-grade NAT (RFC 6598)."""
    LINK_LOCAL = "link-local"
    """The same wire. Clouds serve the credentials of a machine there."""
    RESERVED = "reserved"
    """Multicast, documentation, benchmarks, tunnels, and everything that is not assigned."""


_PRIVATE_4 = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_RESERVED_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
"""The registry of special-purpose IPv4 addresses (RFC 6890), and multicast (RFC 5771)."""
_PRIVATE_6 = IPv6Network("fc00::/7")
_GLOBAL_6 = IPv6Network("2000::/3")
"""All of global unicast that is assigned (RFC 4291, 2.4)."""
_RESERVED_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
"""Protocol assignments, Teredo among them (RFC 2928, RFC 4380), and documentation."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052, 2.1."""


def kind_of(address: str) -> AddressKind:
    """What the address leads to. Raises ValueError for a text that is no IP address."""
    parsed = ip_address(address)
    return _kind_of_4(parsed) if isinstance(parsed, IPv4Address) else _kind_of_6(parsed)


def _kind_of_4(address: IPv4Address) -> AddressKind:
    if address.is_loopback:
        return AddressKind.LOOPBACK
    if address.is_link_local:
        return AddressKind.LINK_LOCAL
    if any(address in network for network in _PRIVATE_4):
        return AddressKind.PRIVATE
    if any(address in network for network in _RESERVED_4):
        return AddressKind.RESERVED
    return AddressKind.PUBLIC


def _kind_of_6(address: IPv6Address) -> AddressKind:
    if address.scope_id is not None:
        return AddressKind.LINK_LOCAL
    if address.ipv4_mapped is not None:  # the operating system connects to the IPv4 address
        return _kind_of_4(address.ipv4_mapped)
    if address.is_loopback:
        return AddressKind.LOOPBACK
    if address.is_link_local:
        return AddressKind.LINK_LOCAL
    if address in _PRIVATE_6:
        return AddressKind.PRIVATE
    if (inside := _translated(address)) is not None:
        public = _kind_of_4(inside) is AddressKind.PUBLIC
        return AddressKind.PUBLIC if public else AddressKind.RESERVED
    if address not in _GLOBAL_6 or any(address in network for network in _RESERVED_6):
        return AddressKind.RESERVED
    return AddressKind.PUBLIC


def _translated(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a NAT64 gateway or 6to4 relay would call; None for other addresses."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour
