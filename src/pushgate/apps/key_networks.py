"""From which addresses an API key may be used. Pure.

An IPv4 address inside an IPv6 one (`::ffff:10.0.0.1`) is the IPv4 address.
"""

import ipaddress
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_NETWORKS = 32
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def parse_network(text: str) -> str:
    """The network in its one form, such as `10.0.0.0/8`; that of one address ends with /32 or /128.

    Raises ValueError, which says what to write.
    """
    try:
        found = ipaddress.ip_network(text)
    except ValueError as error:
        try:
            meant = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(
                "is no network or address, such as 10.0.0.0/8, 203.0.113.9 or 2001:db8::/32"
            ) from error
        raise ValueError(f"has bits set beyond its prefix; write {meant}") from error
    if isinstance(found, ipaddress.IPv6Network):
        if "%" in text:
            raise ValueError("must not have a zone; leave out % and what follows")
        if found.subnet_of(_MAPPED):
            address = found.network_address.ipv4_mapped
            assert address is not None
            found = ipaddress.IPv4Network((address, found.prefixlen - _MAPPED.prefixlen))
    return str(found)


@lru_cache(maxsize=4096)
def is_within(networks: tuple[str, ...], address: str) -> bool:
    """Whether the address is in one of the networks. A text that is no address is in none."""
    found = _parse_address(address)
    return found is not None and any(found in network for network in _parsed(networks))


@lru_cache(maxsize=1024)
def _parsed(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, networks))


def _parse_address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
