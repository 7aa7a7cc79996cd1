"""The simulated Meizu checks what a click opens."""

import pytest

from pushgate.sandbox.vendors.meizu import is_valid_message


@pytest.mark.parametrize(
    ("click", "is_valid"),
    [
        ({"clickType": 0}, True),
        ({"clickType": 1, "activity": "com.example.Sale"}, True),
        ({"clickType": 2, "url": "https://example.com"}, True),
        ({"clickType": 2, "url": "shop://sale/1"}, True),
        ({"clickType": 1}, False),
        ({"clickType": 2, "url": "sale"}, False),
        ({"clickType": 3}, False),
    ],
)
def test_checks_what_a_click_opens(click: dict[str, object], is_valid: bool) -> None:
    """Source: docs/reference/vendors/meizu.md#requests"""
    bar: dict[str, object] = {"noticeMsgType": 0, "title": "t", "content": "c"}
    assert is_valid_message({"noticeBarInfo": bar, "clickTypeInfo": click}) == is_valid
