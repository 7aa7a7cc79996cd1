"""The text form of a group."""

import pytest

from pushgate.domain.terminal import Group


@pytest.mark.parametrize(
    ("group", "key"),
    [
        (Group("apns", "zh-Hans"), "apns/zh-Hans"),
        (Group("apns", "zh-Hans", inline=True), "apns/zh-Hans/inline"),
    ],
)
def test_a_group_comes_back_from_its_key(group: Group, key: str) -> None:
    assert group.key == key
    assert Group.parse(key) == group
