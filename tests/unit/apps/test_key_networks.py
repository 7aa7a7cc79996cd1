"""From which addresses a key may be used."""

import pytest

from pushgate.apps.key_networks import is_within, parse_network


@pytest.mark.parametrize(
    ("written", "network"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("203.0.113.9", "203.0.113.9/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:203.0.113.9", "203.0.113.9/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_network_has_one_form(written: str, network: str) -> None:
    assert parse_network(written) == network


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("10.1.2.3/8", "write 10.0.0.0/8"),
        ("2001:db8::1/32", "write 2001:db8::/32"),
        ("office", "such as 10.0.0.0/8"),
        ("10.0.0.0/33", "such as 10.0.0.0/8"),
        ("010.0.0.1", "such as 10.0.0.0/8"),
        ("", "such as 10.0.0.0/8"),
        ("fe80::1%eth0", "zone"),
    ],
)
def test_another_text_is_refused_with_the_remedy(written: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        parse_network(written)


@pytest.mark.parametrize(
    ("address", "within"),
    [
        ("10.9.8.7", True),
        ("::ffff:10.9.8.7", True),
        ("::ffff:0a09:0807", True),
        ("11.0.0.1", False),
        ("::ffff:11.0.0.1", False),
        ("2001:db8:1::2", True),
        ("2001:db9::1", False),
        ("::10.9.8.7", False),
        ("", False),
        ("testclient", False),
    ],
)
def test_an_ipv4_address_inside_an_ipv6_one_is_the_ipv4_address(address: str, within: bool) -> None:
    assert is_within(("10.0.0.0/8", "2001:db8::/32"), address) is within


def test_all_of_ipv6_holds_no_ipv4_address() -> None:
    assert not is_within(("::/0",), "::ffff:10.0.0.1")
