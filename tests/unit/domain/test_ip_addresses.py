"""Which addresses lead to the public internet."""

import pytest

from pushgate.domain.ip_addresses import AddressKind, kind_of

PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2606:4700::1111"]
LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"]
PRIVATE = [
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
    "::ffff:10.0.0.1", "::ffff:100.64.0.1", "fc00::1", "fd12:3456::1",
]  # fmt: skip
LINK_LOCAL = ["169.254.169.254", "fe80::1", "febf::1", "fe80::1%eth0", "::ffff:169.254.169.254"]
RESERVED = [
    "0.0.0.0", "0.1.2.3", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.7", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
    "::", "::10.0.0.1", "::8.8.8.8", "fec0::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1",
    "2001::4136:e378:8000:63bf:3fff:fdd2", "4000::1", "64:ff9b:1::10.0.0.1",
]  # fmt: skip
TRANSLATED = {
    "64:ff9b::8.8.8.8": AddressKind.PUBLIC,
    "64:ff9b::10.0.0.1": AddressKind.RESERVED,
    "64:ff9b::127.0.0.1": AddressKind.RESERVED,
    "64:ff9b::169.254.169.254": AddressKind.RESERVED,
    "2002:808:808::1": AddressKind.PUBLIC,
    "2002:a00:1::1": AddressKind.RESERVED,
    "2002:7f00:1::1": AddressKind.RESERVED,
}
ALL = (
    dict.fromkeys(PUBLIC, AddressKind.PUBLIC)
    | dict.fromkeys(LOOPBACK, AddressKind.LOOPBACK)
    | dict.fromkeys(PRIVATE, AddressKind.PRIVATE)
    | dict.fromkeys(LINK_LOCAL, AddressKind.LINK_LOCAL)
    | dict.fromkeys(RESERVED, AddressKind.RESERVED)
    | TRANSLATED
)


@pytest.mark.parametrize(("address", "kind"), ALL.items())
def test_an_address_is_judged_by_where_it_leads(address: str, kind: AddressKind) -> None:
    assert kind_of(address) is kind


@pytest.mark.parametrize("text", ["", "localhost", "2130706433", "0177.0.0.1", "10.1", "1.2.3.4.5"])
def test_a_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        kind_of(text)
