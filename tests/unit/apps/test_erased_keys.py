"""Keys and members of one app are told from those of others, whatever the names."""

import pytest

from pushgate.apps.erased_keys import is_key_of, is_member_of

OWN = """
{shop:0}:row {shop:12}:m:1:sent {q}:messages:shop {q}:messages:shop:sent {q}:gate:shop:apns {q}:imports:shop
{q}:backlogs:push.apns.shop {q}:import:shop:a:b {q}:events:shop {q}:held-worked:shop|apns
{q}:registration-tokens:shop:1f
"""
OTHERS = """
{shop2:0}:row {shop-2:0}:row {a:0}:shop {shop:x}:row shop {q}:shop {q}:messages:shop2 {q}:messages:a:shop
{q}:message:shop {q}:audience:shop {q}:audit:shop {shop:0}:audit {q}:backlogs:push.shop.apns {q}:erasure:shop
"""


@pytest.mark.parametrize("key", OWN.split())
def test_keys_of_the_app(key: str) -> None:
    assert is_key_of("shop", key)


@pytest.mark.parametrize("key", OTHERS.split())
def test_keys_of_others(key: str) -> None:
    assert not is_key_of("shop", key)


@pytest.mark.parametrize("member", ["shop", "shop 3", "shop:apns", "shop|apns|sent", "urgent.fcm.shop"])
def test_members_of_the_app(member: str) -> None:
    assert is_member_of("shop", member)


@pytest.mark.parametrize("member", ["shop2", "shop-2 3", "a shop", "push.shop.apns", "a:shop", "", "shops:x"])
def test_members_of_others(member: str) -> None:
    assert not is_member_of("shop", member)
