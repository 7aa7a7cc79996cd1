"""Each vendor's push tokens are known by their form."""

import pytest

from pushgate.adapters.apns import adapter as apns_adapter
from pushgate.adapters.fcm import adapter as fcm
from pushgate.adapters.huawei import adapter as huawei
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Vendor
from pushgate.adapters.xiaomi import adapter as xiaomi_adapter


@pytest.mark.parametrize(
    ("vendor", "good", "bad"),
    [
        (
            apns_adapter.VENDOR,
            ["0f" * 32, "ab" * 50],
            ["AB" * 50, "0f" * 32 + "0", "xyz", "0f 0f", "0f" * 3, ""],
        ),
        (
            fcm.VENDOR,
            [
                "cXy_1-2:APA91b.x",
                "abcd",
                "/topics/news",
                "'a' in topics",
                "'a' in topics && ('b' in topics || !('c' in topics))",
            ],
            [
                "/topics/",
                "/topics/a b",
                "'a' in topics &&",
                "'a' in topics or 'b' in topics",
                " || ".join(["'a' in topics"] * 6),
                'ab"cd',
                "ab\\cd",
                "a b c",
                "",
                "x" * 5000,
            ],
        ),
        (
            huawei.VENDOR,
            ["0860-AbC_=/+", "IQAA.x"],
            ["a,b,c,d", 'ab"cd', "ab\\cd", "a b c", "x" * 2000],
        ),
        (xiaomi_adapter.VENDOR, ["Xyz+/=12", "abcd"], ["a,b,c,d", "a b c", "中文中文", "x" * 2000]),
    ],
)
def test_tokens_match_the_pattern_of_their_vendor(vendor: Vendor, good: list[str], bad: list[str]) -> None:
    assert all(vendor.token_pattern.fullmatch(item) for item in good)
    assert not any(vendor.token_pattern.fullmatch(item) for item in bad)


def test_no_token_can_break_out_of_the_body() -> None:
    for vendor in vendors().values():
        for character in '"\\\n\r\x00, ':
            assert not vendor.token_pattern.fullmatch("abcd" + character + "abcd")
