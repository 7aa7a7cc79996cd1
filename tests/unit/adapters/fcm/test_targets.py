"""FCM's topics and conditions."""

import pytest

from pushgate.adapters.fcm import adapter as fcm


@pytest.mark.parametrize(
    ("condition", "good"),
    [
        ("'a' in topics", True),
        ("('a' in topics)", True),
        ("'a' in topics && ('b' in topics || !('c' in topics))", True),
        ("('a' in topics", False),
        ("'a' in topics)", False),
        ("'a' in topics) && ('b' in topics", False),
        ("(('a' in topics) || 'b' in topics", False),
        ("/topics/a", True),
        ("abc:def", True),
    ],
)
def test_the_parentheses_of_a_condition_must_match(condition: str, good: bool) -> None:
    assert fcm.VENDOR.token_pattern.fullmatch(condition)
    assert (fcm.VENDOR.token_fault(condition) is None) == good
