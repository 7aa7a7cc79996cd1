"""Which address a client has, and which addresses are counted together."""

import ipaddress
from collections.abc import Sequence

import pytest

from pushgate.api.clients import ClientAddresses, site

CLIENTS = ClientAddresses(
    [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "192.0.2.7/32", "2001:db8:1::/48")]
)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.1", [], "198.51.100.1"),
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),  # no proxy of ours: what it says is not believed
        ("10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        ("2001:db8:1::5", ["2001:db8:9::1"], "2001:db8:9::1"),
        ("10.1.2.3", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # the client wrote the first one
        ("10.1.2.3", ["1.1.1.1", "203.0.113.9, 192.0.2.7"], "203.0.113.9"),  # two proxies in a row
        ("10.1.2.3", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.1.2.3", ["[2001:db8:9::1]:4711"], "2001:db8:9::1"),
        ("10.1.2.3", ["unknown"], "10.1.2.3"),
        ("10.1.2.3", ["203.0.113.9, unknown, 10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3", [""], "10.1.2.3"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_a_forwarded_address_is_believed_of_a_trusted_proxy_alone(
    peer: str, forwarded: Sequence[str], address: str
) -> None:
    assert CLIENTS.address(peer, forwarded) == address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:9:1:aaaa::1", "2001:db8:9:1::/64"),
        ("2001:db8:9:1:bbbb::2", "2001:db8:9:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_is_one_client(address: str, counted: str) -> None:
    assert site(address) == counted
